/// Finds the parts of posted events as nearly all clients write them, in one pass over the bytes.
///
/// It takes less than `JSONScanner` does, never more, and never says what is wrong: whoever is told no asks the ordinary
/// reader, which takes it or has the error. Never recursive; every access to the bytes is checked.
struct PlainScanner {
    /// Where the parts of one event stand: texts without their quotes.
    struct Event {
        var type: Range<Int>
        var data: Range<Int>
        /// Bytes of space between the parts of `data`.
        var dataSpace: Int
        var id: Range<Int>?
        var source: Range<Int>?
        var time: Range<Int>?
        var correlationID: Range<Int>?
    }

    private struct Level {
        var isObject: Bool
        var isEmpty = true
        /// Where the names of its members begin in `names`.
        var names: Int
    }

    /// A member's name: where it stands, and its first bytes in one word.
    struct Name {
        var range: Range<Int>
        var word: UInt64
    }

    /// So long a text cannot have more values than `JSONLimits` allows: each takes two bytes.
    static let maximumBytes = 2 * (JSONLimits().maxValues - 1)
    /// Objects and arrays inside each other in `data`.
    private static let maximumDepth = 16
    /// Members of one object: each name is compared with all before it.
    private static let maximumMembers = 16

    private(set) var position = 0
    private var space = 0
    private var levels: ContiguousArray<Level> = []
    private var names: ContiguousArray<Name> = []

