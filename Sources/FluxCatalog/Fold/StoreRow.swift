/// One row of `store`, and what an event makes of it.
struct StoreRow: Sendable, Equatable {
    var id: String
    var url: String
    var provider: String
    var bucket: String
    var origin: String
    var addedAt: Int64
    var paused = false
    var away = false
    var inventoryComplete = false
    var rootInode: UInt64?

    /// Folds one notice. Notices of a store that was never added, or that was removed, change nothing.
    static func apply(_ facts: StoreFacts, time: Int64, to stores: inout [String: StoreRow]) {
        switch facts.change {
        case .added(let url, let provider, let bucket, let origin, let rootInode):
            if var known = stores[facts.id] {
                known.url = url
                known.origin = origin
                known.rootInode = rootInode ?? known.rootInode
                stores[facts.id] = known
            } else {
                stores[facts.id] = StoreRow(
                    id: facts.id, url: url, provider: provider, bucket: bucket, origin: origin, addedAt: time,
                    rootInode: rootInode)
            }
        case .removed: stores[facts.id] = nil
        case .paused: stores[facts.id]?.paused = true
        case .resumed: stores[facts.id]?.paused = false
        case .away: stores[facts.id]?.away = true
        case .back(let rootInode):
            stores[facts.id]?.away = false
            if let rootInode { stores[facts.id]?.rootInode = rootInode }
        case .inventoryComplete: stores[facts.id]?.inventoryComplete = true
        }
    }
}
