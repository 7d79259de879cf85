/// One shell pattern over bytes, with git's meaning: `*` and `?` stop at a slash, `**` between slashes does not,
/// `[…]` is a set, `\` takes the next byte as it is.
///
/// Matching takes at most (pattern × text) steps whatever the pattern: places that failed once are not tried again.
struct GlobPattern: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case byte(UInt8)
        case any
        case set(ByteSet)
        /// Any run without a slash.
        case star
        /// Any run, slashes included.
        case starStar
        /// `**/`: nothing, or any run that ends in a slash.
        case folders
        /// What cannot match anything (an unfinished `[` or a `\` at the end).
        case never
    }

    private var tokens: [Token]

    init(_ pattern: some Collection<UInt8>) {
        tokens = Self.compile(Array(pattern))
    }

    func matches(_ text: some Collection<UInt8>) -> Bool {
        let text = Array(text)
        var failed = [Bool](repeating: false, count: (tokens.count + 1) * (text.count + 1))
        return match(0, text, 0, &failed)
    }

    private func match(_ token: Int, _ text: [UInt8], _ place: Int, _ failed: inout [Bool]) -> Bool {
        let slot = token * (text.count + 1) + place
        if failed[slot] { return false }
        if attempt(token, text, place, &failed) { return true }
        failed[slot] = true
        return false
    }

    private func attempt(_ start: Int, _ text: [UInt8], _ from: Int, _ failed: inout [Bool]) -> Bool {
        var token = start
        var place = from
        while token < tokens.count {
            switch tokens[token] {
            case .byte(let byte):
                guard place < text.count, text[place] == byte else { return false }
            case .any:
                guard place < text.count, text[place] != GlobPattern.slash else { return false }
            case .set(let set):
                guard place < text.count, text[place] != GlobPattern.slash, set.contains(text[place]) else {
                    return false
                }
            case .never:
                return false
            case .star, .starStar:
                let crosses = tokens[token] == .starStar
                var end = place
                while true {
                    if match(token + 1, text, end, &failed) { return true }
                    guard end < text.count, crosses || text[end] != GlobPattern.slash else { return false }
                    end += 1
                }
            case .folders:
                if match(token + 1, text, place, &failed) { return true }
                for end in place..<text.count where text[end] == GlobPattern.slash {
                    if match(token + 1, text, end + 1, &failed) { return true }
                }
                return false
            }
            token += 1
            place += 1
        }
        return place == text.count
    }

    static let slash = UInt8(ascii: "/")
}

// MARK: - Compiling

extension GlobPattern {
    private static func compile(_ pattern: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var place = 0
        while place < pattern.count {
            let byte = pattern[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\\"):
                guard place < pattern.count else { return [.never] }
                tokens.append(.byte(pattern[place]))
                place += 1
            case UInt8(ascii: "?"):
                tokens.append(.any)
            case UInt8(ascii: "["):
                guard let (set, next) = ByteSet.parse(pattern, from: place) else { return [.never] }
                tokens.append(.set(set))
                place = next
            case UInt8(ascii: "*"):
                let start = place - 1
                while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
                let opens = start == 0 || pattern[start - 1] == slash
                let ends = place == pattern.count || pattern[place] == slash
                guard place - start > 1, opens, ends else {
                    tokens.append(.star)
                    continue
                }
                if place == pattern.count {
                    tokens.append(.starStar)
                } else {
                    tokens.append(.folders)
                    place += 1
                }
            default:
                tokens.append(.byte(byte))
            }
        }
        return tokens
    }
}

/// A set of bytes, as `[a-z]` writes it.
struct ByteSet: Sendable, Hashable {
    private var words: SIMD4<UInt64> = .zero

    func contains(_ byte: UInt8) -> Bool {
        words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0
    }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    }

    mutating func invert() { words = ~words }

    /// Reads what follows a `[`; gives the set and the place after its `]`, or nil where it does not end.
    static func parse(_ pattern: [UInt8], from start: Int) -> (ByteSet, Int)? {
        var set = ByteSet()
        var place = start
        var inverted = false
        if place < pattern.count, pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^") {
            inverted = true
            place += 1
        }
        var first = true
        while place < pattern.count {
            if pattern[place] == UInt8(ascii: "]"), !first {
                if inverted { set.invert() }
                return (set, place + 1)
            }
            first = false
            if pattern[place] == UInt8(ascii: "["), place + 1 < pattern.count, pattern[place + 1] == UInt8(ascii: ":") {
                // As git does: without a closing `:]` the bracket is an ordinary byte.
                if let end = (place + 2..<pattern.count).first(where: { pattern[$0] == UInt8(ascii: "]") }) {
                    if end > place + 2, pattern[end - 1] == UInt8(ascii: ":") {
                        let name = String(decoding: pattern[(place + 2)..<(end - 1)], as: UTF8.self)
                        guard let ranges = classes[name] else { return nil }
                        for range in ranges { set.insert(range) }
                        place = end + 1
                    } else {
                        set.insert(pattern[place]...pattern[place])
                        place += 1
                    }
                    continue
                }
                return nil
            }
            guard let (low, afterLow) = member(pattern, place) else { return nil }
            place = afterLow
            if place + 1 < pattern.count, pattern[place] == UInt8(ascii: "-"), pattern[place + 1] != UInt8(ascii: "]") {
                guard let (high, afterHigh) = member(pattern, place + 1) else { return nil }
                place = afterHigh
                // As git does: of a range that runs backwards its start is left.
                set.insert(low...max(low, high))
            } else {
                set.insert(low...low)
            }
        }
        return nil
    }

    private static func member(_ pattern: [UInt8], _ place: Int) -> (UInt8, Int)? {
        guard place < pattern.count else { return nil }
        guard pattern[place] == UInt8(ascii: "\\") else { return (pattern[place], place + 1) }
        guard place + 1 < pattern.count else { return nil }
        return (pattern[place + 1], place + 2)
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    private static let lower = UInt8(ascii: "a")...UInt8(ascii: "z")
    private static let upper = UInt8(ascii: "A")...UInt8(ascii: "Z")
    private static let classes: [String: [ClosedRange<UInt8>]] = [
        "alnum": [digits, lower, upper], "alpha": [lower, upper], "blank": [9...9, 32...32],
        "cntrl": [0...31, 127...127], "digit": [digits], "graph": [33...126], "lower": [lower], "print": [32...126],
        "punct": [33...47, 58...64, 91...96, 123...126], "space": [9...13, 32...32], "upper": [upper],
        "xdigit": [digits, UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F")],
    ]
}
