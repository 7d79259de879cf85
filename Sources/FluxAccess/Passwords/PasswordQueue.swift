import Dispatch
import Synchronization

/// Derives one password at a time, off the event loops and off Swift's own threads, with a bounded line of waiters.
///
/// So sign-ins cost at most one core and one derivation's memory, whatever arrives.
final class PasswordQueue: Sendable {
    private let queue = DispatchQueue(label: "cloudflux.passwords", qos: .userInitiated)
    private let waiting = Mutex(0)
    private let limit: Int
    private let finishedCount = Atomic<Int>(0)

    /// Derivations that were done.
    var finished: Int { finishedCount.load(ordering: .acquiring) }

    /// `limit`: how many may wait or run at once; more are told to come back.
    init(limit: Int) {
        self.limit = limit
    }

    func run<T: Sendable>(
        _ work: @escaping @Sendable () -> Result<T, AccessError>
    ) async throws(AccessError) -> T {
        let entered = waiting.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard entered else {
            throw AccessError(
                .tooManyAttempts,
                "Too many people sign in at this moment (maxPasswordQueue). Try again in a few seconds.",
                retryAfterMilliseconds: 2000)
        }
        let result: Result<T, AccessError> = await withCheckedContinuation { continuation in
            queue.async {
                let result = work()
                self.waiting.withLock { $0 -= 1 }
                self.finishedCount.add(1, ordering: .releasing)
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }
}
