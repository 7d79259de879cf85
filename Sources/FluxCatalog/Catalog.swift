import FluxEvents
public import FluxLog
public import FluxStores
import Foundation
import GRDB
public import Logging
import Synchronization

/// The log folded into one row an object, in `DIR/catalog.sqlite`.
///
/// The catalogue is only a reader: it appends nothing, and what it has is the newest snapshot plus the log. Whoever
/// deletes its file gets the same content again at the next start.
///
/// All calls may come from any thread. Queries run on SQLite's own queues, beside the fold.
public final class Catalog: KnownObjects, Sendable {
    /// Where the rows came from when the catalogue opened: a sentence for the server's log.
    public let startedFrom: String
    let log: any EventLog
    let directory: String
    let path: String
    let pool: DatabasePool
    let snapshots: SnapshotFolder
    let configuration: CatalogConfiguration
    let logger: Logger
    let index: SearchIndex
    let hottestReads: HottestReads
    let progress: Mutex<Progress>

    /// What changes while it runs.
    struct Progress: Sendable {
        var state: CatalogState = .idle
        var position: Int64
        var beginsAt: Int64
        var epoch: UInt64
        var unreadable: Int64
        /// Events of gaps that a repair left, passed over since the catalogue was opened.
        var leftOut: Int64 = 0
        /// The position of the newest snapshot; nil while there is none.
        var snapshot: Int64?
        /// The same, once its bytes were found to be what was written.
        var soundSnapshot: Int64?
        var isSnapshotting = false
        /// The file was found damaged: no copy of it is made any more.
        var isDamaged = false
        /// Whether the snapshots that were there at the start have been looked at.
        var isExamined = false
        /// When the last attempt to make one failed.
        var snapshotFailed: ContinuousClock.Instant?
        var waiters = FoldWaiters()
    }

    init(opened: CatalogOpening.Opened, log: any EventLog, configuration: CatalogConfiguration, logger: Logger) {
        startedFrom = opened.startedFrom
        self.log = log
        directory = opened.directory
        path = opened.path
        pool = opened.pool
        snapshots = opened.snapshots
        self.configuration = configuration
        self.logger = logger
        index = SearchIndex(limit: configuration.searchBytes)
        hottestReads = HottestReads(limit: configuration.hottestBytes)
        progress = Mutex(
            Progress(
                position: opened.state.position, beginsAt: opened.state.beginsAt, epoch: opened.state.epoch,
                unreadable: opened.state.unreadable, snapshot: opened.newestSnapshot))
    }

    /// Opens the catalogue of a data folder, for the log that lies in the same folder.
    ///
    /// Where the file is missing, damaged, of another epoch, past the log's head or before its earliest event, the
    /// newest sound snapshot that the log can continue takes its place; without one, an empty catalogue that starts at
    /// the earliest event.
    ///
    /// Throws `.newerVersion`, `.readOnly`, `.diskFull` or `.storage`. Blocks on the disk: call it at start, not on an
    /// event loop.
    ///
    /// - Parameters:
    ///   - directory: the data folder.
    ///   - log: the topic of real events. Simulated ones are never folded.
    public static func open(
        directory: String, log: any EventLog, configuration: CatalogConfiguration = CatalogConfiguration(),
        logger: Logger
    ) throws(CatalogError) -> Catalog {
        let opened = try CatalogOpening(directory: directory, log: log, configuration: configuration).open()
        logger.log(level: opened.isReplacement ? .warning : .info, "\(opened.startedFrom)")
        return Catalog(opened: opened, log: log, configuration: configuration, logger: logger)
    }

