import Glibc

/// When reads are a scan: one requester that reads most of a prefix about once (a backup, an antivirus, a crawler, an indexer).
/// It says nothing of what will be read next.
///
/// Who picks at random, and has met a share f of the objects, has read −ln(1 − f) / f times as often as there are objects among
/// them: 1.39 times for half, 2.56 for nine tenths. People pick worse than that, some objects again and again. So who has read
/// less than half as much too often as somebody who picks at random has not picked.
public struct ScanRule: Sendable, Hashable {
    /// Fewer objects are no scan.
    public var minimumObjects = 100
    /// Of the objects that are there, so many at least.
    public var share = 0.5
    /// However much of a prefix was met, no more reads than so many for each object, parts by their bytes: all of it twice.
    public var mostReadsEach = 2.0
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
        guard objects > 0, known > 0 else { return false }
        let met = min(1, Double(objects) / Double(known))
        guard met >= share, reads <= Double(objects) * most(met) else { return false }
        if objects >= minimumObjects { return true }
        return isWholeStore && known < minimumObjects && objects >= smallStoreObjects && met >= smallStoreShare
    }

    /// Reads for each object, where this share of all was met.
    private func most(_ met: Double) -> Double {
        guard met < 1 else { return mostReadsEach }
        return min(mostReadsEach, (1 - log1p(-met) / met) / 2)
    }
}
