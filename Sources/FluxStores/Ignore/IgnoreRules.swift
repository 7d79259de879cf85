/// Which files a folder store leaves out, in the syntax of a `.gitignore` at its root: the last pattern that matches
/// decides, `!` takes back, a slash at the end means folders only, a slash elsewhere ties the pattern to the root.
///
/// As in git, nothing below an ignored folder can be taken back: such a folder is not entered.
public struct IgnoreRules: Sendable, Hashable {
    /// What is left out unless the URL says `defaults=0`.
    public static let defaults = [".git/", ".build/", "node_modules/"]
    /// The most patterns a store may have.
    public static let maximumPatterns = 256
    /// The longest pattern (bytes).
    public static let maximumPatternLength = 1024

    private struct Rule: Sendable, Hashable {
        var negated = false
        var foldersOnly = false
        /// Compared with the last name of the path only.
        var nameOnly = false
        /// What must stand at the start, byte for byte, before the pattern is tried.
        var literal: [UInt8] = []
        var pattern: GlobPattern?
    }

    private var rules: [Rule] = []
    /// The patterns as they were given.
    public private(set) var patterns: [String] = []

    public init() {}

    public init(_ patterns: [String]) throws(StoreError) {
        guard patterns.count <= Self.maximumPatterns else {
            throw StoreError(
                code: .badPattern,
                message: "\(patterns.count) ignore patterns are given, at most \(Self.maximumPatterns) are possible; "
                    + "join some with * or […].")
        }
        self.patterns = patterns
        for text in patterns {
            guard text.utf8.count <= Self.maximumPatternLength, !text.utf8.contains(0) else {
                throw StoreError(
                    code: .badPattern,
                    message:
                        "The ignore pattern “\(text.prefix(60))…” is longer than \(Self.maximumPatternLength) bytes "
                        + "or has a zero byte; shorten it.")
            }
            if let rule = Self.parse(Array(text.utf8)) { rules.append(rule) }
        }
    }

    /// Whether the thing at `key` itself is left out, provided that no folder above it is.
    public func ignores(_ key: some RandomAccessCollection<UInt8>, isFolder: Bool) -> Bool {
        guard !rules.isEmpty else { return false }
        let key = Array(key)
        let name = key[(key.lastIndex(of: GlobPattern.slash).map { $0 + 1 } ?? 0)...]
        for rule in rules.reversed() where isFolder || !rule.foldersOnly {
            if Self.matches(rule, key: key, name: name) { return !rule.negated }
        }
        return false
    }

    /// Whether the file at `key` is left out, itself or by a folder above it.
    public func ignoresFile(at key: [UInt8]) -> Bool {
        for (place, byte) in key.enumerated() where byte == GlobPattern.slash {
            if ignores(key[..<place], isFolder: true) { return true }
        }
        return ignores(key, isFolder: false)
    }

    private static func matches(_ rule: Rule, key: [UInt8], name: ArraySlice<UInt8>) -> Bool {
        let text = rule.nameOnly ? name : key[...]
        guard let pattern = rule.pattern else { return text.elementsEqual(rule.literal) }
        return text.starts(with: rule.literal) && pattern.matches(text.dropFirst(rule.literal.count))
    }

    private static func parse(_ line: [UInt8]) -> Rule? {
        var text = trimTrailingSpaces(line)[...]
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        var rule = Rule()
        if first == UInt8(ascii: "!") {
            rule.negated = true
            text = text.dropFirst()
        }
        if text.last == GlobPattern.slash {
            rule.foldersOnly = true
            text = text.dropLast()
        }
        rule.nameOnly = !text.contains(GlobPattern.slash)
        if text.first == GlobPattern.slash { text = text.dropFirst() }
        guard !text.isEmpty else { return nil }
        // As in git, the part before the first special byte is compared as it stands.
        let special = text.firstIndex { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B || $0 == 0x5C }
        guard let special else {
            rule.literal = Array(text)
            return rule
        }
        rule.literal = rule.nameOnly ? [] : Array(text[..<special])
        rule.pattern = GlobPattern(rule.nameOnly ? text : text[special...])
        return rule
    }

    /// Spaces at the end do not count unless a backslash stands before them.
    private static func trimTrailingSpaces(_ line: [UInt8]) -> [UInt8] {
        var end = 0
        var place = 0
        while place < line.count {
            if line[place] == UInt8(ascii: "\\"), place + 1 < line.count {
                place += 2
                end = place
            } else {
                place += 1
                if line[place - 1] != UInt8(ascii: " ") { end = place }
            }
        }
        return Array(line[..<end])
    }
}
