public import FluxEvents

/// Who asked for a store.
public enum StoreOrigin: String, Sendable, Hashable {
    /// A `--store` option or the configuration file.
    case configuration
    /// A person or a program, through the API.
    case api
}

/// A store as the log tells of it: the fold of `system.store_added`, `_removed`, `_paused`, `_resumed`, `_away`,
/// `_back` and of the last `system.inventory` part. The catalogue keeps the list.
public struct StoreRecord: Sendable, Hashable {
    /// `st_` and a short URL-safe hash of the canonical URL without parameters.
    public var id: String
    /// The canonical URL with the parameters it was added with.
    public var url: String
    public var provider: String
    /// In a folder store its absolute path.
    public var bucket: String
    public var origin: StoreOrigin
    public var addedAt: Timestamp
    public var paused: Bool
    /// Whether an inventory of this store has ended (a part with `final`) since it was added. Until then, what is found
    /// and not known is inventory and no upload.
    public var inventoryComplete: Bool
    /// Which folder the root was (`details.root_inode` of the newest `system.store_added` or `system.store_back`).
    public var rootInode: UInt64?
    /// Whether it is away: a `system.store_away` came, and no `system.store_back` since.
    public var away: Bool

    public init(
        id: String, url: String, provider: String, bucket: String, origin: StoreOrigin, addedAt: Timestamp,
        paused: Bool = false, inventoryComplete: Bool = false, rootInode: UInt64? = nil, away: Bool = false
    ) {
        self.id = id
        self.url = url
        self.provider = provider
        self.bucket = bucket
        self.origin = origin
        self.addedAt = addedAt
        self.paused = paused
        self.inventoryComplete = inventoryComplete
        self.rootInode = rootInode
        self.away = away
    }
}
