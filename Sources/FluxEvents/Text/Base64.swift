/// Standard Base64 (RFC 4648, section 4) with padding: for bytes inside JSON that are not UTF-8.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out = Base64URL.characters(of: bytes, alphabet: alphabet)
        while out.count % 4 != 0 { out.append(0x3D) }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil for anything but what `encode` writes.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, padding < characters.count, characters[characters.count - 1 - padding] == 0x3D {
            padding += 1
        }
        var out: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for character in characters.dropLast(padding) {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        guard group & (1 << UInt32(bits) - 1) == 0, encode(out).utf8.count == characters.count else { return nil }
        return out
    }
}
