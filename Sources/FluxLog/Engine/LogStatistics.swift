/// Counters since the log was opened, and sizes now. For metrics.
public struct LogStatistics: Sendable, Hashable {
    public struct Topic: Sendable, Hashable {
        public var name: String
        public var appendedRecords: UInt64 = 0
        /// Encoded, with batch headers.
        public var appendedBytes: UInt64 = 0
        public var groups: UInt64 = 0
        /// Records that were recognised as there already.
        public var duplicates: UInt64 = 0
        public var segments: Int = 0
        /// Of the segments, without indexes.
        public var bytesOnDisk: Int64 = 0
        public var earliest: Int64 = 0
        public var head: Int64 = 0
        public var trimmedSegments: UInt64 = 0
        /// Identities that the duplicate window holds now.
        public var windowEvents: Int = 0
        /// Times a reader met damage and was given a gap.
        public var damageMet: UInt64 = 0

        public init(name: String) {
            self.name = name
        }
    }

    public var topics: [Topic] = []
    public var syncs: UInt64 = 0
    /// How long syncs took; the last bucket has no upper bound.
    public var syncBuckets: [UInt64] = Array(repeating: 0, count: LogStatistics.syncBoundsMicroseconds.count + 1)
    public var syncMicroseconds: UInt64 = 0
    /// Appends refused because the disk was full.
    public var refusedDiskFull: UInt64 = 0
    /// Groups written while the wall clock was more than five minutes behind the newest record.
    public var clockBehind: UInt64 = 0
    /// Appends that wait for the writer now.
    public var waitingAppends: Int = 0

    /// Upper bounds of `syncBuckets`, in microseconds.
    public static let syncBoundsMicroseconds: [UInt64] = [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    ]

    public init() {}
}

/// How the log is. For readiness checks.
public struct LogHealth: Sendable {
    /// False when an append now would be refused.
    public var acceptsAppends: Bool
    /// The last append was refused because of the disk's space.
    public var isDiskFull: Bool
    /// Set when the log failed for good; a restart, after the cause is gone, is the way out.
    public var fatal: LogError?
    /// Damage that readers met, newest last, at most 16.
    public var damage: [LogError]
    public var isClosed: Bool

    public init(acceptsAppends: Bool, isDiskFull: Bool, fatal: LogError?, damage: [LogError], isClosed: Bool) {
        self.acceptsAppends = acceptsAppends
        self.isDiskFull = isDiskFull
        self.fatal = fatal
        self.damage = damage
        self.isClosed = isClosed
    }
}
