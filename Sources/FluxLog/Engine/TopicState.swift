import FluxEvents
import Logging
import Synchronization

/// What the writer publishes of a topic, and what readers tell it: the only thing the two share.
final class TopicState: Sendable {
    /// A consistent picture of what can be read.
    struct View: Sendable {
        /// Ascending; the last is the active one.
        var segments: [Segment]
        /// Readable bytes of each segment; behind them the file is not looked at.
        var bytes: [Int64]
        var bounds: LogBounds

        /// Where a segment's offsets end, as the next one's name or the head says.
        func end(of index: Int) -> Int64 {
            index + 1 < self.segments.count ? self.segments[index + 1].base : self.bounds.head
        }

        /// The segment that an offset belongs into.
        func segment(containing offset: Int64) -> Int {
            var low = 0
            var high = self.segments.count
            while low < high {
                let middle = (low + high) / 2
                if self.segments[middle].base <= offset { low = middle + 1 } else { high = middle }
            }
            return max(0, low - 1)
        }
    }

    struct Shared {
        var view: View
        var followers: [(id: UInt64, deliver: @Sendable (LogChunk) -> Void)] = []
        var nextFollower: UInt64 = 0
        var holds: [String: Int64] = [:]
        var statistics: LogStatistics.Topic
        var damage: [LogError] = []
        /// Damage that has its line in the server's log.
        var told: Set<Place> = []
    }

    struct Place: Hashable {
        var file: String?
        var position: Int64?
    }

    /// So many places of damage get a line in the server's log.
    static let maximumTold = 1000

    let name: String
    let partition: Int32 = 0
    let directory: String
    /// What repairs left out before the log was opened. A server that runs is never repaired.
    let repaired: RepairedRanges
    private let logger: Logger
    private let shared: Mutex<Shared>

    init(name: String, directory: String, view: View, repaired: RepairedRanges, logger: Logger) {
        self.name = name
        self.directory = directory
        self.repaired = repaired
        self.logger = logger
        self.shared = Mutex(Shared(view: view, statistics: LogStatistics.Topic(name: name)))
    }

    var view: View { self.shared.withLock { $0.view } }
    var bounds: LogBounds { self.shared.withLock { $0.view.bounds } }
    var damage: [LogError] { self.shared.withLock { $0.damage } }
    var holds: [String: Int64] { self.shared.withLock { $0.holds } }

    var statistics: LogStatistics.Topic {
        self.shared.withLock { shared in
            var statistics = shared.statistics
            statistics.segments = shared.view.segments.count
            statistics.bytesOnDisk = shared.view.bytes.reduce(0, +)
            statistics.earliest = shared.view.bounds.earliest
            statistics.head = shared.view.bounds.head
            return statistics
        }
    }

    /// Publishes a durable group and answers whom to deliver it to: exactly those registered before.
    func published(
        head: Int64, at time: Timestamp, bytes: Int64, records: Int
    ) -> [@Sendable (LogChunk) -> Void] {
        self.shared.withLock { shared in
            shared.view.bounds.head = head
            shared.view.bounds.lastRecordedAt = time
            shared.view.bytes[shared.view.bytes.count - 1] += bytes
            shared.statistics.groups += 1
            shared.statistics.appendedRecords += UInt64(records)
            shared.statistics.appendedBytes += UInt64(bytes)
            return shared.followers.map(\.deliver)
        }
    }

    /// A new, empty active segment.
    func rolled(to segment: Segment) {
        self.shared.withLock { shared in
            shared.view.segments.append(segment)
            shared.view.bytes.append(0)
        }
    }

    /// The oldest segment is not to be read any more.
    func trimmed() {
        self.shared.withLock { shared in
            shared.view.segments.removeFirst()
            shared.view.bytes.removeFirst()
            shared.view.bounds.earliest = shared.view.segments[0].base
            if shared.view.bounds.earliest == shared.view.bounds.head { shared.view.bounds.lastRecordedAt = nil }
            shared.statistics.trimmedSegments += 1
        }
    }

    func count(duplicates: Int, window: Int) {
        self.shared.withLock { shared in
            shared.statistics.duplicates += UInt64(duplicates)
            shared.statistics.windowEvents = window
        }
    }

    func met(damage: LogError) {
        let place = Place(file: damage.file, position: damage.position)
        let isNew = self.shared.withLock { shared in
            shared.statistics.damageMet += 1
            if !shared.damage.contains(where: { $0.file == damage.file && $0.position == damage.position }) {
                if shared.damage.count == 16 { shared.damage.removeFirst() }
                shared.damage.append(damage)
            }
            return shared.told.count < Self.maximumTold && shared.told.insert(place).inserted
        }
        if isNew { self.logger.error("a reader met damage in the log", metadata: ["error": "\(damage.message)"]) }
    }

    func follow(_ deliver: @escaping @Sendable (LogChunk) -> Void) -> (id: UInt64, start: Int64) {
        self.shared.withLock { shared in
            let id = shared.nextFollower
            shared.nextFollower += 1
            shared.followers.append((id, deliver))
            return (id, shared.view.bounds.head)
        }
    }

    func unfollow(_ id: UInt64) {
        self.shared.withLock { $0.followers.removeAll { $0.id == id } }
    }

    func removeFollowers() {
        self.shared.withLock { $0.followers.removeAll() }
    }

    func hold(_ name: String, at offset: Int64?) {
        self.shared.withLock { $0.holds[name] = offset }
    }
}
