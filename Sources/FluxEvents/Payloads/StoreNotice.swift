public import NIOCore

/// The `data` of what the server says about a store: added, removed, away, back, paused, resumed, overflowed.
public struct StoreNotice: Sendable, Hashable {
    public var storeID: String
    /// The store's canonical URL, without secrets.
    public var url: String
    public var provider: Provider
    public var bucket: String
    /// Where the store was set up: `configuration` or `api`.
    public var origin: String?
    /// Why, in words for a person.
    public var reason: String?
    public var details: Details

    public init(
        storeID: String, url: String, provider: Provider, bucket: String, origin: String? = nil,
        reason: String? = nil, details: Details = Details()
    ) {
        self.storeID = storeID
        self.url = url
        self.provider = provider
        self.bucket = bucket
        self.origin = origin
        self.reason = reason
        self.details = details
    }

    /// The JSON text.
    public func data() -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("store_id", storeID)
        json.field("url", url)
        json.field("provider", provider.rawValue)
        json.field("bucket", bucket)
        if let origin { json.field("origin", origin) }
        if let reason { json.field("reason", reason) }
        if !details.isEmpty {
            json.key("details")
            details.write(into: &json)
        }
        json.endObject()
        return json.buffer
    }

    /// The event; its record key is the store's id.
    public func event(
        _ type: EventType, id: String, source: String, time: Timestamp, correlationID: String? = nil,
        userID: String? = nil
    ) -> Event {
        Event(
            id: id, source: source, type: type, time: time, correlationID: correlationID, userID: userID,
            data: data(), key: RecordKey.named(storeID))
    }
}
