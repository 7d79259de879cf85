public import FluxEvents

/// When a request to a cloud is tried again. Pure: chance and time come in.
///
/// Waits grow by twos with full jitter; what is told by `Retry-After` is kept to. All tries of a client draw from one
/// budget, so that a service in trouble is not asked many times as much as one that is well.
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior" (standard mode), from which the budget's figures are.
public struct RetryPolicy: Sendable, Hashable {
    /// Why a try failed.
    public enum Cause: Sendable, Hashable {
        /// The connection, a time-out, a body that was cut, a status of 5xx.
        case transient
        /// The service asks for less: 503 SlowDown, 429 and their like.
        case throttled
        /// It had another reason, which another try does not change.
        case lasting
    }

    /// Tries in all.
    public var attempts = 5
    /// The longest first wait after a transient failure, and after a throttled one (milliseconds).
    public var base: Int64 = 200
    public var throttledBase: Int64 = 1_000
    /// The longest wait (milliseconds), also where the service asks for a longer one.
    public var longest: Int64 = 20_000

    public init() {}

    /// How long to wait before the next try (milliseconds); nil: no further try.
    ///
    /// - Parameters:
    ///   - attempt: the try that failed, from 1 on.
    ///   - retryAfter: what the service asks for (milliseconds).
    ///   - chance: 0 up to but not including 1.
    public func wait(after attempt: Int, _ cause: Cause, retryAfter: Int64? = nil, chance: Double) -> Int64? {
        guard attempt < attempts else { return nil }
        let first: Int64
        switch cause {
        case .lasting: return nil
        case .transient: first = base
        case .throttled: first = throttledBase
        }
        let doubled = first << min(attempt - 1, 16)
        let jittered = Int64(Double(min(doubled, longest)) * chance)
        return min(max(jittered, retryAfter ?? 0), longest)
    }

    /// What a status and an error's code mean for another try.
    public static func cause(status: Int, code: String?) -> Cause {
        switch code {
        case "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
            "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
            "ProvisionedThroughputExceededException", "PriorRequestNotComplete":
            return .throttled
        case "InternalError", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "OperationAborted":
            return .transient
        default: break
        }
        switch status {
        case 429: return .throttled
        case 500, 502, 503, 504: return .transient
        default: return .lasting
        }
    }

    /// What `Retry-After` asks for (milliseconds): whole seconds, or a date.
    public static func retryAfter(_ text: String?, now: Timestamp) -> Int64? {
        guard let text else { return nil }
        if let seconds = Int64(text) { return seconds < 0 ? nil : min(seconds, 86_400) * 1000 }
        return HTTPDate.parse(text).map { max(0, $0.milliseconds - now.milliseconds) }
    }
}

/// Tries that a client may still make. Each further try takes from it, each success gives back. Pure.
public struct RetryBudget: Sendable, Hashable {
    public static let capacity = 500
    public static let cost = 5
    public private(set) var left = RetryBudget.capacity

    public init() {}

    /// Takes a further try's part; false where there is not enough left.
    public mutating func take() -> Bool {
        guard left >= Self.cost else { return false }
        left -= Self.cost
        return true
    }

    /// A request succeeded, after so many further tries.
    public mutating func succeeded(after retries: Int) {
        left = min(Self.capacity, left + max(1, retries == 0 ? 1 : Self.cost))
    }
}
