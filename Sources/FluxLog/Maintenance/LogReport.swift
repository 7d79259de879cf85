public import FluxEvents

/// What `LogMaintenance.verify` and `stats` found.
public struct LogReport: Sendable, Hashable {
    /// Why offsets of a hole are damaged.
    static let missing = "no file holds these events, and no report of a repair explains it"

    /// A run of bytes that are not what was written, or offsets that no file holds.
    public struct Damage: Sendable, Hashable {
        public var file: String
        /// In bytes from the start of the file.
        public var position: Int64
        /// To the next sound group, or the end of the file.
        public var bytes: Int64
        /// The first offset that can't be read.
        public var from: Int64
        /// Behind the last one; nil where it can't be known.
        public var to: Int64?
        public var reason: String
        /// True where readers get these events all the same, since two files hold them.
        public var isReadable = false
    }

    /// Bytes behind the last group of a topic: one that is being written, or one that a crash tore. Nobody was told that
    /// it is there, and the next start cuts it off.
    public struct Tail: Sendable, Hashable {
        public var file: String
        public var position: Int64
        public var bytes: Int64
    }

    public struct Segment: Sendable, Hashable {
        public var file: String
        public var base: Int64
        public var bytes: Int64
        public var groups = 0
        public var records: Int64 = 0
        /// The last offset that can be read; nil where there is none.
        public var last: Int64?
        public var firstRecordedAt: Timestamp?
        public var lastRecordedAt: Timestamp?
    }

    public struct Topic: Sendable, Hashable {
        public var name: String
        public var earliest: Int64 = 0
        public var head: Int64 = 0
        public var segments: [Segment] = []
        public var damage: [Damage] = []
        /// Offsets between two segments that an earlier repair left out, as its report says; readers are told of them.
        /// No damage, as one without a report is.
        public var holes: [Range<Int64>] = []
        public var tail: Tail?

        public var groups: Int { self.segments.reduce(0) { $0 + $1.groups } }
        public var records: Int64 { self.segments.reduce(0) { $0 + $1.records } }
        public var bytes: Int64 { self.segments.reduce(0) { $0 + $1.bytes } }
    }

    public var epoch: UInt64
    public var topics: [Topic]

    /// The epoch in 16 hex digits, as the log's files spell it.
    public var epochText: String { LogMeta.hex(self.epoch) }

    /// No damage anywhere. A tail and holes are none.
    public var isSound: Bool { self.topics.allSatisfy { $0.damage.isEmpty } }
}

/// What `LogMaintenance.repair` did.
public struct LogRepair: Sendable, Hashable {
    public struct Loss: Sendable, Hashable {
        public var topic: String
        /// The damaged file as it is now: set aside, never deleted. Nil where the file itself was missing.
        public var keptAs: String?
        public var position: Int64
        public var bytes: Int64
        public var from: Int64
        /// Nil where it can't be known how many there were.
        public var to: Int64?
        public var reason: String
    }

    public var losses: [Loss] = []
    /// What else was put right without a loss, a sentence each.
    public var mended: [String] = []
    /// The epoch after it; the same as before where nothing had to be repaired.
    public var epoch: UInt64
    /// The file that lists the losses; nil where there were none.
    public var report: String?

    /// False where the log was sound and was left as it was.
    public var isChanged: Bool { !self.losses.isEmpty || !self.mended.isEmpty }

    /// The epoch in 16 hex digits, as the log's files spell it.
    public var epochText: String { LogMeta.hex(self.epoch) }

    init(epoch: UInt64) { self.epoch = epoch }
}
