public import NIOCore

/// A header of a record: a name and bytes, or no value. Names may repeat; order is kept.
public struct RecordHeader: Sendable, Hashable {
    public var name: String
    public var value: ByteBuffer?

    public init(name: String, value: ByteBuffer?) {
        self.name = name
        self.value = value
    }
}

/// What the log stores: the key, value and headers of one Kafka record. The log never looks inside.
public struct Record: Sendable, Hashable {
    public var key: ByteBuffer?
    public var value: ByteBuffer?
    public var headers: [RecordHeader]

    public init(key: ByteBuffer?, value: ByteBuffer?, headers: [RecordHeader] = []) {
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A record with its place in the log.
public struct StoredRecord: Sendable, Hashable {
    public var partition: Int32
    /// Position in the partition; the first record ever has 0; rises by one a record.
    public var offset: Int64
    /// When the log took it (the batch's LogAppendTime). Never runs backwards within a partition.
    public var recordedAt: Timestamp
    public var record: Record

    public init(partition: Int32, offset: Int64, recordedAt: Timestamp, record: Record) {
        self.partition = partition
        self.offset = offset
        self.recordedAt = recordedAt
        self.record = record
    }
}
