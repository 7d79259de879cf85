import Synchronization

/// Lets only so many searches of the log run at once; the others wait in the order in which they came.
final class ScanGate: Sendable {
    private struct Waiting {
        var number: UInt64
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var running = 0
        var next: UInt64 = 0
        var waiting: [Waiting] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// How many run now.
    var running: Int { state.withLock { $0.running } }
    /// How many wait for a place.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Waits for a place. False, and no place taken, where the task is cancelled; else `leave` must follow.
    func enter() async -> Bool {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    // A cancellation before this is seen here, a later one finds what waits.
                    if Task.isCancelled { return false }
                    if state.running < limit {
                        state.running += 1
                        return true
                    }
                    state.waiting.append(Waiting(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let gone = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
            }
            gone?.continuation.resume(returning: false)
        }
    }

    /// Gives the place back, to who has waited longest.
    func leave() {
        let next = state.withLock { state -> Waiting? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }
}
