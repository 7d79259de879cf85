/// Why a filter expression cannot be used.
public struct FilterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in one sentence.
    public var message: String
    /// Where, in characters from 0.
    public var position: Int
    /// What was probably meant, if that can be guessed: a whole word to put there.
    public var suggestion: String?

    public init(message: String, position: Int, suggestion: String? = nil) {
        self.message = message
        self.position = position
        self.suggestion = suggestion
    }

    public var description: String {
        message + " (at character \(position))" + (suggestion.map { "; did you mean “\($0)”?" } ?? "")
    }
}
