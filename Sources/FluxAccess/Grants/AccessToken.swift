/// The text of an access token, `cfx_PREFIX_SECRET`: 8 letters that are shown in lists, and 256 random bits.
///
/// `cfx_` lets secret scanners find it; only letters and digits follow, so that a double click selects a part whole.
public enum AccessToken {
    static let start = "cfx_"
    static let prefixLength = 8
    static let secretLength = 52
    /// No valid token is longer.
    public static let length = 4 + prefixLength + 1 + secretLength

    static func make() -> (prefix: String, text: Secret) {
        let prefix = RandomText.base32(bits: 40)
        return (prefix, Secret("\(start)\(prefix)_\(RandomText.base32(bits: 256))"))
    }

    /// True where the text could be one; what it is worth, only the table of grants knows.
    static func isWellFormed(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8.prefix(length + 1))
        guard bytes.count == length, bytes.starts(with: start.utf8), bytes[4 + prefixLength] == UInt8(ascii: "_") else {
            return false
        }
        return (bytes[4..<(4 + prefixLength)] + bytes[(5 + prefixLength)...]).allSatisfy {
            (0x61...0x7A).contains($0) || (0x32...0x37).contains($0)
        }
    }

    /// The token in an `Authorization` header; nil for another scheme or no token.
    public static func bearer(in header: some StringProtocol) -> Secret? {
        let bytes = Substring(header).utf8
        guard bytes.count <= length + 64 else { return nil }
        let parts = bytes.split(separator: 0x20, maxSplits: 1)
        guard parts.count == 2, Substring(parts[0]).lowercased() == "bearer" else { return nil }
        var token = parts[1].drop { $0 == 0x20 }
        while token.last == 0x20 { token.removeLast() }
        guard !token.isEmpty else { return nil }
        return Secret(Substring(token))
    }
}
