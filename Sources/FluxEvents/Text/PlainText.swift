/// Looks at text eight bytes at a time.
public enum PlainText {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable static var highs: UInt64 { 0x8080_8080_8080_8080 }

    /// Whether the text is printable ASCII without quotes and backslashes, so that it stands in JSON as it is.
    @inline(__always)
    static func isPlain(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count >= 8 else {
            for index in 0..<count where !isPlain(start.load(fromByteOffset: index, as: UInt8.self)) { return false }
            return true
        }
        var index = 0
        while index <= count - 8 {
            guard isPlain(start.loadUnaligned(fromByteOffset: index, as: UInt64.self)) else { return false }
            index += 8
        }
        // What is left is looked at together with what stands before it.
        return index == count || isPlain(start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    }

    /// Whether all of it is ASCII.
    @inlinable
    @inline(__always)
    public static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index <= bytes.count - 8 {
            if bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & highs != 0 { return false }
            index += 8
        }
        if index == bytes.count { return true }
        // What is left is looked at together with what stands before it.
        if index > 0 { return bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self) & highs == 0 }
        if bytes.count >= 4 {
            let both =
                bytes.loadUnaligned(as: UInt32.self)
                | bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
            return both & 0x8080_8080 == 0
        }
        var all: UInt8 = 0
        for byte in bytes { all |= byte }
        return all < 0x80
    }

    /// Whether none of it has a meaning in a row of a table: no quote, comma or end of a line.
    static func isCell(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index <= bytes.count - 8 {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let found =
                zeros(word ^ 0x22 &* ones) | zeros(word ^ 0x2C &* ones) | zeros(word ^ 0x0A &* ones)
                | zeros(word ^ 0x0D &* ones)
            if found & highs != 0 { return false }
            index += 8
        }
        return bytes[index...].allSatisfy { $0 != 0x22 && $0 != 0x2C && $0 != 0x0A && $0 != 0x0D }
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C }

    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        // A byte's high bit is set where it is no ASCII, below a space, or equal to one of the three; borrows only ever
        // reach bytes above one that is found, so what is found as a whole is right.
        let found =
            word | (word &- 0x20 &* ones) | zeros(word ^ 0x22 &* ones) | zeros(word ^ 0x5C &* ones)
            | zeros(word ^ 0x7F &* ones)
        return found & highs == 0
    }

    /// The high bit is set of each byte that is 0, and perhaps of some above it.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
}
