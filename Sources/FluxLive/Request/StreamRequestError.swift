/// What is wrong with a stream's parameters or with a client's message. The same value becomes an `error` message on a
/// WebSocket and a problem document with status 400 over HTTP.
public struct StreamRequestError: Error, Sendable, Hashable {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }

        /// A query parameter that does not exist.
        public static let unknownParameter = Code("unknown_parameter")
        /// A query parameter that was given twice.
        public static let repeatedParameter = Code("repeated_parameter")
        /// A query parameter whose value is not one of those allowed, or that is not percent-encoded text.
        public static let badParameter = Code("bad_parameter")
        /// A filter expression that cannot be read; `position` says where.
        public static let badFilter = Code("bad_filter")
        /// A starting point that is none of the five forms.
        public static let badFrom = Code("bad_from")
        /// A client's message that is not JSON.
        public static let badJSON = Code("bad_json")
        /// A client's message that is JSON, but not an object with `action` and its fields.
        public static let badMessage = Code("bad_message")
        /// An action that does not exist.
        public static let unknownAction = Code("unknown_action")
        /// A binary message; this protocol is text.
        public static let notText = Code("not_text")
        /// The log could not be read; the same again may work.
        public static let unavailable = Code("unavailable")

        /// Every code, for documentation.
        public static let all: [Code] = [
            .unknownParameter, .repeatedParameter, .badParameter, .badFilter, .badFrom, .badJSON, .badMessage,
            .unknownAction, .notText, .unavailable,
        ]
    }

    public var code: Code
    /// What is wrong, on what, and what to do, in a sentence.
    public var message: String
    /// The parameter or field that is meant.
    public var parameter: String?
    /// Where in a filter, in characters from 0.
    public var position: Int?
    /// What was probably meant.
    public var suggestion: String?

    public init(
        code: Code, message: String, parameter: String? = nil, position: Int? = nil, suggestion: String? = nil
    ) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.position = position
        self.suggestion = suggestion
    }

    /// Whether the very same request may succeed later.
    public var isRetryable: Bool { code == .unavailable }
}