    /// Passes over space; what stands behind it, 0 at the end.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
            space += 1
        }
        return 0
    }

    /// Passes over this one byte, behind space.
    @inline(__always)
    mutating func take(_ byte: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
        guard next(bytes) == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    /// Begins again with another text; what has memory keeps it.
    mutating func restart() {
        position = 0
        space = 0
    }

    // MARK: An event

    private static let type = word("type")
    private static let data = word("data")
    private static let id = word("id")
    private static let source = word("source")
    private static let timestamp = word("timestam")
    private static let correlation = word("correlat")

    /// The event that begins here; nil where it is not plain.
    mutating func event(_ bytes: Span<UInt8>) -> Event? {
        guard take("{", bytes) else { return nil }
        var type: Range<Int>?
        var data: Range<Int>?
        var event = Event(type: 0..<0, data: 0..<0, dataSpace: 0)
        repeat {
            guard next(bytes) == UInt8(ascii: "\""), let name = name(bytes), take(":", bytes) else { return nil }
            let first = next(bytes)
            if name.word == Self.data, name.range.count == 4, data == nil {
                let start = position
                let before = space
                let isPlain = value(bytes) { name, _ in
                    name.word != Self.provider && name.word != Self.storeID && name.word != Self.migrationID
                }
                guard isPlain else { return nil }
                data = start..<position
                event.dataSpace = space - before
                continue
            }
            guard first == UInt8(ascii: "\""), let text = plainText(bytes) else { return nil }
            switch (name.word, name.range.count) {
            case (Self.type, 4) where type == nil: type = text
            case (Self.id, 2) where event.id == nil: event.id = text
            case (Self.source, 6) where event.source == nil: event.source = text
            case (Self.timestamp, 9) where event.time == nil && bytes[name.range.upperBound - 1] == UInt8(ascii: "p"):
                event.time = text
            case (Self.correlation, 14)
            where event.correlationID == nil && Self.equal(bytes, name.range, "correlation_id"):
                event.correlationID = text
            default: return nil
            }
        } while take(",", bytes)
        guard take("}", bytes), let type, let data else { return nil }
        event.type = type
        event.data = data
        return event
    }

    /// A string of printable ASCII without escapes that begins here.
    private mutating func plainText(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let (range, hasEscapes) = string(bytes), !hasEscapes else { return nil }
        for index in range where bytes[index] >= 0x7F { return nil }
        return range
    }

    static func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        // A StaticString of ASCII has that many bytes at its start.
        for (place, index) in range.enumerated() where bytes[index] != text.utf8Start[place] { return false }
        return true
    }

    /// Up to eight characters as `name` reads them.
    private static func word(_ text: StaticString) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<text.utf8CodeUnitCount { word |= UInt64(text.utf8Start[place]) << (8 * UInt64(place)) }
        return word
    }

    // MARK: Values

    /// Names of data's members that say what an event is about (`EventTarget`); the first bytes are enough to be careful.
    private static let provider = word("provider")
    private static let storeID = word("store_id")
    private static let migrationID = word("migratio")

    /// Passes over the value that begins here, which is an event's data; false where it is not plain.
    ///
    /// Where it is an object, `own` is given its members: the name, and where the value stands, of a container only the
    /// opening bracket. It may refuse one.
    @inline(__always)
    mutating func value(_ bytes: Span<UInt8>, _ own: (Name, Range<Int>) -> Bool) -> Bool {
        levels.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        guard begin(bytes) else { return false }
        while let level = levels.last {
            let byte = next(bytes)
            if byte == (level.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                position += 1
                names.removeLast(names.count - level.names)
                levels.removeLast()
                continue
            }
            if level.isEmpty {
                levels[levels.count - 1].isEmpty = false
            } else {
                guard take(",", bytes) else { return false }
            }
            guard level.isObject else {
                _ = next(bytes)
                guard begin(bytes) else { return false }
                continue
            }
            let isOwn = levels.count == 1
            guard let name = member(bytes, level) else { return false }
            _ = next(bytes)
            let start = position
            guard begin(bytes), !isOwn || own(name, start..<position) else { return false }
        }
        return true
    }

    /// A member's name that no other of its object has, and the colon.
    private mutating func member(_ bytes: Span<UInt8>, _ level: Level) -> Name? {
        guard next(bytes) == UInt8(ascii: "\""), let name = name(bytes),
            names.count - level.names < Self.maximumMembers
        else { return nil }
        for other in names[level.names...] where other.word == name.word && other.range.count == name.range.count {
            if name.range.count <= 8 { return nil }
            var index = 8
            while index < name.range.count,
                bytes[name.range.lowerBound + index] == bytes[other.range.lowerBound + index]
            { index += 1 }
            if index == name.range.count { return nil }
        }
        names.append(name)
        return take(":", bytes) ? name : nil
    }

    /// A name without escapes that begins here.
    private mutating func name(_ bytes: Span<UInt8>) -> Name? {
        guard let (range, hasEscapes) = string(bytes), !hasEscapes else { return nil }
        var word: UInt64 = 0
        if range.lowerBound + 8 <= bytes.count {
            word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self).littleEndian
            if range.count < 8 { word &= (1 << (8 * UInt64(range.count))) - 1 }
        } else {
            for (place, index) in range.enumerated() { word |= UInt64(bytes[index]) << (8 * UInt64(place)) }
        }
        return Name(range: range, word: word)
    }

    /// Passes over a scalar, or the opening bracket of a container.
    @inline(__always)
    private mutating func begin(_ bytes: Span<UInt8>) -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): return string(bytes) != nil
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard levels.count < Self.maximumDepth else { return false }
            levels.append(Level(isObject: bytes[position] == UInt8(ascii: "{"), names: names.count))
            position += 1
            return true
        case UInt8(ascii: "t"): return word(bytes, "true")
        case UInt8(ascii: "f"): return word(bytes, "false")
        case UInt8(ascii: "n"): return word(bytes, "null")
        default: return number(bytes)
        }
    }

    private mutating func word(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
        let range = position..<position + text.utf8CodeUnitCount
        guard range.upperBound <= bytes.count, Self.equal(bytes, range, text) else { return false }
        position = range.upperBound
        return true
    }

    private mutating func number(_ bytes: Span<UInt8>) -> Bool {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        guard digits(bytes), bytes[first] != UInt8(ascii: "0") || position == first + 1 else { return false }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits(bytes) else { return false }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits(bytes) else { return false }
        }
        return true
    }

    /// At least one digit.
    private mutating func digits(_ bytes: Span<UInt8>) -> Bool {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
        return position > start
    }

    /// What stands between the quotes of the string that begins here.
    private mutating func string(_ bytes: Span<UInt8>) -> (range: Range<Int>, hasEscapes: Bool)? {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlain(bytes)
            guard position < bytes.count else { return nil }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return (start..<position - 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard escape(bytes) else { return nil }
            case 0x80...:
                guard let length = UTF8Check.sequenceLength(bytes, at: position) else { return nil }
                position += length
            case 0x20...: position += 1
            default: return nil
            }
        }
    }

    /// Passes over characters that mean themselves, eight at a time: what is left is one of another kind, or the text's
    /// last few bytes.
    @inline(__always)
    private mutating func skipPlain(_ bytes: Span<UInt8>) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= bytes.count {
            let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
            let quotes = word ^ (ones &* 0x22)
            let escapes = word ^ (ones &* 0x5C)
            // The top bit of each byte that is a quote, a backslash, a control character, or not ASCII. A borrow may set
            // bits above the lowest that is set, so only that one counts.
            let found =
                ((quotes &- ones) & ~quotes | (escapes &- ones) & ~escapes | (word &- ones &* 0x20) & ~word | word)
                & (ones &* 0x80)
            guard found == 0 else {
                position += found.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    private mutating func escape(_ bytes: Span<UInt8>) -> Bool {
        guard position + 1 < bytes.count else { return false }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = JSONText.hexUnit(bytes, at: position + 2), unit & 0xF800 != 0xD800 else { return false }
            position += 6
        default: return false
        }
        return true
    }
}
