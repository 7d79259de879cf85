/// What a reader was not given, exactly: told instead of the events.
struct GapNotice: Sendable, Hashable {
    /// The cursor that the reader had.
    var from: String
    /// Where it continues.
    var to: String
    /// Events of the log that lie between, matching or not; nil where that cannot be known (another log or epoch).
    var count: Int64?
    /// `retention`, `damage` or `reset`.
    var reason: String

    static let reset = "reset"
}
