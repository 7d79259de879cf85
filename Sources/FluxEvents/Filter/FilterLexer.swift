/// One character of a word: as it is, behind a backslash, or a star.
struct FilterCharacter: Sendable, Hashable {
    var scalar: Unicode.Scalar
    var isEscaped: Bool

    var isStar: Bool { scalar == "*" && !isEscaped }
}

/// A run of characters with its place.
struct FilterWord: Sendable {
    var characters: [FilterCharacter]
    /// Where it begins, in Unicode scalars from 0.
    var position: Int
    var isQuoted = false

    /// The characters without their backslashes.
    var plain: String {
        var text = ""
        text.unicodeScalars.append(contentsOf: characters.lazy.map(\.scalar))
        return text
    }

    var glob: Glob {
        Glob(
            pieces: characters.split(omittingEmptySubsequences: false, whereSeparator: \.isStar).map { piece in
                var text = ""
                text.unicodeScalars.append(contentsOf: piece.lazy.map(\.scalar))
                return text
            })
    }
}

struct FilterToken {
    enum Kind {
        case open, close, not, and, or, end
        case bare(FilterWord)
        case pair(field: FilterWord, comparison: FilterComparison, colon: Bool, value: FilterWord)
    }

    var kind: Kind
    var position: Int
}

/// Cuts an expression into words, brackets and keywords.
struct FilterLexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    /// The bare word before, for what is written as `size > 5`.
    private var lastWord: FilterWord?

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func next() throws(FilterError) -> FilterToken {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
        let start = position
        let previous = lastWord
        lastWord = nil
        guard position < scalars.count else { return FilterToken(kind: .end, position: start) }
        switch scalars[position] {
        case "(":
            position += 1
            return FilterToken(kind: .open, position: start)
        case ")":
            position += 1
            return FilterToken(kind: .close, position: start)
        case "-":
            position += 1
            return FilterToken(kind: .not, position: start)
        case "\"":
            let word = try quoted()
            return FilterToken(kind: .bare(word), position: start)
        case ":", "=", "<", ">":
            let isComparison = scalars[position] == "<" || scalars[position] == ">"
            let field =
                previous.flatMap { FilterField.Name(text: $0.plain)?.text } ?? (isComparison ? "size" : "name")
            throw FilterError(
                message: "A field's name must stand directly before “\(scalars[position])”, without a space",
                position: start, suggestion: field + pieceWithValue(from: start))
        default:
            return try word()
        }
    }

    /// A word that is no bracket, keyword of its own or quoted text: text, a keyword, or a field with its value.
    private mutating func word() throws(FilterError) -> FilterToken {
        let start = position
        let first = try run(stoppingAtOperators: true)
        guard position < scalars.count, Self.isOperator(scalars[position]) else {
            switch first.characters.contains(where: \.isEscaped) ? "" : first.plain {
            case "AND": return FilterToken(kind: .and, position: start)
            case "OR": return FilterToken(kind: .or, position: start)
            case "NOT": return FilterToken(kind: .not, position: start)
            default:
                lastWord = first
                return FilterToken(kind: .bare(first), position: start)
            }
        }
        let colon = scalars[position] == ":"
        var sign = String(scalars[position])
        position += 1
        if position < scalars.count, scalars[position] == "=", sign == "<" || sign == ">" {
            sign += "="
            position += 1
        }
        let comparison = FilterComparison(rawValue: colon ? "=" : sign) ?? .equal
        let value: FilterWord
        if position < scalars.count, scalars[position] == "\"" {
            value = try quoted()
        } else {
            value = try run(stoppingAtOperators: false)
            guard !value.characters.isEmpty else {
                throw FilterError(
                    message: "A value must follow “\(first.plain)\(colon ? ":" : sign)” without a space; "
                        + "for an empty one write \"\"", position: position,
                    suggestion: (FilterField.Name(text: first.plain).map(FilterField.named))?.exampleValue ?? "*")
            }
        }
        return FilterToken(
            kind: .pair(field: first, comparison: comparison, colon: colon, value: value), position: start)
    }

    /// Characters up to a space, a bracket or, if asked, an operator.
    private mutating func run(stoppingAtOperators: Bool) throws(FilterError) -> FilterWord {
        var word = FilterWord(characters: [], position: position)
        while position < scalars.count {
            let scalar = scalars[position]
            if scalar.properties.isWhitespace || scalar == ")" { break }
            if stoppingAtOperators, Self.isOperator(scalar) { break }
            if scalar == "(" || scalar == "\"" {
                throw FilterError(
                    message: "Text with brackets or quotes in it must be in quotes as a whole, or have a backslash "
                        + "before each", position: position, suggestion: "\\\(scalar)")
            }
            word.characters.append(try character())
        }
        return word
    }

    /// Text in double quotes; afterwards a space, a bracket or the end must come.
    private mutating func quoted() throws(FilterError) -> FilterWord {
        let start = position
        position += 1
        var word = FilterWord(characters: [], position: start, isQuoted: true)
        while true {
            guard position < scalars.count else {
                throw FilterError(
                    message: "The quotes that open last are not closed", position: position,
                    suggestion: "\"")
            }
            if scalars[position] == "\"" { break }
            word.characters.append(try character())
        }
        position += 1
        if position < scalars.count, !scalars[position].properties.isWhitespace, scalars[position] != ")" {
            throw FilterError(
                message: "A space must follow the closing quotes", position: position,
                suggestion: " " + piece(from: position))
        }
        return word
    }

    private mutating func character() throws(FilterError) -> FilterCharacter {
        guard scalars[position] == "\\" else {
            position += 1
            return FilterCharacter(scalar: scalars[position - 1], isEscaped: false)
        }
        guard position + 1 < scalars.count, !Self.isLetterOrDigit(scalars[position + 1]) else {
            throw FilterError(
                message: "A backslash must stand before a sign such as * or \"; for a backslash itself write two",
                position: position, suggestion: "\\\\")
        }
        position += 2
        return FilterCharacter(scalar: scalars[position - 1], isEscaped: true)
    }

    /// What stands from a place up to the next space or bracket.
    private func piece(from start: Int) -> String {
        var text = ""
        text.unicodeScalars.append(
            contentsOf: scalars[start...].prefix { !$0.properties.isWhitespace && $0 != "(" && $0 != ")" })
        return text
    }

    /// An operator and its value, also where spaces are between them.
    private func pieceWithValue(from start: Int) -> String {
        let sign = scalars[start...].prefix(while: Self.isOperator)
        let value = scalars[(start + sign.count)...].prefix { $0.properties.isWhitespace }
        let text = piece(from: start + sign.count + value.count)
        var out = ""
        out.unicodeScalars.append(contentsOf: sign)
        return out + (text.isEmpty ? "*" : text)
    }

    private static func isOperator(_ scalar: Unicode.Scalar) -> Bool {
        scalar == ":" || scalar == "=" || scalar == "<" || scalar == ">"
    }

    /// ASCII only.
    static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }
}
