/// How keys and search words are made alike: letters of any script without their case.
enum SearchText {
    /// Stands between keys in the index. UTF-8 never has it, so a search word never matches across.
    static let separator: UInt8 = 0xFF

    static func folded(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

    /// Appends the folded key; returns whether it differs from the key as it is.
    static func append(_ key: UnsafeRawBufferPointer, to text: inout [UInt8]) -> Bool {
        // Both as sums over all bytes, without a branch a byte: the compiler makes vectors of it.
        var bits: UInt8 = 0
        var capitals = 0
        for byte in key {
            bits |= byte
            capitals &+= byte &- 0x41 < 26 ? 1 : 0
        }
        if bits >= 0x80 { return appendText(key, to: &text) }
        let start = text.count
        text.append(contentsOf: key)
        guard capitals > 0 else { return false }
        for index in start..<text.count where text[index] &- 0x41 < 26 { text[index] |= 0x20 }
        return true
    }

    private static func appendText(_ key: UnsafeRawBufferPointer, to text: inout [UInt8]) -> Bool {
        let folded = folded(String(decoding: key, as: UTF8.self))
        text.append(contentsOf: folded)
        return !folded.elementsEqual(key)
    }
}
