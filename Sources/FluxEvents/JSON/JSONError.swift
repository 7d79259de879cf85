/// How much a JSON text may ask of us.
public struct JSONLimits: Sendable, Hashable {
    /// Objects and arrays inside each other; 32 unless told otherwise.
    public var maxDepth: Int
    /// The longest text (bytes).
    public var maxBytes: Int
    /// The most values, counting members' names.
    public var maxValues: Int

    public init(maxDepth: Int = 32, maxBytes: Int = 16 << 20, maxValues: Int = 2_000_000) {
        self.maxDepth = maxDepth
        self.maxBytes = maxBytes
        self.maxValues = maxValues
    }

    public static let `default` = JSONLimits()
}

/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// Not in the grammar of RFC 8259.
        public static let syntax = Code(description: "syntax")
        /// The bytes are not UTF-8, or an escape names half a surrogate pair.
        public static let encoding = Code(description: "encoding")
        /// An object names a member twice.
        public static let duplicateKey = Code(description: "duplicate_key")
        /// Nested deeper than `JSONLimits.maxDepth`.
        public static let depth = Code(description: "depth")
        /// More bytes or values than `JSONLimits` allows.
        public static let limit = Code(description: "limit")
    }

    public var code: Code
    /// What is wrong there, in words; the offset is in `description` only.
    public var message: String
    /// Bytes from the start of the text.
    public var offset: Int

    public init(code: Code, message: String, offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) (at byte \(offset))" }
}
