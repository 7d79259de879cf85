/// The query part of a URL, percent-encoded.
public struct Query: Sendable {
    /// With its question mark; empty where there is nothing to ask.
    public var text: String

    /// Leaves out what is nil.
    public init(_ items: [(name: String, value: String?)]) {
        let pairs = items.compactMap { item in item.value.map { item.name + "=" + Self.encode($0) } }
        text = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Percent-encodes all but RFC 3986's unreserved characters.
    public static func encode(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                out += hex.count == 1 ? "%0" + hex : "%" + hex
            }
        }
        return out
    }
}
