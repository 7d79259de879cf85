public import FluxEvents
public import FluxTiering

/// One object as the catalogue knows it. Nil means that it was never told; nothing is made up.
public struct CatalogObject: Sendable, Hashable {
    /// Its public id (`obj_…`).
    public var id: String
    /// The store it lies in; nil where an object was told of that lies in no store of ours.
    public var storeID: String?
    public var provider: String
    public var account: String
    public var bucket: String
    public var key: [UInt8]
    /// Bytes.
    public var size: Int64?
    public var storageClass: String?
    /// The tier it lies in, as the cloud names it.
    public var tier: String?
    public var etag: String?
    public var versionID: String?
    /// When the log first told of it.
    public var firstSeen: Timestamp
    /// The modification time that its store gives it.
    public var lastModified: Timestamp?
    /// When its content last changed, as far as known: the last upload, or for inventory its modification time.
    public var lastChange: Timestamp?
    /// The last read that was seen and is no scan read.
    public var lastAccess: Timestamp?
    /// Reads, and as everywhere without those of scans.
    public var accesses: AccessSums
    /// Bytes that were sent; `total` is ever.
    public var bytesRead: AccessSums
    /// Reads of the last 90 days that were part of a scan.
    public var scanReads: Int64
    /// How many different requesters read it in the days for which that is kept (`requesterDays`).
    public var requesters: Int64
    /// What was last told of how hot it is: a forecast. Nil where it was never judged.
    public var forecast: ToldForecast?
    /// When it was deleted.
    public var deletedAt: Timestamp?
    /// The key it had before it was last renamed.
    public var renamedFrom: [UInt8]?
    /// For a deleted object: the key that it was renamed to.
    public var renamedTo: [UInt8]?
}

/// Reads of an object, or their bytes. `d1` is today alone (UTC), `d7` today and the six days before, and so on.
public struct AccessSums: Sendable, Hashable {
    public var d1: Int64 = 0
    public var d7: Int64 = 0
    public var d30: Int64 = 0
    public var d90: Int64 = 0
    /// Ever seen.
    public var total: Int64 = 0

    public init() {}
}

/// Reads on one day, of one object or of all.
public struct AccessDay: Sendable, Hashable {
    /// UTC days since 1970-01-01.
    public var day: Int32
    /// Without those of scans, and so are `bytes`.
    public var count: Int64
    /// What was sent; where an event did not say it, the object's size for each read.
    public var bytes: Int64
    public var scanReads: Int64
}

/// Which point of the log an answer stands for.
public struct CatalogAsOf: Sendable, Hashable {
    public var epoch: UInt64
    /// Everything before this offset is in the answer.
    public var position: Int64
    /// Events that were in the log, and not yet in the catalogue.
    public var lagEvents: Int64
}

/// A page of `GET /api/objects`.
public struct ObjectPage: Sendable, Hashable {
    public var objects: [CatalogObject]
    /// All objects that pass, whatever the page; nil where counting them would take too long.
    public var total: Int64?
    public var limit: Int
    /// Where the next page starts; nil at the end.
    public var nextCursor: String?
    public var asOf: CatalogAsOf
}

/// `GET /api/objects/{id}`.
public struct ObjectDetail: Sendable, Hashable {
    public var object: CatalogObject
    /// Ascending by day, at most 400; only days with reads or scan reads.
    public var accessesByDay: [AccessDay]
    public var asOf: CatalogAsOf
}
