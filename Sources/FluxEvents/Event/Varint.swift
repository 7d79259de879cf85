/// Kafka's zig-zag varints: small magnitudes of either sign take few bytes, at most ten.
public enum Varint {
    /// The bytes that `value` takes.
    @inline(__always)
    package static func size(_ value: Int64) -> Int {
        let bits = 64 - Self.zigzag(value).leadingZeroBitCount
        return bits == 0 ? 1 : (bits + 6) / 7
    }

    @inline(__always)
    package static func zigzag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value << 1) ^ (value >> 63))
    }

    /// Writes `value` at `position` and moves it on. The caller made room (`size`).
    @inline(__always)
    package static func write(_ value: Int64, to bytes: UnsafeMutableRawBufferPointer, at position: inout Int) {
        var rest = Self.zigzag(value)
        while rest >= 0x80 {
            bytes[position] = UInt8(truncatingIfNeeded: rest) | 0x80
            position += 1
            rest >>= 7
        }
        bytes[position] = UInt8(truncatingIfNeeded: rest)
        position += 1
    }

    /// Reads a value below `end` and moves `position` on. Nil where the bytes end inside it, or it needs more than
    /// 64 bits. Longer encodings than necessary are read, as Kafka does.
    @inlinable
    @inline(__always)
    public static func read(_ bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int) -> Int64? {
        // Nearly all take one byte.
        if position < end, bytes[position] < 0x80 {
            let byte = Int64(bytes[position])
            position += 1
            return byte >> 1 ^ -(byte & 1)
        }
        return readLong(bytes, at: &position, end: end)
    }

    @usableFromInline
    static func readLong(_ bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int) -> Int64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            if shift == 63, byte > 1 { return nil }
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: result >> 1) ^ -Int64(bitPattern: result & 1) }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }
}
