public import FluxEvents

/// What was last told of an object in the log: enough to see whether it has changed since.
public struct KnownObject: Sendable, Hashable {
    /// The object's key in its store (in a folder: the path below it), byte for byte.
    public var key: [UInt8]
    /// Bytes.
    public var size: Int64
    /// When it was last modified, in nanoseconds since 1970 (UTC); nil where the source does not say.
    public var mtimeNanoseconds: Int64?
    public var etag: String?
    public var storageClass: String?
    public var inode: UInt64?
    /// The log's offset of the last event that said something of this object's content or place.
    public var lastOffset: Int64

    public init(
        key: [UInt8], size: Int64, mtimeNanoseconds: Int64?, etag: String? = nil, storageClass: String? = nil,
        inode: UInt64? = nil, lastOffset: Int64
    ) {
        self.key = key
        self.size = size
        self.mtimeNanoseconds = mtimeNanoseconds
        self.etag = etag
        self.storageClass = storageClass
        self.inode = inode
        self.lastOffset = lastOffset
    }

    /// `mtimeNanoseconds` in the log's unit.
    public var modified: Timestamp? {
        mtimeNanoseconds.map { Timestamp(milliseconds: FileTime.milliseconds(nanoseconds: $0)) }
    }
}

/// The small port through which a store learns what is known of its objects. The catalogue fills it; ingest asks, and
/// lays its own appends that are not folded yet over the answers.
///
/// Objects that were deleted, and all objects of a store after its `system.store_removed`, are not known.
public protocol KnownObjects: Sendable {
    /// What is known of one object that exists, as far as the log is folded.
    func known(store: String, key: [UInt8]) async throws -> KnownObject?

    /// The same of many keys in one question, by key; what is not known is left out. Asked with up to about 2,000 keys.
    func known(store: String, keys: [[UInt8]]) async throws -> [[UInt8]: KnownObject]

    /// Up to `limit` existing objects in byte order of their keys: those whose key starts with `prefix` (empty: all)
    /// and, where `key` is given, comes after it. Fewer than `limit` means that there are no more.
    func known(store: String, under prefix: [UInt8], after key: [UInt8]?, limit: Int) async throws -> [KnownObject]

    /// How many objects of a store exist, and their bytes; zeros where there is no such store.
    func totals(store: String) async throws -> StoreTotals

    /// The stores, as far as the log is folded.
    func stores() async throws -> [StoreRecord]

    /// Returns once everything up to and including this offset of the events topic is folded. Throws when the fold has
    /// stopped for good, and `CancellationError` when the caller was cancelled.
    func folded(through offset: Int64) async throws
}

extension KnownObjects {
    /// Asks for one after the other.
    public func known(store: String, keys: [[UInt8]]) async throws -> [[UInt8]: KnownObject] {
        var found: [[UInt8]: KnownObject] = [:]
        for key in keys { found[key] = try await known(store: store, key: key) }
        return found
    }

    /// Counts them one by one.
    public func totals(store: String) async throws -> StoreTotals {
        var totals = StoreTotals()
        try await forEachKnown(store: store) { object in
            totals.objects += 1
            totals.bytes &+= object.size
        }
        return totals
    }

    /// Objects read at a time by `forEachKnown`.
    public static var pageSize: Int { 1000 }

    /// Gives every known object below `prefix`, in byte order of the keys, in pages.
    public func forEachKnown(
        store: String, under prefix: [UInt8] = [], _ body: (KnownObject) -> Void
    ) async throws {
        var last: [UInt8]?
        while true {
            let page = try await known(store: store, under: prefix, after: last, limit: Self.pageSize)
            page.forEach(body)
            guard page.count == Self.pageSize, let next = page.last?.key else { return }
            last = next
        }
    }
}
