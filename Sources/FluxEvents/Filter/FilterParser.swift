/// Reads an expression into a tree.
///
/// ```
/// any  = all { "OR" all }
/// all  = one { ["AND"] one }
/// one  = ("-" | "NOT") one | "(" any ")" | text | field (":" | "=" | ">" | ">=" | "<" | "<=") value
/// ```
struct FilterParser {
    private var lexer: FilterLexer
    private var token: FilterToken
    private var terms = 0
    /// Brackets that are open here.
    private var open = 0
    private let now: Timestamp

    static func parse(_ text: String, now: Timestamp) throws(FilterError) -> FilterNode {
        guard text.unicodeScalars.count <= Filter.maximumLength else {
            throw FilterError(
                message: "The filter is longer than \(Filter.maximumLength) characters", position: Filter.maximumLength)
        }
        var parser = try FilterParser(text, now: now)
        if case .end = parser.token.kind { return .everything }
        let node = try parser.any(depth: 0)
        switch parser.token.kind {
        case .end: return node
        case .close:
            throw FilterError(
                message: "This bracket closes none that is open; take it out, or put a backslash before it",
                position: parser.token.position, suggestion: "\\)")
        default:
            throw FilterError(message: "The filter cannot be read from here on", position: parser.token.position)
        }
    }

    private init(_ text: String, now: Timestamp) throws(FilterError) {
        var lexer = FilterLexer(text)
        token = try lexer.next()
        self.lexer = lexer
        self.now = now
    }

    private mutating func advance() throws(FilterError) {
        token = try lexer.next()
    }

    private mutating func any(depth: Int) throws(FilterError) -> FilterNode {
        var nodes = [try all(depth: depth)]
        while case .or = token.kind {
            try advance()
            nodes.append(try all(depth: depth))
        }
        return nodes.count == 1 ? nodes[0] : .or(nodes)
    }

    private mutating func all(depth: Int) throws(FilterError) -> FilterNode {
        var nodes = [try one(depth: depth)]
        while true {
            switch token.kind {
            case .end, .close, .or: return nodes.count == 1 ? nodes[0] : .and(nodes)
            case .and: try advance()
            default: break
            }
            nodes.append(try one(depth: depth))
        }
    }

    private mutating func one(depth: Int) throws(FilterError) -> FilterNode {
        let start = token
        switch start.kind {
        case .not:
            try checkDepth(depth, at: start.position)
            try advance()
            return .not(try one(depth: depth + 1))
        case .open:
            try checkDepth(depth, at: start.position)
            open += 1
            try advance()
            if case .close = token.kind {
                throw FilterError(
                    message: "There is nothing between these brackets", position: start.position,
                    suggestion: "(type:*)")
            }
            let node = try any(depth: depth + 1)
            guard case .close = token.kind else {
                throw FilterError(
                    message: "A bracket is not closed", position: token.position,
                    suggestion: String(repeating: ")", count: open))
            }
            open -= 1
            try advance()
            return node
        case .bare(let word):
            try countTerm(at: start.position)
            guard !word.characters.isEmpty else {
                throw FilterError(
                    message: "There is no text between these quotes", position: start.position, suggestion: "*")
            }
            try advance()
            return .term(.text(word.glob))
        case .pair(let field, let comparison, let colon, let value):
            try countTerm(at: start.position)
            let term = try FilterTermReader(now: now).term(field, comparison, colon: colon, value)
            try advance()
            return .term(term)
        case .end:
            throw FilterError(
                message: "The filter ends where a term must stand", position: start.position,
                suggestion: "type:*" + String(repeating: ")", count: open))
        case .close:
            throw FilterError(
                message: "A term must stand before this bracket", position: start.position,
                suggestion: open > 0 ? "type:*)" : "\\)")
        case .and, .or:
            var word = "AND"
            if case .or = start.kind { word = "OR" }
            throw FilterError(
                message: "A term must stand on both sides of AND and OR; to search for the word put it in quotes",
                position: start.position, suggestion: "\"\(word)\"")
        }
    }

    private func checkDepth(_ depth: Int, at position: Int) throws(FilterError) {
        guard depth < Filter.maximumDepth else {
            throw FilterError(
                message: "Brackets and negations are nested deeper than \(Filter.maximumDepth) levels",
                position: position)
        }
    }

    private mutating func countTerm(at position: Int) throws(FilterError) {
        terms += 1
        guard terms <= Filter.maximumTerms else {
            throw FilterError(message: "The filter has more than \(Filter.maximumTerms) terms", position: position)
        }
    }
}
