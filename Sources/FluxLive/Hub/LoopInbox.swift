import Synchronization

/// What the log's thread leaves for an event loop. One wake-up a batch, and next to nothing while nobody reads there.
final class LoopInbox: Sendable {
    /// A durable group of one topic.
    struct Posted: Sendable {
        var isSimulated: Bool
        var from: Int64
        var next: Int64
        /// Nil where nobody was reading when it came: only the positions are known.
        var entries: [LiveEntry]?
    }

    private struct State {
        var pending: [Posted] = []
        var readers = 0
        var isScheduled = false
    }

    private let state = Mutex(State())

    /// Whether anybody reads on this loop. Any thread.
    var hasReaders: Bool { state.withLock { $0.readers > 0 } }

    func readersChanged(by change: Int) {
        state.withLock { $0.readers += change }
    }

    /// Leaves a group; true where the loop must be woken.
    func post(_ posted: Posted) -> Bool {
        state.withLock { state in
            guard state.readers > 0 else {
                // Only the last position of each topic matters, so this never grows.
                if let old = state.pending.firstIndex(where: {
                    $0.isSimulated == posted.isSimulated && $0.entries == nil
                }), state.pending[old].next == posted.from {
                    state.pending[old].next = posted.next
                } else {
                    var bare = posted
                    bare.entries = nil
                    state.pending.append(bare)
                }
                return false
            }
            state.pending.append(posted)
            if state.isScheduled { return false }
            state.isScheduled = true
            return true
        }
    }

    /// Takes all that was left, into an array whose room is reused.
    func take(into taken: inout [Posted]) {
        taken.removeAll(keepingCapacity: true)
        state.withLock { state in
            swap(&state.pending, &taken)
            state.isScheduled = false
        }
    }
}
