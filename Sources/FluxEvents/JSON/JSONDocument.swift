public import NIOCore

/// A JSON text that has been checked whole; values are decoded when asked for.
///
/// RFC 8259 without any leniency: no byte order mark, nothing after the value, valid UTF-8, no half surrogate pairs, no
/// name twice in one object (compared decoded), nesting and size within `JSONLimits`.
public struct JSONDocument: Sendable {
    /// The text.
    public let bytes: ByteBuffer
    private let storage: JSONStorage

    /// Checks the readable bytes of `bytes`. Offsets in errors and ranges count from their start.
    public static func parse(_ bytes: ByteBuffer, limits: JSONLimits = .default) throws(JSONError) -> JSONDocument {
        let (entries, hasSpace) = try JSONScanner.scan(bytes.readableBytesUInt8Span, limits: limits)
        return JSONDocument(bytes: bytes, storage: JSONStorage(bytes: bytes, entries: entries, hasSpace: hasSpace))
    }

    public var root: JSONValue { JSONValue(storage: storage, index: 0) }
}

/// What all values of a document share.
final class JSONStorage: Sendable {
    let bytes: ByteBuffer
    let entries: [JSONEntry]
    /// Whether there is space between any two parts of the text.
    let hasSpace: Bool

    init(bytes: ByteBuffer, entries: [JSONEntry], hasSpace: Bool) {
        self.bytes = bytes
        self.entries = entries
        self.hasSpace = hasSpace
    }
}

/// One value of a document. Cheap to copy; keeps the document alive.
public struct JSONValue: Sendable {
    private let storage: JSONStorage
    private let index: Int

    init(storage: JSONStorage, index: Int) {
        self.storage = storage
        self.index = index
    }

    private var entry: JSONEntry { storage.entries[index] }

    public var kind: JSONKind { entry.kind }

    /// Where the value stands in the document, in bytes from its start, with quotes and brackets.
    public var range: Range<Int> { Int(entry.start)..<Int(entry.end) }

    /// The value's own text, not copied.
    public var bytes: ByteBuffer {
        let range = range
        // Within the readable bytes: the scanner has read them.
        return storage.bytes.getSlice(at: storage.bytes.readerIndex + range.lowerBound, length: range.count)
            ?? ByteBuffer()
    }

    /// Whether its text has no space between its parts, as far as is known without a look.
    var isCompact: Bool { !storage.hasSpace }

    public var isNull: Bool { entry.kind == .null }

