/// Writes bytes one behind the other into memory that is known to be large enough: what every event passes on its way
/// out, so nothing is looked up, counted or checked at a step.
///
/// Unsafe on purpose, and made safe in one way: who writes an event asks first that `room` is at least the most that it
/// can take (`EnvelopeWriter.maximumBytes`), and stops before it where it is not. Debug builds check each step besides.
package struct RawWriter {
    private let start: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer
    private var next: UnsafeMutableRawPointer

    /// - Parameter memory: not empty, and of nobody else as long as this writes.
    package init?(_ memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress else { return nil }
        start = base
        next = base
        end = base + memory.count
    }

    /// Bytes written.
    @inline(__always)
    package var count: Int { next - start }

    /// Bytes that may still be written.
    @inline(__always)
    package var room: Int { end - next }

    @inline(__always)
    package mutating func put(_ text: StaticString) {
        put(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always)
    package mutating func put(_ byte: UInt8) {
        assert(room >= 1)
        next.storeBytes(of: byte, as: UInt8.self)
        next += 1
    }

    @inline(__always)
    package mutating func put(_ from: UnsafeRawPointer, _ count: Int) {
        assert(room >= count)
        next.copyMemory(from: from, byteCount: count)
        next += count
    }

    @inline(__always)
    package mutating func put(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress { put(base, bytes.count) }
    }

    /// The bytes, each that is `doubled` twice. The writer must have room for all of them twice, and one.
    package mutating func put(_ bytes: UnsafeRawBufferPointer, doubling doubled: UInt8) {
        assert(room > 2 * bytes.count)
        var place = next
        for byte in bytes {
            // Each is written twice, and the next one over the second where it is not wanted: no branch to guess.
            place.storeBytes(of: byte, as: UInt8.self)
            place.storeBytes(of: byte, toByteOffset: 1, as: UInt8.self)
            place += byte == doubled ? 2 : 1
        }
        next = place
    }

    /// As it lies in memory.
    @inline(__always)
    package mutating func put<T: BitwiseCopyable>(raw value: T) {
        assert(room >= MemoryLayout<T>.size)
        next.storeBytes(of: value, as: T.self)
        next += MemoryLayout<T>.size
    }

    /// A number of 0 or more in decimal.
    package mutating func putDecimal(_ value: Int64) {
        var rest = value.magnitude
        let count = Self.digits(rest)
        assert(room >= count)
        var place = next + count
        while rest >= 100 {
            let (quotient, two) = rest.quotientAndRemainder(dividingBy: 100)
            place -= 2
            place.storeBytes(of: Self.twoDigits(two), as: UInt16.self)
            rest = quotient
        }
        if rest >= 10 {
            next.storeBytes(of: Self.twoDigits(rest), as: UInt16.self)
        } else {
            next.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        }
        next += count
    }

    /// Takes back what was written from `place` on.
    @inline(__always)
    package mutating func cut(to place: Int) {
        assert(place >= 0 && place <= count)
        next = start + place
    }

    /// Overwrites what was written at a place.
    @inline(__always)
    package mutating func replace<T: BitwiseCopyable>(at place: Int, with value: T) {
        assert(place >= 0 && place + MemoryLayout<T>.size <= count)
        (start + place).storeBytes(of: value, as: T.self)
    }

    /// Moves what was written from `place` on by so many bytes, and so opens or closes a hole.
    package mutating func shift(from place: Int, by distance: Int) {
        assert(place >= 0 && place + distance >= 0 && distance <= room)
        (start + place + distance).copyMemory(from: start + place, byteCount: count - place)
        next += distance
    }

    @inline(__always)
    private static func digits(_ value: UInt64) -> Int {
        var count = 1
        var limit: UInt64 = 10
        while value >= limit {
            count += 1
            guard count < 20 else { break }
            limit &*= 10
        }
        return count
    }

    @inline(__always)
    private static func twoDigits(_ value: UInt64) -> UInt16 {
        let tens = UInt16(truncatingIfNeeded: (value &* 103) >> 10)
        return (0x3030 | tens | (UInt16(truncatingIfNeeded: value) &- tens &* 10) << 8).littleEndian
    }
}
