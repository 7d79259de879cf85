/// Makes guessing slow without ever locking anybody out: delays that grow with the wrong passwords of an address and of
/// a name, and a bound on how many attempts of an address wait at once.
///
/// A value without clock or sleep: ``begin(address:name:now:)`` says how long to wait, ``end(address:name:succeeded:now:)``
/// what came of it. A name's delay is short and the same for everybody, so that who attacks a name cannot keep its owner
/// out; an address' delay is longer, since its owner can do something about it.
public struct LoginThrottle: Sendable {
    /// Times in milliseconds.
    public struct Limits: Sendable, Hashable {
        /// Wrong passwords without any delay.
        public var freeFailures = 3
        /// The first delay; each further wrong password doubles it.
        public var firstDelay: Int64 = 250
        /// The longest delay for an address.
        public var maxAddressDelay: Int64 = 15_000
        /// The longest delay for a name.
        public var maxNameDelay: Int64 = 3_000
        /// Wrong passwords are forgotten when none came for so long.
        public var forgetAfter: Int64 = 15 * 60_000
        /// Attempts of one address that wait or are worked on at once; more are told to come back.
        public var maxPendingPerAddress = 8
        /// The same, of all addresses together.
        public var maxPending = 1_000
        /// Addresses and names remembered, each (up to twice as many).
        public var maxRemembered = 16_384

        public init() {}
    }

    public enum Decision: Sendable, Hashable {
        /// Wait so many milliseconds, then look at the password.
        case proceed(afterMilliseconds: Int64)
        /// Too many wait already; come back after so many milliseconds. Nothing is to be ended.
        case refuse(retryAfterMilliseconds: Int64)
    }

    private struct Failures: Sendable {
        var count: Int
        var last: Int64
    }

    private let limits: Limits
    private var addresses: RecentTable<AddressKey, Failures>
    private var names: RecentTable<String, Failures>
    private var pending: [AddressKey: Int] = [:]
    private var pendingTotal = 0

    public init(limits: Limits = Limits()) {
        self.limits = limits
        addresses = RecentTable(capacity: limits.maxRemembered)
        names = RecentTable(capacity: limits.maxRemembered)
    }

    /// How many addresses and names are remembered.
    public var remembered: Int { addresses.count + names.count + pending.count }

    /// - Parameter name: Nil where nobody is named (a welcome link).
    public mutating func begin(address: String, name: String?, now: Int64) -> Decision {
        let key = AddressKey(address)
        let byAddress = delay(addresses[key], longest: limits.maxAddressDelay, now: now)
        guard pending[key, default: 0] < limits.maxPendingPerAddress, pendingTotal < limits.maxPending else {
            return .refuse(retryAfterMilliseconds: max(1_000, byAddress))
        }
        pending[key, default: 0] += 1
        pendingTotal += 1
        let byName = name.map { delay(names[Self.key($0)], longest: limits.maxNameDelay, now: now) } ?? 0
        return .proceed(afterMilliseconds: max(byAddress, byName))
    }

    /// Ends an attempt that was told to proceed. `succeeded` nil: it was neither right nor wrong.
    public mutating func end(address: String, name: String?, succeeded: Bool?, now: Int64) {
        let key = AddressKey(address)
        if let count = pending[key] {
            pending[key] = count > 1 ? count - 1 : nil
            pendingTotal -= 1
        }
        switch succeeded {
        case false?:
            addresses[key] = failed(addresses[key], now: now)
            if let name { names[Self.key(name)] = failed(names[Self.key(name)], now: now) }
        case true?:
            // The owner has come. The address is not forgiven: else an attacker with an account signs in between guesses.
            if let name { names[Self.key(name)] = nil }
        case nil:
            break
        }
    }

    private func delay(_ failures: Failures?, longest: Int64, now: Int64) -> Int64 {
        guard let failures, isFresh(failures, now: now), failures.count >= limits.freeFailures else { return 0 }
        let doublings = min(failures.count - limits.freeFailures, 40)
        return min(limits.firstDelay << Int64(doublings), longest)
    }

    private func failed(_ failures: Failures?, now: Int64) -> Failures {
        let before = failures.flatMap { isFresh($0, now: now) ? $0.count : nil } ?? 0
        return Failures(count: min(before + 1, 1_000_000), last: now)
    }

    /// A clock that ran backwards forgets nothing.
    private func isFresh(_ failures: Failures, now: Int64) -> Bool {
        now - failures.last < limits.forgetAfter
    }

    /// Names that are one account are one key; what is too long to be a name shares a key.
    private static func key(_ name: String) -> String {
        name.utf8.count <= AccountName.maximumLength ? name.lowercased() : ""
    }
}
