public import FluxEvents
public import FluxTiering

/// `GET /api/overview`: what is there, and how it is read.
public struct CatalogOverview: Sendable, Hashable {
    /// A store, and what exists in its bucket.
    public struct Store: Sendable, Hashable {
        public var id: String
        public var url: String
        public var bucket: String
        public var objects: Int64
        public var bytes: Int64
    }

    /// What exists in one storage class, in all stores.
    public struct StorageClass: Sendable, Hashable {
        /// As the store names it; nil where none was ever told.
        public var name: String?
        public var objects: Int64
        public var bytes: Int64
    }

    /// What exists of one temperature, in all stores.
    public struct Warmth: Sendable, Hashable {
        /// Nil for what was never judged.
        public var temperature: Temperature?
        public var objects: Int64
        public var bytes: Int64
    }

    /// All objects that exist.
    public var objects: Int64
    public var bytes: Int64
    /// In the order in which they were added.
    public var stores: [Store]
    /// The one with the most bytes first.
    public var classes: [StorageClass]
    /// Those with objects, the hottest first, what was never judged last.
    public var temperatures: [Warmth]
    /// Reads of the last 90 days, also of objects that are gone. Ascending; only days with reads or scan reads.
    public var reads: [AccessDay]
    /// The objects that were read most in 30 days, at most 10; nil where finding them would take too much memory.
    public var hottest: [CatalogObject]?
    /// The largest objects that are `COLD` or `ARCHIVE`, at most 10.
    public var coldest: [CatalogObject]
    public var generatedAt: Timestamp
    public var asOf: CatalogAsOf

    /// Days of `reads`.
    public static let readDays: Int32 = 90
    /// The most objects of `hottest`.
    public static let hottestObjects = 10
    /// The most objects of `coldest`.
    public static let coldestObjects = 10
}
