public import NIOCore

/// A CloudEvents extension attribute that came with an event, kept and given back as it came.
public struct EventExtension: Sendable, Hashable {
    /// Lower-case letters and digits (CloudEvents 1.0, "Attribute Naming Convention").
    public var name: String
    public var value: Value

    /// The CloudEvents types that survive a JSON round trip.
    public enum Value: Sendable, Hashable {
        case string(String)
        case integer(Int32)
        case boolean(Bool)
    }

    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }
}

/// One thing that happened, before or after the log has taken it. `record()` and `init(record:)` convert to and from
/// what is stored: a Kafka record in CloudEvents binary mode.
public struct Event: Sendable, Hashable {
    /// Unique within `source`; 1–200 characters.
    public var id: String
    /// Where it comes from: a store's URL without parameters (`s3://reports`, `file:///srv/files`) or `/clients/NAME`.
    public var source: String
    public var type: EventType
    /// The object's key, as text (invalid UTF-8 repaired; the exact bytes are in `key` and in `data.file_name_base64`).
    public var subject: String?
    /// When it happened at its source.
    public var time: Timestamp
    public var correlationID: String?
    public var userID: String?
    public var extensions: [EventExtension]
    /// The JSON text of `data`, checked once when the event was made and never re-encoded.
    public var data: ByteBuffer
    /// The record key: the object's identity where an object is meant, else the plan's, the store's or the type's name.
    public var key: ByteBuffer

    public init(
        id: String, source: String, type: EventType, subject: String? = nil, time: Timestamp,
        correlationID: String? = nil, userID: String? = nil, extensions: [EventExtension] = [], data: ByteBuffer,
        key: ByteBuffer
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.correlationID = correlationID
        self.userID = userID
        self.extensions = extensions
        self.data = data
        self.key = key
    }
}

/// An event with its place in the log.
public struct StoredEvent: Sendable, Hashable {
    public var event: Event
    public var partition: Int32
    public var offset: Int64
    public var recordedAt: Timestamp
    /// Whether it lies in the topic of simulated events.
    public var simulated: Bool

    public init(event: Event, partition: Int32, offset: Int64, recordedAt: Timestamp, simulated: Bool) {
        self.event = event
        self.partition = partition
        self.offset = offset
        self.recordedAt = recordedAt
        self.simulated = simulated
    }
}
