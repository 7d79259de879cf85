/// A strict RFC 8259 scanner: one pass over the bytes, a flat list of entries, nothing decoded.
///
/// Never recursive, so that nesting costs no stack; every access to the bytes is checked.
struct JSONScanner {
    private let limits: JSONLimits
    private var entries: [JSONEntry] = []
    /// The containers that are open, outermost first.
    private var open: [Int] = []
    private var position = 0
    private var hasSpace = false

    /// - Returns: the entries, and whether space stands between any of them.
    static func scan(
        _ bytes: Span<UInt8>, limits: JSONLimits
    ) throws(JSONError) -> (entries: [JSONEntry], hasSpace: Bool) {
        guard bytes.count <= min(limits.maxBytes, Int(UInt32.max) - 1) else {
            throw JSONError(
                code: .limit, message: "The JSON text has \(bytes.count) bytes; at most \(limits.maxBytes) are read",
                offset: 0)
        }
        var scanner = JSONScanner(limits: limits)
        try scanner.document(bytes)
        return (scanner.entries, scanner.hasSpace)
    }

    private init(limits: JSONLimits) {
        self.limits = limits
    }

    private mutating func document(_ bytes: Span<UInt8>) throws(JSONError) {
        entries.reserveCapacity(min(bytes.count / 10 + 4, 4096))
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw syntax("A byte order mark stands before the JSON text; send it without")
        }
        skipSpace(bytes)
        guard position < bytes.count else { throw syntax("The JSON text is empty") }
        try value(bytes)
        while let container = open.last {
            if entries[container].kind == .object {
                try continueObject(bytes, container)
            } else {
                try continueArray(bytes, container)
            }
        }
        skipSpace(bytes)
        guard position == bytes.count else { throw syntax("Something stands after the end of the JSON value") }
    }

    /// What follows in an object: its end, or a name and the start of a value.
    private mutating func continueObject(_ bytes: Span<UInt8>, _ container: Int) throws(JSONError) {
        skipSpace(bytes)
        guard position < bytes.count else { throw syntax("The text ends inside an object") }
        let first = entries[container].count == 0
        if bytes[position] == UInt8(ascii: "}") {
            return try close(bytes, container)
        }
        if !first {
            guard bytes[position] == UInt8(ascii: ",") else {
                throw syntax("A comma or “}” must follow a member of an object")
            }
            position += 1
            skipSpace(bytes)
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            throw syntax("A member's name in double quotes must stand here")
        }
        try string(bytes)
        skipSpace(bytes)
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
            throw syntax("A colon must follow a member's name")
        }
        position += 1
        skipSpace(bytes)
        entries[container].count += 1
        try value(bytes)
    }

    private mutating func continueArray(_ bytes: Span<UInt8>, _ container: Int) throws(JSONError) {
        skipSpace(bytes)
        guard position < bytes.count else { throw syntax("The text ends inside an array") }
        let first = entries[container].count == 0
        if bytes[position] == UInt8(ascii: "]") {
            return try close(bytes, container)
        }
        if !first {
            guard bytes[position] == UInt8(ascii: ",") else {
                throw syntax("A comma or “]” must follow an element of an array")
            }
            position += 1
            skipSpace(bytes)
        }
        entries[container].count += 1
        try value(bytes)
    }

    private mutating func close(_ bytes: Span<UInt8>, _ container: Int) throws(JSONError) {
        position += 1
        entries[container].end = UInt32(position)
        entries[container].next = UInt32(entries.count)
        open.removeLast()
        if entries[container].kind == .object {
            try JSONKeys.refuseDuplicates(entries, object: container, bytes)
        }
    }

    /// One value; of a container only its start.
    private mutating func value(_ bytes: Span<UInt8>) throws(JSONError) {
        guard position < bytes.count else { throw syntax("The text ends where a value must stand") }
        switch bytes[position] {
        case UInt8(ascii: "{"): try container(.object)
        case UInt8(ascii: "["): try container(.array)
        case UInt8(ascii: "\""): try string(bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(bytes)
        case UInt8(ascii: "t"): try word(bytes, "true", .true)
        case UInt8(ascii: "f"): try word(bytes, "false", .false)
        case UInt8(ascii: "n"): try word(bytes, "null", .null)
        default: throw syntax("A JSON value must stand here")
        }
    }

    private mutating func container(_ kind: JSONKind) throws(JSONError) {
        guard open.count < limits.maxDepth else {
            throw JSONError(
                code: .depth, message: "Objects and arrays are nested deeper than \(limits.maxDepth) levels",
                offset: position)
        }
        open.append(entries.count)
        try append(kind, from: position, to: position)
        position += 1
    }

    private mutating func append(_ kind: JSONKind, from start: Int, to end: Int, hasEscapes: Bool = false)
        throws(JSONError)
    {
        guard entries.count < limits.maxValues else {
            throw JSONError(
                code: .limit, message: "The JSON text has more than \(limits.maxValues) values", offset: start)
        }
        entries.append(
            JSONEntry(
                kind: kind, hasEscapes: hasEscapes, start: UInt32(start), end: UInt32(end),
                next: UInt32(entries.count + 1)))
    }

    private mutating func word(_ bytes: Span<UInt8>, _ text: StaticString, _ kind: JSONKind) throws(JSONError) {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw syntax("A JSON value must stand here") }
        for index in 0..<count {
            // A StaticString of ASCII has `count` bytes at its start.
            guard bytes[position + index] == text.utf8Start[index] else {
                throw syntax("A JSON value must stand here")
            }
        }
        try append(kind, from: position, to: position + count)
        position += count
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        guard position < bytes.count, isDigit(bytes[position]) else {
            throw syntax("A digit must follow the minus sign")
        }
        if bytes[position] == UInt8(ascii: "0") {
            position += 1
            if position < bytes.count, isDigit(bytes[position]) { throw syntax("A number must not begin with 0") }
        } else {
            skipDigits(bytes)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard position < bytes.count, isDigit(bytes[position]) else {
                throw syntax("A digit must follow the decimal point")
            }
            skipDigits(bytes)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard position < bytes.count, isDigit(bytes[position]) else {
                throw syntax("A digit must follow the exponent's “e”")
            }
            skipDigits(bytes)
        }
        try append(.number, from: start, to: position)
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = position
        var hasEscapes = false
        position += 1
        while true {
            guard position < bytes.count else {
                throw JSONError(code: .syntax, message: "The text ends inside a string", offset: start)
            }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try escape(bytes)
            } else if byte < 0x20 {
                throw syntax("A control character in a string must be written as an escape")
            } else if byte < 0x80 {
                position += 1
            } else {
                guard let length = UTF8Check.sequenceLength(bytes, at: position) else {
                    throw JSONError(code: .encoding, message: "The text is not valid UTF-8", offset: position)
                }
                position += length
            }
        }
        position += 1
        try append(.string, from: start, to: position, hasEscapes: hasEscapes)
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(JSONError) {
        guard position + 1 < bytes.count else { throw syntax("The text ends inside an escape") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = JSONText.hexUnit(bytes, at: position + 2) else {
                throw syntax("Four hexadecimal digits must follow “\\u”")
            }
            if unit & 0xF800 != 0xD800 {
                position += 6
            } else {
                guard unit < 0xDC00, position + 7 < bytes.count, bytes[position + 6] == UInt8(ascii: "\\"),
                    bytes[position + 7] == UInt8(ascii: "u"), let low = JSONText.hexUnit(bytes, at: position + 8),
                    low & 0xFC00 == 0xDC00
                else {
                    throw JSONError(
                        code: .encoding, message: "An escape names half of a surrogate pair", offset: position)
                }
                position += 12
            }
        default:
            throw syntax("After a backslash one of \" \\ / b f n r t u must stand")
        }
    }

    @inline(__always)
    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D:
                position += 1
                hasSpace = true
            default: return
            }
        }
    }

    private mutating func skipDigits(_ bytes: Span<UInt8>) {
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private func syntax(_ message: String) -> JSONError {
        JSONError(code: .syntax, message: message, offset: position)
    }
}

/// Which byte sequences are UTF-8 (Unicode 16, table 3-7): no overlong forms, no surrogates, nothing past U+10FFFF.
enum UTF8Check {
    /// The length of the multi-byte sequence that starts at `index`, if it is one.
    static func sequenceLength(_ bytes: Span<UInt8>, at index: Int) -> Int? {
        func isTail(_ index: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
            index < bytes.count && bytes[index] >= low && bytes[index] <= high
        }
        switch bytes[index] {
        case 0xC2...0xDF:
            return isTail(index + 1) ? 2 : nil
        case 0xE0...0xEF:
            let low: UInt8 = bytes[index] == 0xE0 ? 0xA0 : 0x80
            let high: UInt8 = bytes[index] == 0xED ? 0x9F : 0xBF
            return isTail(index + 1, low, high) && isTail(index + 2) ? 3 : nil
        case 0xF0...0xF4:
            let low: UInt8 = bytes[index] == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = bytes[index] == 0xF4 ? 0x8F : 0xBF
            return isTail(index + 1, low, high) && isTail(index + 2) && isTail(index + 3) ? 4 : nil
        default:
            return nil
        }
    }
}
