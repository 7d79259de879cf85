/// Where a reader stands: the log's epoch, and for each topic and partition the offset of the next record to read.
///
/// Text form, the same in every protocol: `v1-EPOCH-e0-1042` with the epoch in lower-case hexadecimal, then pairs of a
/// topic letter with its partition (`e` events, `s` simulated) and an offset; simulated only where the reader wants it.
/// Resuming from a cursor continues with the record *at* its offsets, that is the one after the last that was given.
public struct Cursor: Sendable, Hashable {
    /// A topic as cursors name it.
    public enum Topic: UInt8, Sendable, Hashable, Comparable, CaseIterable {
        case events = 0x65  // "e"
        case simulated = 0x73  // "s"

        public static func < (a: Topic, b: Topic) -> Bool { a.rawValue < b.rawValue }
    }

    public struct Position: Sendable, Hashable {
        public var topic: Topic
        public var partition: Int32
        public var offset: Int64

        public init(topic: Topic, partition: Int32, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
        }
    }

    /// Changes when a log is restored or repaired, so that a cursor of the old one is noticed.
    public var epoch: UInt64
    /// In order of topic and partition, each at most once.
    public var positions: [Position]

    public init(epoch: UInt64, positions: [Position]) {
        self.epoch = epoch
        self.positions = positions
    }

    /// The longest text that is accepted as a cursor (characters).
    public static let maximumLength = 1024

    /// The offset for a topic and partition, if the cursor names it.
    public func offset(_ topic: Topic, partition: Int32 = 0) -> Int64? {
        positions.first { $0.topic == topic && $0.partition == partition }?.offset
    }
}
