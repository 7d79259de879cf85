import NIOCore
import Synchronization

/// How many connections are open, and how many were ended because their peer went past a limit.
final class SocketCount: Sendable {
    /// Why a connection was ended.
    enum Cut: String, CaseIterable {
        /// As many as may be were open.
        case tooMany = "too_many"
        /// No whole header came in time.
        case headerTimeout = "header_timeout"
        /// Its first request was no HTTP, or a WebSocket handshake that was refused.
        case refused
        /// Not a byte of an answer was taken in time.
        case stalled
    }

    /// Anybody can be refused as often as they like: the log has a line this often, with how many there were.
    static let tellEvery: TimeAmount = .seconds(10)

    private let open = Atomic<Int>(0)
    private let untold = Mutex<(count: Int, nextLine: NIODeadline)>((0, .uptimeNanoseconds(0)))
    private let counts = Mutex<[Cut: UInt64]>([:])

    /// Counts one that was refused. How many there were since the last line, where it is time for one.
    func refusedToTell(at now: NIODeadline) -> Int? {
        cut(.tooMany)
        return untold.withLock { state in
            state.count += 1
            guard now >= state.nextLine else { return nil }
            let count = state.count
            state = (0, now + Self.tellEvery)
            return count
        }
    }

    /// False, and not counted, where `limit` are open already.
    func enter(limit: Int) -> Bool {
        guard open.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            leave()
            return false
        }
        return true
    }

    func leave() { open.wrappingSubtract(1, ordering: .relaxed) }

    var count: Int { open.load(ordering: .relaxed) }

    /// Counts one that is ended.
    func cut(_ why: Cut) { counts.withLock { $0[why, default: 0] += 1 } }

    /// How many were ended so.
    func cuts(_ why: Cut) -> UInt64 { counts.withLock { $0[why] ?? 0 } }
}
