public import FluxEvents

/// The answer to one appended record.
public struct Appended: Sendable, Hashable {
    public var partition: Int32
    /// Where the record lies; of a duplicate, where the first one lies.
    public var offset: Int64
    /// When the log took it. Of a duplicate: when it was recognised.
    public var recordedAt: Timestamp
    /// True where a record of the same identity was there already, and this one was not stored.
    public var isDuplicate: Bool

    public init(partition: Int32, offset: Int64, recordedAt: Timestamp, isDuplicate: Bool) {
        self.partition = partition
        self.offset = offset
        self.recordedAt = recordedAt
        self.isDuplicate = isDuplicate
    }
}

/// What can be read of a topic.
public struct LogBounds: Sendable, Hashable {
    /// The lowest offset that is kept; equal to `head` where the topic is empty.
    public var earliest: Int64
    /// The offset that the next record will get.
    public var head: Int64
    /// The log's epoch. Cursors of another epoch mean nothing here (a restore or a repair starts a new one).
    public var epoch: UInt64
    /// When the newest record was recorded; nil where nothing was ever appended, or all of it was trimmed.
    public var lastRecordedAt: Timestamp?

    public init(earliest: Int64, head: Int64, epoch: UInt64, lastRecordedAt: Timestamp?) {
        self.earliest = earliest
        self.head = head
        self.epoch = epoch
        self.lastRecordedAt = lastRecordedAt
    }
}

/// Why a reader was not given some offsets.
public enum GapReason: String, Sendable, Hashable, CaseIterable {
    /// Retention removed them.
    case retention
    /// They can't be read: the bytes on disk are damaged, or missing without a repair's report that says why.
    case damage
    /// They were damaged, and a person's repair left them out: they are lost, and that is known.
    case repair
}

/// A run of offsets that a reader was not given.
public struct LogGap: Sendable, Hashable {
    /// The first missing offset.
    public var from: Int64
    /// Behind the last missing offset.
    public var to: Int64
    public var reason: GapReason

    /// How many records are missing.
    public var count: Int64 { self.to - self.from }

    public init(from: Int64, to: Int64, reason: GapReason) {
        self.from = from
        self.to = to
        self.reason = reason
    }
}

/// A piece of the log, as one read or one delivery gives it.
public struct LogChunk: Sendable, Hashable {
    /// Ascending by offset. They may share one buffer.
    public var records: LogRecords
    /// The offset where the records of this chunk start (behind the gap, if there is one).
    public var from: Int64
    /// Where to go on: behind the last record; when reading backward, the offset of the first.
    public var next: Int64
    /// What is missing before the records, in the direction of reading.
    public var gap: LogGap?
    /// True if `next` was the head when the chunk was read. Always true for a followed group.
    public var reachedHead: Bool

    public init(records: [StoredRecord], from: Int64, next: Int64, gap: LogGap? = nil, reachedHead: Bool) {
        self.init(records: LogRecords(records), from: from, next: next, gap: gap, reachedHead: reachedHead)
    }

    init(records: LogRecords, from: Int64, next: Int64, gap: LogGap? = nil, reachedHead: Bool) {
        self.records = records
        self.from = from
        self.next = next
        self.gap = gap
        self.reachedHead = reachedHead
    }
}

/// A registration made by `EventLog.follow`. It stays until `cancel()`, also when nobody keeps this value.
public final class LogFollower: Sendable {
    /// The offset where the first delivered group starts: the head at the moment of registration.
    public let start: Int64
    private let onCancel: @Sendable () -> Void

    /// For makers of an `EventLog`.
    /// - Parameter onCancel: ends the registration; may be called more than once, from any thread.
    public init(start: Int64, onCancel: @escaping @Sendable () -> Void) {
        self.start = start
        self.onCancel = onCancel
    }

    /// Ends the registration. A delivery that is already running may still finish.
    public func cancel() {
        self.onCancel()
    }
}
