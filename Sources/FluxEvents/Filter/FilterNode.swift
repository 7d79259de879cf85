/// An expression as a tree.
indirect enum FilterNode: Sendable, Hashable {
    case everything
    case and([FilterNode])
    case or([FilterNode])
    case not(FilterNode)
    case term(FilterTerm)
}

/// One question about one event.
enum FilterTerm: Sendable, Hashable {
    /// A part of the file name, bucket, type or id.
    case text(Glob)
    case has(FilterField)
    /// The whole value of a field as text.
    case glob(FilterField, Glob)
    /// The whole value of a place in `data`: as text, or as a number where both are numbers.
    case any(FilterField, Glob, number: FilterNumber?)
    case number(FilterField, FilterComparison, FilterNumber)
    case time(FilterField, FilterComparison, Timestamp)
    case flag(FilterField, Bool)
}

enum FilterComparison: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="

    func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
        switch self {
        case .equal: a == b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .less: a < b
        case .lessOrEqual: a <= b
        }
    }
}

/// A number: whole ones that fit are exact, all others are `Double`.
struct FilterNumber: Sendable, Hashable, Comparable {
    private enum Value: Sendable, Hashable {
        case whole(Int64)
        case real(Double)
    }

    private let value: Value

    init(_ whole: Int64) { value = .whole(whole) }

    init(_ real: Double) {
        if let whole = Int64(exactly: real) { value = .whole(whole) } else { value = .real(real) }
    }

    private var double: Double {
        switch value {
        case .whole(let whole): Double(whole)
        case .real(let real): real
        }
    }

    /// The product with a unit. Exact where the result is whole and fits: 1.001 KB is 1001, although the nearest
    /// `Double` to 1.001 times 1000 is not.
    func times(_ factor: Int64, written text: String) -> FilterNumber {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        if pieces.count <= 2, let digits = Int64(pieces.joined()) {
            var product = digits.multipliedReportingOverflow(by: factor)
            for _ in 0..<(pieces.count == 2 ? pieces[1].utf8.count : 0) where !product.overflow {
                if product.partialValue % 10 == 0 {
                    product.partialValue /= 10
                } else {
                    product.overflow = true
                }
            }
            if !product.overflow { return FilterNumber(product.partialValue) }
        }
        return FilterNumber(double * Double(factor))
    }

    static func < (a: FilterNumber, b: FilterNumber) -> Bool {
        if case .whole(let one) = a.value, case .whole(let other) = b.value { return one < other }
        return a.double < b.double
    }

    var text: String {
        switch value {
        case .whole(let whole): String(whole)
        case .real(let real): "\(real)"
        }
    }
}

extension FilterNode {
    /// The same question in its one form: nested groups flattened, repetitions dropped, double negations gone, terms in
    /// a fixed order in which those that need no JSON come first.
    var canonical: FilterNode {
        switch self {
        case .everything, .term: return self
        case .not(let inner):
            if case .not(let innermost) = inner.canonical { return innermost }
            return .not(inner.canonical)
        case .and(let nodes):
            let flat = Self.ordered(
                nodes.flatMap { node -> [FilterNode] in
                    if case .and(let inner) = node.canonical { inner } else { [node.canonical] }
                })
            return flat.count == 1 ? flat[0] : .and(flat)
        case .or(let nodes):
            let flat = Self.ordered(
                nodes.flatMap { node -> [FilterNode] in
                    if case .or(let inner) = node.canonical { inner } else { [node.canonical] }
                })
            return flat.count == 1 ? flat[0] : .or(flat)
        }
    }

    private static func ordered(_ nodes: [FilterNode]) -> [FilterNode] {
        var seen: Set<FilterNode> = []
        return nodes.filter { seen.insert($0).inserted }
            .map { (cost: $0.cost, text: $0.text, node: $0) }
            .sorted { ($0.cost, $0.text) < ($1.cost, $1.text) }
            .map(\.node)
    }

    /// 0 where the envelope tells all, more where `data` must be read.
    private var cost: Int {
        switch self {
        case .everything: 0
        case .not(let inner): inner.cost
        case .and(let nodes), .or(let nodes): nodes.map(\.cost).max() ?? 0
        case .term(.text): 2
        case .term(.has(let field)), .term(.glob(let field, _)), .term(.any(let field, _, _)),
            .term(.number(let field, _, _)), .term(.time(let field, _, _)), .term(.flag(let field, _)):
            field.needsData ? 1 : 0
        }
    }

    /// An expression that parses to this tree.
    var text: String { text(inGroup: false) }

    private func text(inGroup: Bool) -> String {
        switch self {
        case .everything: return ""
        case .and(let nodes):
            let joined = nodes.map { $0.text(inGroup: true) }.joined(separator: " ")
            return inGroup ? "(" + joined + ")" : joined
        case .or(let nodes):
            let joined = nodes.map { $0.text(inGroup: true) }.joined(separator: " OR ")
            return inGroup ? "(" + joined + ")" : joined
        case .not(let inner): return "-" + inner.text(inGroup: true)
        case .term(let term): return term.text
        }
    }

    /// Whether the type is asked for by its full name where that lets events in (not behind a negation).
    func names(type: [UInt8], negated: Bool = false) -> Bool {
        switch self {
        case .everything: false
        case .not(let inner): inner.names(type: type, negated: !negated)
        case .and(let nodes), .or(let nodes): nodes.contains { $0.names(type: type, negated: negated) }
        case .term(.glob(.named(.type), let glob)): !negated && glob.literal == type
        case .term: false
        }
    }
}

extension FilterTerm {
    var text: String {
        switch self {
        case .text(let glob): glob.quoted
        case .has(let field): "has:" + field.text
        case .glob(let field, let glob): field.text + ":" + glob.quoted
        case .any(let field, let glob, _): field.text + ":" + glob.quoted
        case .number(let field, let comparison, let number): field.text + comparison.rawValue + number.text
        case .time(let field, let comparison, let time): field.text + comparison.rawValue + time.rfc3339
        case .flag(let field, let value): field.text + ":" + (value ? "true" : "false")
        }
    }
}
