/// So many at once, and then so many a second. A value; the time comes from outside.
struct TokenBucket: Sendable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var last: Int64?

    init(perSecond: Double, burst: Double) {
        self.perSecond = max(0.001, perSecond)
        self.burst = max(1, burst)
        tokens = self.burst
    }

    /// Takes one, if there is one. A clock that runs backwards gives nothing and takes nothing.
    mutating func take(now: Int64) -> Bool {
        if let last, now > last { tokens = min(burst, tokens + Double(now - last) / 1000 * perSecond) }
        last = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Milliseconds until there is one.
    var wait: Int64 {
        tokens >= 1 ? 0 : Int64(((1 - tokens) / perSecond * 1000 - 1e-6).rounded(.up))
    }
}

/// Bounds how often one address may ask for something: a token bucket an address, in bounded memory.
///
/// Meant for requests that are not signed in, wherever they go: who holds a session or token is known, and paced by the
/// log. A value: keep it behind a lock. IPv6 addresses count by their network of 64 bits.
public struct RequestLimiter: Sendable {
    public struct Limits: Sendable, Hashable {
        /// Requests a second that one address may go on with.
        public var perSecond: Double = 50
        /// Requests that it may send at once.
        public var burst: Double = 200
        /// Addresses remembered (up to twice as many); one that was forgotten begins anew.
        public var maxAddresses = 16_384

        public init() {}
    }

    public enum Verdict: Sendable, Hashable {
        case allow
        /// Answer 429 with this `Retry-After`, in milliseconds.
        case refuse(retryAfterMilliseconds: Int64)
    }

    private let limits: Limits
    private var buckets: RecentTable<AddressKey, TokenBucket>

    public init(limits: Limits = Limits()) {
        self.limits = limits
        buckets = RecentTable(capacity: limits.maxAddresses)
    }

    /// How many addresses are remembered.
    public var count: Int { buckets.count }

    /// - Parameter now: Milliseconds, of any clock.
    public mutating func admit(address: String, now: Int64) -> Verdict {
        let key = AddressKey(address)
        var bucket = buckets[key] ?? TokenBucket(perSecond: limits.perSecond, burst: limits.burst)
        let isFree = bucket.take(now: now)
        buckets[key] = bucket
        return isFree ? .allow : .refuse(retryAfterMilliseconds: max(1, bucket.wait))
    }
}
