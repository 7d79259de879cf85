public import FluxStores

/// How stores are run.
public struct StoreOptions: Sendable {
    /// How far a comparison is; `finished` once.
    public struct Progress: Sendable, Hashable {
        public var storeID: String
        public var url: String
        /// Objects looked at.
        public var done: Int64
        public var total: Int64?
        public var finished: Bool
        /// Whether it is the first inventory.
        public var isInventory: Bool
    }

    /// Folders that are never watched: the data folder.
    public var excluded: Set<FileIdentity>
    /// `--max-rescan-deletes`: the part of a store's objects (0–1) that may be missing at once.
    public var maximumRescanDeletes: Double
    /// So many may be missing at once however small the store is.
    public var minimumRescanDeletes: Int64
    public var burst: BurstLimits
    /// How often a whole comparison is made where everything is watched.
    public var rescanInterval: Duration
    /// How often where something cannot be watched, or the file system is on a network.
    public var unwatchedRescanInterval: Duration
    /// How often while a store is away because too much vanished.
    public var awayRescanInterval: Duration
    /// How often the root is looked at.
    public var rootInterval: Duration
    /// How long to wait when the log took nothing (disk full).
    public var retryInterval: Duration
    /// Files a step of a comparison; live events are handled between steps. At most 1,000 (an inventory part).
    public var batch: Int
    /// Own appends that the catalogue has not folded yet; beyond it, ingest waits for the catalogue.
    public var maximumUnfolded: Int
    /// `--list-budget`: what listing a bucket may cost a month.
    public var listBudget: ListBudget
    /// `--access-detail`: what an event of reads stands for.
    public var accessDetail: AccessDetail
    /// `--dedup-reads`: so many requests are recognised when an access log tells of them again. 10 bytes each.
    public var dedupReads: Int
    /// `DIR/sources.sqlite`, which says what was read; nil: no access logs are read.
    public var sourcesPath: String?
    /// The way to buckets; nil: there is none, and only folders are watched.
    public var s3: S3Door?
    /// Called as comparisons go on, at most a few times a second a store; for a progress bar.
    public var onProgress: (@Sendable (Progress) -> Void)?

    public init(excluded: Set<FileIdentity> = []) {
        self.excluded = excluded
        maximumRescanDeletes = 0.1
        minimumRescanDeletes = 10
        burst = BurstLimits()
        rescanInterval = .seconds(3600)
        unwatchedRescanInterval = .seconds(60)
        awayRescanInterval = .seconds(30)
        rootInterval = .seconds(1)
        retryInterval = .seconds(1)
        batch = 1000
        maximumUnfolded = 500_000
        listBudget = ListBudget()
        accessDetail = .automatic
        dedupReads = 20_000_000
        sourcesPath = nil
        s3 = nil
        onProgress = nil
    }
}
