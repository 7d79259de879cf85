/// What is known about whoever posts events, and what they may do.
public struct IntakeContext: Sendable {
    /// The source of events that bring none: `/clients/NAME`, with the name of the token or person.
    let clientSource: String
    /// Becomes `user_id` of what is posted.
    public var userID: String?
    /// Whether our own types and sources may be written: the admin scope.
    public var mayWriteReserved: Bool
    /// The server's time: of events that bring none, and in their new ids.
    public var now: Timestamp
    /// Whether a source belongs to one of our own stores.
    public var reservedSources: @Sendable (String) -> Bool
    public var limits: IntakeLimits

    public init(
        clientName: String, userID: String? = nil, mayWriteReserved: Bool = false, now: Timestamp,
        reservedSources: @escaping @Sendable (String) -> Bool = { _ in false }, limits: IntakeLimits = IntakeLimits()
    ) {
        clientSource = EventRules.clientSource(clientName)
        self.userID = userID
        self.mayWriteReserved = mayWriteReserved
        self.now = now
        self.reservedSources = reservedSources
        self.limits = limits
    }
}

/// How much one request may bring.
public struct IntakeLimits: Sendable, Hashable {
    /// The longest event, as its record's value and headers (bytes): `--max-event-bytes`.
    public var maxEventBytes: Int
    /// The most events: `--max-events-per-request`.
    public var maxEvents: Int
    /// The longest body (bytes): `--max-body-bytes`.
    public var maxBodyBytes: Int

    public init(maxEventBytes: Int = 256 << 10, maxEvents: Int = 10_000, maxBodyBytes: Int = 8 << 20) {
        self.maxEventBytes = maxEventBytes
        self.maxEvents = maxEvents
        self.maxBodyBytes = maxBodyBytes
    }
}

/// Why a request's events were refused; all of them, none is written.
public struct IntakeError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// The body is not JSON: 400.
        public static let malformedJSON = Code(description: "malformed_json")
        /// A limit is passed: 413.
        public static let tooLarge = Code(description: "too_large")
        /// The data is not JSON: 415.
        public static let unsupportedData = Code(description: "unsupported_data")
        /// JSON, but not an event: 422.
        public static let notAnEvent = Code(description: "not_an_event")
        /// The type or source is ours and the admin scope is missing: 403.
        public static let notAllowed = Code(description: "not_allowed")
    }

    public var code: Code
    /// The HTTP status that says it: 400, 403, 413, 415 or 422.
    public var status: Int
    /// What is wrong and what to do, in one sentence.
    public var message: String
    /// Which event of the request, from 0.
    public var index: Int?
    /// Where in that event, as a JSON pointer; of binary mode the header's attribute.
    public var pointer: String?

    public init(code: Code, status: Int, message: String, index: Int? = nil, pointer: String? = nil) {
        self.code = code
        self.status = status
        self.message = message
        self.index = index
        self.pointer = pointer
    }

    public var description: String { message }
}
