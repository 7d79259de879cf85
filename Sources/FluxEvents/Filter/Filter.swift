/// A filter expression, parsed and ready to be asked (docs/filter-language.md).
///
/// Two filters are equal when they ask the same: order, case, repetitions and superfluous brackets do not count. Equal
/// filters can share the work of one.
public struct Filter: Sendable, Hashable {
    /// The longest expression (Unicode scalars).
    public static let maximumLength = 2048
    /// The most terms.
    public static let maximumTerms = 64
    /// How deep brackets and negations may be nested.
    public static let maximumDepth = 16

    /// The expression as it was given.
    public let text: String
    /// The expression in its one form; `now` is a time here.
    public let canonicalText: String
    private let program: FilterProgram
    /// Whether `system.inventory` is named in full and not negated: only then do streams and lists let inventory pass.
    public let includesInventory: Bool
    /// Whether the expression lets everything pass without a look.
    public let isEverything: Bool

    /// Parses an expression; the empty one lets everything pass. `now` in it means this time for good.
    public init(_ text: String, now: Timestamp) throws(FilterError) {
        self.init(text: text, node: try FilterParser.parse(text, now: now).canonical)
    }

    init(text: String, node: FilterNode) {
        self.text = text
        program = FilterProgram(node)
        canonicalText = node.text
        includesInventory = node.names(type: Array(EventType.inventory.rawValue.utf8))
        isEverything = node == .everything
    }

    /// Lets everything pass; the empty expression.
    public static let everything = Filter(text: "", node: .everything)

    /// Whether the event fits the expression. Says nothing of the rule about inventory: see `passes`.
    public func matches(_ event: FilterView) -> Bool { program.matches(event) }

    /// What streams and lists ask: the event fits, and is no inventory that was not asked for by name.
    public func passes(_ event: FilterView) -> Bool {
        (includesInventory || !event.isInventory) && program.matches(event)
    }

    public static func == (a: Filter, b: Filter) -> Bool { a.canonicalText == b.canonicalText }

    public func hash(into hasher: inout Hasher) { hasher.combine(canonicalText) }
}
