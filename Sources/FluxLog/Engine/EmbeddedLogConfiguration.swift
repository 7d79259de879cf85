public import FluxEvents
import Glibc

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
    /// Milliseconds since the machine started, sleep included; whoever sets the wall clock leaves it alone.
    public var uptime: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
    /// Asked before a segment of a topic is removed: nothing at or past the answer may go (the offset of the newest
    /// snapshot of the catalogue). By default nothing may go.
    public var retentionFence: @Sendable (_ topic: String) -> Int64 = { _ in 0 }
    /// Called on the writer thread when retention may not remove a segment of a topic because of the fence: it could, if
    /// the fence were at or past `offset`. Called again at each look as long as that is so; must not block.
    public var onFenced: @Sendable (_ topic: String, _ offset: Int64) -> Void = { _, _ in }
    /// Called once, on the writer thread, when the log has failed for good.
    public var onFatal: @Sendable (LogError) -> Void = { _ in }

    public init() {}
}

extension EmbeddedLogConfiguration {
    func check() throws(LogError) {
        func demand(_ holds: Bool, _ message: String) throws(LogError) {
            if !holds { throw LogError(.badConfiguration, message) }
        }
        try demand(!self.topics.isEmpty && Set(self.topics).count == self.topics.count, "topics must differ")
        for name in self.topics {
            let isFine = name.utf8.allSatisfy {
                (97...122 ~= $0) || (48...57 ~= $0) || $0 == 46 || $0 == 95 || $0 == 45
            }
            try demand(
                isFine && (1...100).contains(name.utf8.count) && name != "." && name != "..",
                "topic name \"\(name)\": use 1 to 100 of a-z 0-9 . _ -")
        }
        try demand(
            (1024...(2 << 30)).contains(self.segmentBytes), "segmentBytes is \(self.segmentBytes): use 1 KiB to 2 GiB")
        try demand(
            (0...100_000_000).contains(self.dedupEvents), "dedupEvents is \(self.dedupEvents): use 0 to 100,000,000")
        try demand(self.diskReserveBytes >= 0, "diskReserveBytes is \(self.diskReserveBytes): use 0 or more")
        try demand(
            (1...LogFormat.maxGroupBytes - 1024).contains(self.maxRecordBytes),
            "maxRecordBytes is \(self.maxRecordBytes): use 1 to \(LogFormat.maxGroupBytes - 1024)")
        try demand((1...64).contains(self.readThreads), "readThreads is \(self.readThreads): use 1 to 64")
        try demand(
            self.retentionCheckMilliseconds > 0,
            "retentionCheckMilliseconds is \(self.retentionCheckMilliseconds): use 1 or more")
        if case .interval(let milliseconds) = self.durability {
            try demand(milliseconds > 0, "a sync interval of \(milliseconds) ms: use 1 or more")
        }
    }
}
