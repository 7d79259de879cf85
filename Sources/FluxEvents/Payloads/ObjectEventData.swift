public import NIOCore

/// The `data` of an event about one object: `cloud.upload`, `cloud.download`, `cloud.delete`, `access.pattern_detected`,
/// `ml.prediction` and their like.
///
/// What is nil is left out.
public struct ObjectEventData: Sendable, Hashable {
    public var object: ObjectRef
    /// What was done, in the source's words: `create`, `modify`, `rename`, `read`, `delete`.
    public var operation: String?
    /// The object's size after what happened (bytes, at least 0); written as `size_bytes` and, in millions, `size_mb`.
    public var sizeBytes: Int64?
    public var storageClass: String?
    public var etag: String?
    /// When the object was last written, as its store says.
    public var lastModified: Timestamp?
    public var accessCount: Int64?
    /// Bytes that were given to who read, in all accesses together.
    public var bytes: Int64?
    /// `HOT`, `WARM`, `COLD`, `ARCHIVE`.
    public var temperature: String?
    public var patternType: String?
    /// 0–1.
    public var confidence: Double?
    public var predictedValue: Double?
    public var details: Details

    public init(
        object: ObjectRef, operation: String? = nil, sizeBytes: Int64? = nil, storageClass: String? = nil,
        etag: String? = nil, lastModified: Timestamp? = nil, accessCount: Int64? = nil, bytes: Int64? = nil,
        details: Details = Details()
    ) {
        self.object = object
        self.operation = operation
        self.sizeBytes = sizeBytes
        self.storageClass = storageClass
        self.etag = etag
        self.lastModified = lastModified
        self.accessCount = accessCount
        self.bytes = bytes
        self.details = details
    }

    /// The JSON text.
    public func data() -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.fileName(object.key)
        json.field("provider", object.provider.rawValue)
        if !object.account.isEmpty { json.field("account", object.account) }
        json.field("bucket", object.bucket)
        if let version = object.version { json.field("version_id", version) }
        if let operation { json.field("operation", operation) }
        if let sizeBytes {
            json.field("size_bytes", sizeBytes)
            json.key("size_mb")
            json.megabytes(sizeBytes)
        }
        if let storageClass { json.field("storage_class", storageClass) }
        if let etag { json.field("etag", etag) }
        if let lastModified { json.field("last_modified", lastModified) }
        if let accessCount { json.field("access_count", accessCount) }
        if let bytes { json.field("bytes", bytes) }
        if let temperature { json.field("data_temperature", temperature) }
        if let patternType { json.field("pattern_type", patternType) }
        if let confidence { json.field("confidence", confidence) }
        if let predictedValue { json.field("predicted_value", predictedValue) }
        if !details.isEmpty {
            json.key("details")
            details.write(into: &json)
        }
        json.endObject()
        return json.buffer
    }

    /// The event, with the object's key as subject and its identity (without the version) as record key.
    public func event(
        _ type: EventType, id: String, source: String, time: Timestamp, correlationID: String? = nil,
        userID: String? = nil
    ) -> Event {
        Event(
            id: id, source: source, type: type, subject: object.keyText, time: time, correlationID: correlationID,
            userID: userID, data: data(), key: object.withoutVersion.recordKey)
    }
}

extension JSONWriter {
    /// `file_name` and, where the bytes are not UTF-8, `file_name_base64` with the exact bytes.
    mutating func fileName(_ key: [UInt8]) {
        if let text = String(validating: key, as: UTF8.self) {
            field("file_name", text)
        } else {
            field("file_name", String(decoding: key, as: UTF8.self))
            field("file_name_base64", Base64.encode(key))
        }
    }

    /// Bytes in units of a million, exactly: 1234000 is `1.234`.
    mutating func megabytes(_ bytes: Int64) {
        var text = ByteBuffer()
        if bytes < 0 { text.writeStaticString("-") }
        let (whole, rest) = bytes.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        text.writeDecimal(Int64(whole))
        if rest > 0 {
            text.writeStaticString(".")
            var left = rest
            var unit: UInt64 = 100_000
            while left > 0 {
                text.writeInteger(0x30 + UInt8(left / unit))
                left %= unit
                unit /= 10
            }
        }
        raw(text)
    }
}
