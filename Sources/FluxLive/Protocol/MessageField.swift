/// One field of a message, for documentation.
public struct MessageField: Sendable, Hashable {
    /// What a field holds.
    public enum Kind: Sendable, Hashable {
        case text, cursor, time, count, flag
        /// One of these words.
        case words([String])
        /// Any JSON value: what the client sent.
        case mark
        case event, events, statistics, limits
    }

    public var name: String
    public var kind: Kind
    /// Whether it is there always.
    public var isRequired: Bool
    public var mayBeNull: Bool
    /// What it means, in a sentence without a full stop.
    public var summary: String

    init(
        _ name: String, _ kind: Kind, _ summary: String, isRequired: Bool = true, mayBeNull: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.mayBeNull = mayBeNull
        self.summary = summary
    }
}