    /// True or false, if it is one of them.
    public var bool: Bool? {
        switch entry.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The decoded text of a string.
    public var string: String? {
        guard let utf8 else { return nil }
        return String(decoding: utf8, as: UTF8.self)
    }

    /// The decoded UTF-8 bytes of a string.
    public var utf8: [UInt8]? {
        let entry = entry
        guard entry.kind == .string else { return nil }
        // A buffer of our own: a span may not outlive what it was taken from.
        let buffer = storage.bytes
        return JSONText.decoded(
            buffer.readableBytesUInt8Span, JSONKeys.content(entry), hasEscapes: entry.hasEscapes)
    }

    /// A number's text as it stands: `1e3`, `-0.50`.
    public var numberText: String? {
        guard entry.kind == .number else { return nil }
        return String(buffer: bytes)
    }

    /// A number that is whole and fits, exactly: `5`, `-3`, also `5.0` and `1e3`; nil for `5.5` and what is too large.
    public var int64: Int64? {
        guard let text = numberText else { return nil }
        if let whole = Int64(text) { return whole }
        // Past 2^53 a fraction or exponent may have been rounded away.
        guard let value = Double(text), value.magnitude < 0x1p53,
            text.utf8.contains(where: { $0 | 0x20 == 0x65 || $0 == 0x2E })
        else { return nil }
        return Int64(exactly: value)
    }

    /// A number as the nearest `Double`; nil where it is too large for one.
    public var double: Double? {
        guard let text = numberText, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// How many elements or members it has; 0 for anything but arrays and objects.
    public var count: Int { Int(entry.count) }

    /// The elements of an array in order; none for anything else.
    public var elements: Elements { Elements(storage: storage, array: index) }

    /// The members of an object in the order of the text; none for anything else.
    public var members: Members { Members(storage: storage, object: index) }

    /// The member of an object with that name.
    public subscript(name: String) -> JSONValue? {
        guard entry.kind == .object else { return nil }
        let buffer = storage.bytes
        let bytes = buffer.readableBytesUInt8Span
        var name = name
        return name.withUTF8 { wanted in
            var place = index + 1
            for _ in 0..<count {
                let key = storage.entries[place]
                if JSONKeys.matches(key, wanted, bytes) { return JSONValue(storage: storage, index: Int(key.next)) }
                place = Int(storage.entries[Int(key.next)].next)
            }
            return nil
        }
    }

    /// Gives each member of an object with the bytes of its name, without making text of them.
    func eachMember(_ body: (UnsafeRawBufferPointer, JSONValue) -> Void) {
        guard entry.kind == .object else { return }
        var place = index + 1
        storage.bytes.withUnsafeReadableBytes { bytes in
            for _ in 0..<count {
                let key = storage.entries[place]
                let value = JSONValue(storage: storage, index: Int(key.next))
                if key.hasEscapes {
                    (JSONValue(storage: storage, index: place).utf8 ?? []).withUnsafeBytes { body($0, value) }
                } else {
                    body(UnsafeRawBufferPointer(rebasing: bytes[JSONKeys.content(key)]), value)
                }
                place = Int(storage.entries[Int(key.next)].next)
            }
        }
    }

    /// The element of an array at that place, from 0.
    public subscript(place: Int) -> JSONValue? {
        guard entry.kind == .array, place >= 0, place < count else { return nil }
        var child = index + 1
        for _ in 0..<place { child = Int(storage.entries[child].next) }
        return JSONValue(storage: storage, index: child)
    }

    public struct Elements: Sequence, Sendable {
        let storage: JSONStorage
        let array: Int

        public func makeIterator() -> Iterator {
            let entry = storage.entries[array]
            return Iterator(storage: storage, left: entry.kind == .array ? Int(entry.count) : 0, place: array + 1)
        }

        public struct Iterator: IteratorProtocol {
            let storage: JSONStorage
            var left: Int
            var place: Int

            public mutating func next() -> JSONValue? {
                guard left > 0 else { return nil }
                left -= 1
                defer { place = Int(storage.entries[place].next) }
                return JSONValue(storage: storage, index: place)
            }
        }
    }

    public struct Members: Sequence, Sendable {
        let storage: JSONStorage
        let object: Int

        public func makeIterator() -> Iterator {
            let entry = storage.entries[object]
            return Iterator(storage: storage, left: entry.kind == .object ? Int(entry.count) : 0, place: object + 1)
        }

        public struct Iterator: IteratorProtocol {
            let storage: JSONStorage
            var left: Int
            var place: Int

            public mutating func next() -> (key: String, value: JSONValue)? {
                guard left > 0 else { return nil }
                left -= 1
                let key = JSONValue(storage: storage, index: place).string ?? ""
                let value = Int(storage.entries[place].next)
                place = Int(storage.entries[value].next)
                return (key, JSONValue(storage: storage, index: value))
            }
        }
    }
}

extension JSONKeys {
    /// Whether a member's name stands for these UTF-8 bytes.
    static func matches(_ entry: JSONEntry, _ wanted: UnsafeBufferPointer<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        let range = content(entry)
        if entry.hasEscapes {
            return JSONText.decoded(bytes, range, hasEscapes: true).elementsEqual(wanted)
        }
        guard range.count == wanted.count else { return false }
        for index in 0..<wanted.count where bytes[range.lowerBound + index] != wanted[index] { return false }
        return true
    }
}
