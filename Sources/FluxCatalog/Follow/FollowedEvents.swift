import FluxLog
import Synchronization

/// What the log has delivered and the catalogue has not folded yet: at the head nothing that was just written is read
/// from disk again, and events that the catalogue does not fold take no memory.
///
/// What does not fit, or got lost on the way here, is read from the log.
final class FollowedEvents: Sendable {
    private struct State {
        /// The offsets that are here: `from..<next`.
        var from: Int64
        var next: Int64
        var observations: [Observed] = []
        /// What they tell of, together.
        var objects = 0
    }

    /// What was delivered and is not looked at yet.
    private struct Pending {
        var chunks: [LogChunk] = []
        var events = 0
        /// There was no room for what came before this offset.
        var lost: Int64?
    }

    /// So many events, or chunks, which may each be a megabyte, wait to be looked at; more, and somebody should
    /// (`deliver`): also while the fold itself waits for its disk.
    private static let manyEvents = 500, manyChunks = 16

    private let limit: Int
    private let state: Mutex<State>
    private let pending = Mutex(Pending())
    /// Held by who looks at chunks: they are taken in their order.
    private let looking = Mutex(())

    /// - Parameters:
    ///   - offset: where following begins.
    ///   - limit: objects that what is kept may tell of.
    init(at offset: Int64, limit: Int) {
        self.limit = limit
        state = Mutex(State(from: offset, next: offset))
    }

    /// Takes what was delivered, without looking at it: on the thread of the log. True where so much waits that it
    /// should be looked at before it is asked for.
    func deliver(_ chunk: LogChunk) -> Bool {
        pending.withLock {
            $0.chunks.append(chunk)
            $0.events += chunk.records.count
            if $0.events > limit { $0 = Pending(lost: chunk.next) }
            return $0.events > Self.manyEvents || $0.chunks.count > Self.manyChunks
        }
    }

    /// Looks at all that was delivered.
    func look() {
        looking.withLock { _ in
            let delivered = pending.withLock { pending in
                defer { pending = Pending() }
                return pending
            }
            if let lost = delivered.lost { state.withLock { $0 = State(from: lost, next: lost) } }
            for chunk in delivered.chunks { add(chunk) }
        }
    }

    /// Whether all that happened since an offset is here, and the catalogue folds nothing of it.
    func isForeign(from offset: Int64) -> Bool {
        look()
        return state.withLock { $0.observations.isEmpty && offset >= $0.from && offset < $0.next }
    }

    private func add(_ chunk: LogChunk) {
        let observations = ObservationDecoder.decode(chunk.records)
        state.withLock { state in
            if chunk.from != state.next { state = State(from: chunk.from, next: chunk.from) }
            state.next = chunk.next
            state.observations += observations
            for observed in observations { state.objects += Self.objects(of: observed) }
            if state.objects > limit { state = State(from: chunk.next, next: chunk.next) }
        }
    }

    private static func objects(of observed: Observed) -> Int {
        guard case .inventory(let facts) = observed.observation else { return 1 }
        return max(1, facts.objects.count)
    }

    /// Takes out all that is here from an offset on, and where it ends; nil where that does not begin here.
    func take(from offset: Int64) -> (observations: [Observed], next: Int64)? {
        look()
        return state.withLock { state in
            guard offset >= state.from, offset <= state.next else { return nil }
            let observations = state.observations.drop { $0.offset < offset }
            state = State(from: state.next, next: state.next)
            return (Array(observations), state.next)
        }
    }
}
