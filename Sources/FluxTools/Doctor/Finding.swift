/// One thing that was looked at.
public struct Finding: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable {
        case fine = "ok"
        /// It works, and somebody should know.
        case warning
        case failed
    }

    public var verdict: Verdict
    /// `data folder`, `credentials`, the URL of a store.
    public var what: String
    /// One sentence: what was found, and where it is not fine what to do.
    public var words: String

    public init(_ verdict: Verdict, _ what: String, _ words: String) {
        self.verdict = verdict
        self.what = what
        self.words = words
    }
}
