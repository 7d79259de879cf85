import Glibc
import NIOCore

/// Writes the content of a record into memory that is large enough.
struct RecordWriter {
    private let bytes: UnsafeMutableRawBufferPointer
    private(set) var position = 0

    static let maximumVarint = 10

    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    /// The most bytes that a field takes.
    static func bytes(_ field: ByteBuffer?) -> Int { maximumVarint + (field?.readableBytes ?? 0) }

    mutating func count(_ value: Int) {
        Varint.write(Int64(value), to: bytes, at: &position)
    }

    mutating func field(_ field: ByteBuffer?) {
        guard let field else { return Varint.write(-1, to: bytes, at: &position) }
        count(field.readableBytes)
        field.withUnsafeReadableBytes { copy($0) }
    }

    mutating func field(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            count(utf8.count)
            copy(UnsafeRawBufferPointer(utf8))
        }
    }

    mutating func name(_ name: String) { field(name) }

    mutating func field(_ text: StaticString) {
        count(text.utf8CodeUnitCount)
        copy(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func header(_ name: StaticString, _ value: String) {
        field(name)
        field(value)
    }

    mutating func header(_ name: StaticString, _ value: StaticString) {
        field(name)
        field(value)
    }

    mutating func header(_ name: StaticString, _ value: Timestamp) {
        field(name)
        count(Timestamp.textBytes)
        value.write(to: UnsafeMutableRawBufferPointer(rebasing: bytes[position...]))
        position += Timestamp.textBytes
    }

    /// Room for so many bytes, which the caller fills.
    mutating func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        defer { position += count }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func copy(_ from: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: from)
        position += from.count
    }
}

/// Walks over the headers of a well-formed record: where each name and value lies in its content.
package struct HeaderScan {
    /// How far it is.
    struct Place: Sendable {
        var position: Int
        var left: Int
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var place: Place

    init(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        self.bytes = bytes
        var position = start
        let count = Varint.read(bytes, at: &position, end: bytes.count) ?? 0
        place = Place(position: position, left: Int(count))
    }

    init(_ bytes: UnsafeRawBufferPointer, _ place: Place) {
        self.bytes = bytes
        self.place = place
    }

    package mutating func next() -> (name: Range<Int>, value: Range<Int>?)? {
        guard place.left > 0 else { return nil }
        place.left -= 1
        guard let name = Self.field(bytes, at: &place.position) else { return nil }
        return (name, Self.field(bytes, at: &place.position))
    }

    /// Where headers end that nobody has looked at yet, if they are like nearly all: names of ASCII of less than 64 bytes,
    /// values of less than 8,192. Nil where they are not; they may be well-formed all the same.
    package static func endOfPlain(_ bytes: UnsafeRawBufferPointer, at start: Int, end: Int, count: Int) -> Int? {
        guard let base = bytes.baseAddress, start >= 0, end <= bytes.count else { return nil }
        var position = start
        for _ in 0..<count {
            // A length of one byte, a name, and a length of at most two; each is checked to lie before `end`.
            guard position < end else { return nil }
            let nameLength = base.load(fromByteOffset: position, as: UInt8.self)
            let nameBytes = Int(nameLength >> 1)
            position += 1
            guard nameLength & 0x81 == 0, nameBytes <= end - position - 2,
                PlainText.isASCII(UnsafeRawBufferPointer(start: base + position, count: nameBytes))
            else { return nil }
            position += nameBytes
            let low = Int(base.load(fromByteOffset: position, as: UInt8.self))
            if low < 0x80 {
                position += 1 + low >> 1
            } else {
                let high = Int(base.load(fromByteOffset: position + 1, as: UInt8.self))
                guard high < 0x80 else { return nil }
                position += 2 + (low & 0x7F | high << 7) >> 1
            }
            // A length that is not there (-1) or below it.
            guard low & 1 == 0, position <= end else { return nil }
        }
        return position
    }

    /// A length and so many bytes; nil where the length is -1.
    static func field(_ bytes: UnsafeRawBufferPointer, at position: inout Int) -> Range<Int>? {
        guard let length = Varint.read(bytes, at: &position, end: bytes.count), length >= 0 else { return nil }
        let start = position
        position += Int(length)
        return start..<position
    }

    /// The field whose length stands at `start`.
    static func field(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Range<Int>? {
        var position = start
        return field(bytes, at: &position)
    }

    /// Whether this text stands there.
    package static func equal(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool {
        equal(bytes, range, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    static func equal(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ other: UnsafeRawBufferPointer
    ) -> Bool {
        guard range.count == other.count else { return false }
        guard let start = bytes.baseAddress, let text = other.baseAddress else { return range.isEmpty }
        return memcmp(start + range.lowerBound, text, range.count) == 0
    }
}
