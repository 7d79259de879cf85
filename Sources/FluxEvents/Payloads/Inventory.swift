public import NIOCore

/// One object of a `system.inventory` event: what already lay in a store when it was first watched.
public struct InventoryEntry: Sendable, Hashable {
    public var key: [UInt8]
    public var sizeBytes: Int64
    public var storageClass: String?
    public var etag: String?
    public var versionID: String?
    public var lastModified: Timestamp?
    /// The exact modification time of a file (nanoseconds since 1970), which a later diff compares.
    public var mtimeNanoseconds: Int64?
    public var inode: UInt64?

    public init(
        key: [UInt8], sizeBytes: Int64, storageClass: String? = nil, etag: String? = nil, versionID: String? = nil,
        lastModified: Timestamp? = nil, mtimeNanoseconds: Int64? = nil, inode: UInt64? = nil
    ) {
        self.key = key
        self.sizeBytes = sizeBytes
        self.storageClass = storageClass
        self.etag = etag
        self.versionID = versionID
        self.lastModified = lastModified
        self.mtimeNanoseconds = mtimeNanoseconds
        self.inode = inode
    }

    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.fileName(key)
        json.field("size_bytes", sizeBytes)
        if let storageClass { json.field("storage_class", storageClass) }
        if let etag { json.field("etag", etag) }
        if let versionID { json.field("version_id", versionID) }
        if let lastModified { json.field("last_modified", lastModified) }
        if let mtimeNanoseconds { json.field("mtime_ns", mtimeNanoseconds) }
        if let inode { json.field("inode", inode) }
        json.endObject()
    }
}

/// Cuts an inventory into parts, each the `data` of one `system.inventory` event.
///
/// `add` returns a part's data when that part is full; `finish` returns the last one, with `final` true (also where no
/// object was added at all).
public struct InventoryWriter: Sendable {
    /// At most so many objects a part.
    public static let maximumObjects = 1000
    /// At most so many bytes of data a part; an entry that alone is larger gets a part of its own.
    public static let maximumBytes = 128 * 1024

    private let head: ByteBuffer
    private var objects = ByteBuffer()
    private var count = 0
    /// How many parts were returned so far; the first has number 1.
    public private(set) var parts = 0

    /// What stands after the objects, at its longest.
    private static let tailBytes = 64

    /// - Parameters:
    ///   - inventoryID: the same in all parts; unique for the pass.
    ///   - store: `data.provider`, `data.account` and `data.bucket` of all entries are taken from here.
    public init(inventoryID: String, storeID: String, provider: Provider, account: String = "", bucket: String) {
        var head = ByteBuffer(string: "{\"inventory_id\":")
        head.writeJSONString(inventoryID)
        head.writeStaticString(",\"store_id\":")
        head.writeJSONString(storeID)
        head.writeStaticString(",\"provider\":")
        head.writeJSONString(provider.rawValue)
        if !account.isEmpty {
            head.writeStaticString(",\"account\":")
            head.writeJSONString(account)
        }
        head.writeStaticString(",\"bucket\":")
        head.writeJSONString(bucket)
        self.head = head
    }

    /// Adds an object; returns the data of the part before it where that is now full.
    public mutating func add(_ entry: InventoryEntry) -> ByteBuffer? {
        var json = JSONWriter()
        entry.write(into: &json)
        let bytes = json.buffer
        var full: ByteBuffer?
        let size = head.readableBytes + objects.readableBytes + bytes.readableBytes + 1 + Self.tailBytes
        if count > 0, count == Self.maximumObjects || size > Self.maximumBytes {
            full = part(final: false)
        }
        if count > 0 { objects.writeStaticString(",") }
        objects.writeImmutableBuffer(bytes)
        count += 1
        return full
    }

    /// The data of a part with what was added since the last one, though more may come; nil where that is nothing. What was
    /// found does not wait then while other things are told.
    public mutating func cut() -> ByteBuffer? { count == 0 ? nil : part(final: false) }

    /// The data of the last part.
    public mutating func finish() -> ByteBuffer { part(final: true) }

    private mutating func part(final: Bool) -> ByteBuffer {
        parts += 1
        var data = head
        data.writeStaticString(",\"part\":")
        data.writeDecimal(Int64(parts))
        data.writeStaticString(",\"final\":")
        data.writeJSONBoolean(final)
        data.writeStaticString(",\"objects\":[")
        data.writeImmutableBuffer(objects)
        data.writeStaticString("]}")
        objects = ByteBuffer()
        count = 0
        return data
    }

    /// The event for a part's data; its record key is the store's id.
    public static func event(
        data: ByteBuffer, id: String, source: String, storeID: String, time: Timestamp, correlationID: String? = nil
    ) -> Event {
        Event(
            id: id, source: source, type: .inventory, time: time, correlationID: correlationID, data: data,
            key: RecordKey.named(storeID))
    }
}
