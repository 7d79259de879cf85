/// The catalogue's limits. Each is fixed when it opens.
public struct CatalogConfiguration: Sendable {
    /// The most bytes of log that are read at once. 64 KiB to 1 MiB is sensible.
    public var foldBytes = 1 << 20
    /// Far behind the head, so many reads are folded in one transaction: the more there are, the fewer times SQLite
    /// writes the same page of an index. At the head every read is a transaction of its own.
    public var catchUpReads = 24
    /// Objects of events that were delivered and wait for the next fold; past it they are read from the log.
    public var followedObjects = 20_000
    /// At the head folds begin at least this far apart: each is a transaction, whatever the number of its events. The
    /// first after a pause is not held up.
    public var foldInterval: Duration = .milliseconds(50)
    /// For so long events that leave the catalogue as it is are not written down as read, unless somebody waits for it.
    public var foreignDelay: Duration = .seconds(1)
    /// A snapshot is made when the log grew by so many events since the last one.
    public var snapshotEvents: Int64 = 500_000
    /// At a clean stop a snapshot is made when the log grew by at least so many events since the last one.
    public var snapshotEventsAtStop: Int64 = 10_000
    /// How many snapshots are kept; at least 1.
    public var snapshotsKept = 2
    /// A deleted object is remembered for so many events of the log.
    public var tombstoneEvents: Int64 = 1_000_000
    /// Accesses are kept by day for so many days before an object's newest one; the total is kept for ever.
    public var accessDays: Int32 = 400
    /// Who read what is kept for so many days, counted back from the newest day with reads in the same bucket: for so
    /// long a scan may be recognised after the fact. No more than `accessDays`.
    public var requesterDays: Int32 = 8
    /// The most memory that the reads of 30 days may take that the overview's hottest objects are found in (4 bytes for
    /// each object that there ever was); past it the overview has none.
    public var hottestBytes = 256 << 20
    /// The most memory that the search index may take; past it a search examines rows in the order asked for, at most
    /// `scanRows` a page.
    public var searchBytes = 512 << 20
    /// The most rows that one page of a search without the index examines.
    public var scanRows = 200_000
    /// How long the catalogue waits before it tries again after a disk that was full or could not be written.
    public var retryDelay: Duration = .seconds(1)

    public init() {}

    /// `requesterDays` as far as it makes sense.
    var keptRequesterDays: Int64 { Int64(max(1, min(requesterDays, accessDays))) }
}
