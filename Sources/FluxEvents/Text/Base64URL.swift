/// Base64 with the alphabet of RFC 4648, section 5 (`-` and `_`), without padding: for ids that stand in URLs.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: characters(of: bytes, alphabet: alphabet), as: UTF8.self)
    }

    static func characters(of bytes: some Sequence<UInt8>, alphabet: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                out.append(alphabet[Int(group >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { out.append(alphabet[Int(group << UInt32(6 - bits) & 63)]) }
        return out
    }
}
