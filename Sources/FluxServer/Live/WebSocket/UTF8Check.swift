/// Checks UTF-8 piece by piece: a text message may be cut anywhere, and is refused at the first wrong byte.
struct UTF8Check: Sendable {
    private var needed = 0
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// Whether no character is left half.
    var isComplete: Bool { needed == 0 }

    /// False where the bytes cannot be UTF-8.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if needed == 0 {
                // Eight ASCII bytes at a time: most of JSON.
                while index + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                { index += 8 }
                guard index < bytes.count else { break }
            }
            guard take(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard needed == 0 else {
            guard byte >= low, byte <= high else { return false }
            needed -= 1
            (low, high) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0..<0x80: break
        case 0xC2...0xDF: needed = 1
        case 0xE0: (needed, low) = (2, 0xA0)  // else overlong
        case 0xED: (needed, high) = (2, 0x9F)  // else a surrogate
        case 0xE1...0xEF: needed = 2
        case 0xF0: (needed, low) = (3, 0x90)  // else overlong
        case 0xF1...0xF3: needed = 3
        case 0xF4: (needed, high) = (3, 0x8F)  // else past U+10FFFF
        default: return false
        }
        return true
    }
}
