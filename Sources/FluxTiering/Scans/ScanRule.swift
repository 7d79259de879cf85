/// When reads are a scan: one requester that reads most of a prefix about once (a backup, an antivirus, a crawler, an indexer).
/// It says nothing of what will be read next.
///
/// Who picks at random and has met half of the objects has read 1.39 times as often as there are objects among them
/// (2 ln 2): so reads up to 1.3 times are no picking.
public struct ScanRule: Sendable, Hashable {
    /// Fewer objects are no scan.
    public var minimumObjects = 100
    /// Of the objects that are there, so many at least.
    public var share = 0.5
    /// Reads, parts by their bytes, up to so many for each object.
    public var excess = 1.3
    /// In a store with fewer than `minimumObjects`, so many and so large a share of all of it.
    public var smallStoreObjects = 20
    public var smallStoreShare = 0.9
    /// An object that the requester read more often in a quarter of a day is not only scanned.
    public var mostReads = 3.0
    /// Prefixes to so many slashes are looked at; the empty one is the whole store.
    public var depth = 4
    /// Quarters of days that a scan may take, up to a month. Days alone would cut what runs over midnight in two, and put one
    /// night's second half together with the next one's first.
    public var spans = [1, 2, 4, 8, 16, 32, 64, 128]

    public init() {}

    /// - Parameters:
    ///   - objects: different ones that were read.
    ///   - reads: of them all.
    ///   - known: objects that are there.
    ///   - isWholeStore: whether the prefix is the empty one.
    public func isScan(objects: Int, reads: Double, known: Int, isWholeStore: Bool) -> Bool {
        guard reads <= excess * Double(objects) else { return false }
        if objects >= minimumObjects { return Double(objects) >= share * Double(known) }
        return isWholeStore && known < minimumObjects && objects >= smallStoreObjects
            && Double(objects) >= smallStoreShare * Double(known)
    }
}
