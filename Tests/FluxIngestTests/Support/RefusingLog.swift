import FluxEvents
import FluxLog
import Synchronization

/// A real topic that refuses some appends, as one on a full disk.
final class RefusingLog: EventLog {
    private let log: any EventLog
    private let refusals = Mutex(0)
    private let attempts = Mutex(0)
    /// How many more appends work before the log breaks; nil: it does not.
    private let sound = Mutex<Int?>(nil)

    init(_ log: any EventLog) { self.log = log }

    /// How often an append was tried.
    var tried: Int { attempts.withLock { $0 } }

    /// The next appends are refused.
    func refuse(_ count: Int) { refusals.withLock { $0 = count } }

    /// Breaks after so many appends, until it is mended.
    func breakAfter(_ count: Int) { sound.withLock { $0 = count } }

    func mend() { sound.withLock { $0 = nil } }

    var topic: String { log.topic }

    func bounds() -> LogBounds { log.bounds() }

    func append(_ records: [Record]) async throws(LogError) -> [Appended] {
        attempts.withLock { $0 += 1 }
        let refused = refusals.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        let isBroken = sound.withLock { left in
            defer { left = left.map { max(0, $0 - 1) } }
            return left == 0
        }
        guard !isBroken else { throw LogError(.fatal, "The log is broken.") }
        guard !refused else { throw LogError(.diskFull, "No space is left on the device.") }
        return try await log.append(records)
    }

    func read(from offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        try await log.read(from: offset, maxBytes: maxBytes)
    }

    func readBackward(before offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        try await log.readBackward(before: offset, maxBytes: maxBytes)
    }

    func offset(at time: Timestamp) async throws(LogError) -> Int64 { try await log.offset(at: time) }

    func follow(_ deliver: @escaping @Sendable (LogChunk) -> Void) -> LogFollower { log.follow(deliver) }

    func hold(name: String, at offset: Int64) { log.hold(name: name, at: offset) }

    func release(name: String) { log.release(name: name) }
}
