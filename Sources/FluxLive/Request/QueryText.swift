/// Splits a request target's query into decoded names and values.
enum QueryText {
    /// The most parameters that are looked at.
    static let maximumItems = 64

    /// Items of the part behind the first `?` of a request target. `+` is a space, as browsers write it.
    static func items(ofTarget target: String) throws(StreamRequestError) -> [(name: String, value: String)] {
        guard let mark = target.utf8.firstIndex(of: 0x3F) else { return [] }
        let query = target[target.index(after: mark)...].prefix { $0 != "#" }
        var items: [(name: String, value: String)] = []
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            guard items.count < maximumItems else {
                throw StreamRequestError(
                    code: .badParameter, message: "The query has more than \(maximumItems) parameters.")
            }
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            let name = try decode(pair[..<equals])
            let value = equals == pair.endIndex ? "" : try decode(pair[pair.index(after: equals)...])
            items.append((name, value))
        }
        return items
    }

    private static func decode(_ text: Substring) throws(StreamRequestError) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x2B: bytes.append(0x20)
            case 0x25:
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw StreamRequestError(
                        code: .badParameter,
                        message:
                            "“\(StartPoint.shown(String(text)))” has a “%” without two hexadecimal digits; write a percent sign as %25."
                    )
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw StreamRequestError(
                code: .badParameter, message: "“\(StartPoint.shown(String(text)))” is not UTF-8 text.")
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