    /// Closes the file. Call it after `run()` has ended; queries throw `.closed` from then on.
    public func close() {
        // SQLite copies its write-ahead log into the file when the last connection closes, but the last one here is a
        // reader, which may not. So it is done before, and the next start finds one file.
        do { try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) } } catch {
            logger.debug("The catalogue's write-ahead log stays beside the file: \(error)")
        }
        do {
            try pool.close()
            try? FileManager.default.removeItem(atPath: directory + "/" + CatalogOpening.openMark)
        } catch {
            logger.warning("The catalogue's file could not be closed: \(error)")
        }
    }

    // MARK: Where it stands

    /// The offset of the next event to fold: everything before it is in the catalogue.
    public var position: Int64 { progress.withLock { $0.position } }

    /// How it is doing.
    public var state: CatalogState {
        let (state, position) = progress.withLock { ($0.state, $0.position) }
        guard case .behind = state else { return state }
        return .behind(events: max(0, log.bounds().head - position))
    }

    /// The position of the newest snapshot on disk that is known to be sound; 0 without one. The log's retention may remove events before it, and
    /// no others.
    public var snapshotFence: Int64 { progress.withLock { $0.soundSnapshot ?? 0 } }

    /// Numbers for metrics and the server's readiness.
    public var statistics: CatalogStatistics {
        let head = log.bounds().head
        let searchBytes = index.bytes
        return progress.withLock {
            CatalogStatistics(
                position: $0.position, lagEvents: max(0, head - $0.position), beginsAt: $0.beginsAt,
                unreadableEvents: $0.unreadable, repairedGapEvents: $0.leftOut,
                snapshotPosition: $0.snapshot, searchIndexBytes: searchBytes)
        }
    }

    // MARK: Queries

    /// One page of objects.
    ///
    /// - Parameter today: UTC days since 1970 (`Timestamp.day`), for the sums of accesses.
    /// - Throws: `.badParameter`, `.badCursor`, or what the disk says.
    public func objects(_ query: ObjectQuery, today: Int32) async throws(CatalogError) -> ObjectPage {
        try query.check()
        let view = query.search?.isEmpty ?? true ? nil : try await searchView()
        let head = log.bounds().head
        return try await read("Reading the objects") { [configuration] db in
            let reader = try ObjectReader(db, today: today, configuration)
            let list = ObjectList(reader: reader, query: query, index: view, scanRows: configuration.scanRows)
            let result = try list.page()
            return ObjectPage(
                objects: try reader.objects(result.places), total: result.total, limit: query.limit,
                nextCursor: result.next?.text(for: query), asOf: Self.asOf(reader.state, head: head))
        }
    }

    /// One object with its accesses by day; nil where there is none of that public id (`obj_…`).
    public func object(id: String, today: Int32) async throws(CatalogError) -> ObjectDetail? {
        let head = log.bounds().head
        return try await read("Reading an object") { [configuration] db in
            let reader = try ObjectReader(db, today: today, configuration)
            guard let (object, days) = try reader.object(publicID: id) else { return nil }
            return ObjectDetail(object: object, accessesByDay: days, asOf: Self.asOf(reader.state, head: head))
        }
    }

    /// The stores that were added and not removed, in the order in which they came.
    public func stores() async throws(CatalogError) -> [StoreRecord] {
        try await read("Reading the stores") { try Self.stores($0) }
    }

    /// The same as `stores()`, blocking: for the start of the server.
    public func storesNow() throws(CatalogError) -> [StoreRecord] {
        do { return try pool.read { try Self.stores($0) } } catch {
            throw failed(error, "Reading the stores")
        }
    }

    /// Existing objects and their bytes of one store; zeros where there is no such store.
    public func totals(store: String) async throws(CatalogError) -> StoreTotals {
        try await allTotals()[store] ?? StoreTotals()
    }

    /// Existing objects and their bytes of every store, by its id.
    public func allTotals() async throws(CatalogError) -> [String: StoreTotals] {
        try await read("Counting objects") { db in
            let directory = try FoldDirectory.read(db)
            var totals = directory.stores.mapValues { _ in StoreTotals() }
            for shelf in directory.shelves where !shelf.key.deleted {
                guard let store = directory.store(of: directory.place(shelf.key.place)) else { continue }
                totals[store.id, default: StoreTotals()].objects += shelf.objects
                totals[store.id, default: StoreTotals()].bytes &+= shelf.bytes
            }
            return totals
        }
    }

    // MARK: Within

    /// Fills the search index, and then the board of reads, before the first request needs them. Returns at once.
    func warm() {
        DispatchQueue.global(qos: .utility).async { [self] in
            defer { warmHottest() }
            do { _ = try index.view(pool) } catch {
                let error = failed(error, "Filling the search index")
                logger.warning("The search index could not be filled; the first search tries again: \(error)")
            }
        }
    }

    private func searchView() async throws(CatalogError) -> SearchView? {
        if let view = index.current { return view }
        if index.isTooLarge { return nil }
        let result: Result<SearchView?, any Error> = await withCheckedContinuation { continuation in
            // Filling reads all rows once: not on a thread of Swift's own pool.
            DispatchQueue.global(qos: .userInitiated).async { [self] in
                continuation.resume(returning: Result { try index.view(pool) })
            }
        }
        do { return try result.get() } catch {
            throw failed(error, "Filling the search index")
        }
    }

    func read<T: Sendable>(
        _ doing: String, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(CatalogError) -> T {
        do { return try await pool.read(body) } catch {
            throw failed(error, doing)
        }
    }

    static func asOf(_ state: CatalogPosition, head: Int64) -> CatalogAsOf {
        CatalogAsOf(epoch: state.epoch, position: state.position, lagEvents: max(0, head - state.position))
    }

    private static func stores(_ db: Database) throws -> [StoreRecord] {
        try FoldDirectory.read(db).stores.values.sorted { ($0.addedAt, $0.id) < ($1.addedAt, $1.id) }.map {
            StoreRecord(
                id: $0.id, url: $0.url, provider: $0.provider, bucket: $0.bucket,
                origin: StoreOrigin(rawValue: $0.origin) ?? .api, addedAt: Timestamp(milliseconds: $0.addedAt),
                paused: $0.paused, inventoryComplete: $0.inventoryComplete, rootInode: $0.rootInode, away: $0.away)
        }
    }
}

/// Numbers of a running catalogue.
public struct CatalogStatistics: Sendable, Hashable {
    /// The offset of the next event to fold.
    public var position: Int64
    /// Events of the log that are not folded yet.
    public var lagEvents: Int64
    /// The offset where the fold began; more than 0 where the log had been trimmed and there was no snapshot, so that
    /// what happened before is not in the catalogue.
    public var beginsAt: Int64
    /// Events of our own vocabulary that could not be understood.
    public var unreadableEvents: Int64
    /// Events that a repair of the log had left out, passed over since the catalogue was opened.
    public var repairedGapEvents: Int64
    public var snapshotPosition: Int64?
    /// About how much memory the search index takes; nil while there is none.
    public var searchIndexBytes: Int?
}
