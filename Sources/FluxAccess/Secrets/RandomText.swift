/// Random texts from the system's generator (`getrandom`), which is what `SystemRandomNumberGenerator` reads.
enum RandomText {
    private static let base32Alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let base64Alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Lower-case base32 (RFC 4648 letters, unpadded): a double click selects it whole.
    static func base32(bits: Int) -> String {
        encode(bytes((bits + 7) / 8), alphabet: base32Alphabet, width: 5)
    }

    /// URL-safe base64 without padding.
    static func base64(bits: Int) -> String {
        encode(bytes((bits + 7) / 8), alphabet: base64Alphabet, width: 6)
    }

    static func base64(of bytes: some Sequence<UInt8>) -> String {
        encode(bytes, alphabet: base64Alphabet, width: 6)
    }

    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// The bytes of an unpadded URL-safe base64 text; nil for anything else.
    static func decodeBase64(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = 0
        var filled = 0
        for character in text.utf8 {
            guard let value = base64Alphabet.firstIndex(of: character) else { return nil }
            buffer = (buffer << 6 | value) & 0xFFFF
            filled += 6
            if filled >= 8 {
                filled -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> filled))
            }
        }
        return filled < 6 && buffer & ((1 << filled) - 1) == 0 ? bytes : nil
    }

    private static func encode(_ bytes: some Sequence<UInt8>, alphabet: [UInt8], width: Int) -> String {
        var text: [UInt8] = []
        var buffer = 0
        var filled = 0
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFFF
            filled += 8
            while filled >= width {
                filled -= width
                text.append(alphabet[(buffer >> filled) & ((1 << width) - 1)])
            }
        }
        if filled > 0 { text.append(alphabet[(buffer << (width - filled)) & ((1 << width) - 1)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
