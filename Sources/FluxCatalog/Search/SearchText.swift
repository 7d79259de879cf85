/// How keys and search words are made alike: letters of any script without their case.
enum SearchText {
    /// Stands between keys in the index. UTF-8 never has it, so a search word never matches across.
    static let separator: UInt8 = 0xFF

    static func folded(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

    /// Appends the folded key; returns whether it differs from the key as it is.
    static func append(_ key: [UInt8], to text: inout [UInt8]) -> Bool {
        var differs = false
        for byte in key where byte >= 0x80 { return appendText(key, to: &text) }
        for byte in key {
            if byte >= 0x41, byte <= 0x5A {
                text.append(byte | 0x20)
                differs = true
            } else {
                text.append(byte)
            }
        }
        return differs
    }

    private static func appendText(_ key: [UInt8], to text: inout [UInt8]) -> Bool {
        let folded = folded(String(decoding: key, as: UTF8.self))
        text.append(contentsOf: folded)
        return folded != key
    }
}
