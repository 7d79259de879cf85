public import FluxEvents

/// What an answered append promises.
public enum LogDurability: Sendable, Hashable {
    /// On disk: the group was synced. The default.
    case fsync
    /// Handed to the operating system; synced every so many milliseconds. A power cut may lose that much.
    case interval(milliseconds: Int)
    /// Handed to the operating system; synced when a segment ends and when the log closes.
    case none
}

/// The settings of an `EmbeddedLog`, each with its default and limits.
public struct EmbeddedLogConfiguration: Sendable {
    /// Computes the 128-bit identity of a record under the log's own secret key (kept in `log/meta.json`, so that it
    /// outlives a restart). Nil where the record has none. Called on the appender's executor; pure and thread-safe.
    public typealias Identify = @Sendable (_ record: Record, _ key: (UInt64, UInt64)) -> (UInt64, UInt64)?

    /// The topics, one folder each. Names of `a-z 0-9 . _ -`, 1–100 characters.
    public var topics: [String] = ["events", "simulated"]
    /// A segment that would grow past this is ended first; one append larger than it still goes into one segment.
    public var segmentBytes: Int64 = 128 << 20
    /// Segments whose newest record is older than this go. None by default. A topic each.
    public var retentionAgeMilliseconds: Int64?
    /// The oldest segments go while a topic is larger than this. None by default. A topic each.
    public var retentionBytes: Int64?
    /// How many of the newest offsets of a topic the duplicate window remembers. 0 turns it off.
    public var dedupEvents: Int = 2_000_000
    public var durability: LogDurability = .fsync
    /// Without it there is no duplicate window.
    public var identify: Identify?
    /// Free bytes that appends leave on the disk; below it they get `.diskFull`.
    public var diskReserveBytes: Int64 = 64 << 20
    /// The largest record, encoded. At most 1 MiB less 1 KiB.
    public var maxRecordBytes: Int = (1 << 20) - 1024
    /// Threads that read. 1–64.
    public var readThreads: Int = 2
    /// How often retention is looked at, in milliseconds.
    public var retentionCheckMilliseconds: Int64 = 10_000
    /// The wall clock.
    public var clock: @Sendable () -> Timestamp = { Timestamp.now() }
    /// Asked before a segment of a topic is removed: nothing at or past the answer may go (the offset of the newest
    /// snapshot of the catalogue). By default nothing may go.
    public var retentionFence: @Sendable (_ topic: String) -> Int64 = { _ in 0 }
    /// Called once, on the writer thread, when the log has failed for good.
    public var onFatal: @Sendable (LogError) -> Void = { _ in }

    public init() {}
}
