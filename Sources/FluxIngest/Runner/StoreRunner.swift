import FluxEvents
import FluxLog
import FluxStores
import Logging
import Synchronization

/// Runs one folder store on a thread of its own: takes what happened, compares it with what is known, tells the
/// difference to the log. One thing at a time: the next is taken when the last is on disk.
actor StoreRunner: RunningStore, StoreTeller {
    struct Setup: Sendable {
        var record: StoreRecord
        var place: String
        var isNetwork: Bool
        var rootDevice: UInt64?
        var folder: FolderOptions
        var options: StoreOptions
    }

    let thread: StoreThread
    let bell: Doorbell
    let log: any EventLog
    let known: any KnownObjects
    let setup: Setup
    let events: FolderEvents
    let logger: Logger
    let store: FolderStore
    let shown: StatusBoard
    nonisolated var storeID: String { setup.record.id }
    nonisolated var source: String { events.source }
    nonisolated var storeURL: String { setup.record.url }
    nonisolated var options: StoreOptions { setup.options }

    var overlay = KnownOverlay()
    var prefetched: [[UInt8]: KnownObject?] = [:]
    var foldedThrough: Int64 = -1
    var awaitingFold = false
    var outbox: [Outgoing] = []
    var detector: AwayDetector
    var compares = CompareQueue()
    var inventory: InventoryWriter
    var inventoryComplete: Bool
    /// Objects and bytes: what the catalogue has at the start, then what the newest whole comparison counted. Nil until
    /// something is known.
    var tally: (objects: Int64, bytes: Int64)?
    var floating = FloatingRenames()
    var floatingFolders = FloatingRenames()
    /// When the last of them came.
    var floatingSince: Int64 = 0
    /// Another whole comparison is to follow the one under way.
    var compareAgain = false
    /// Deletes were held back while away.
    var heldDeletes = false
    var nextRootLook: Int64 = 0
    var nextRescan: Int64 = .max
    var lastRescan: Timestamp?
    var lastProgress: Int64 = 0
    var overflows = 0
    var loggedUnwatched = false
    var rootError: String?
    var blocked: String?
    var failure: String?
    var settledOnce = false
    var folding: Task<Void, any Error>?

    // What people ask for, done between two steps.
    var paused: Bool
    var stopping = false
    var confirmAsked = false
    var retryAsked = false

    deinit {
        // One that never ran, too.
        thread.stop()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(
        setup: Setup, log: any EventLog, known: any KnownObjects, logger: Logger
    ) throws(SystemFailure) {
        thread = try StoreThread()
        let bell = Doorbell()
        self.bell = bell
        self.log = log
        self.known = known
        self.setup = setup
        self.logger = logger
        let record = setup.record
        events = FolderEvents(
            storeID: record.id, source: StoreURL(folder: setup.place).source, url: record.url, bucket: record.bucket,
            origin: record.origin)
        store = FolderStore(root: setup.place, options: setup.folder, onEvents: { bell.ring() })
        detector = AwayDetector(
            root: record.rootInode.map { (setup.rootDevice, $0) }, away: record.away,
            maximumDeletes: setup.options.maximumRescanDeletes, minimumDeletes: setup.options.minimumRescanDeletes)
        inventory = InventoryWriter(store: record, provider: .file)
        inventoryComplete = record.inventoryComplete
        paused = record.paused
        shown = StatusBoard(
            StoreStatus(
                id: record.id, url: record.url, provider: record.provider, bucket: record.bucket,
                state: record.paused ? .paused : .starting, addedAt: record.addedAt, origin: record.origin))
    }

    var currentRecord: StoreRecord {
        var record = setup.record
        record.paused = paused
        record.inventoryComplete = inventoryComplete
        record.rootInode = detector.root?.inode ?? record.rootInode
        record.away = detector.isAway
        return record
    }

    nonisolated func notice(_ type: EventType, details: Details, user: String?) -> Event {
        events.notice(type, details: details, user: user, now: .now())
    }

    // MARK: What people ask for

    func stop() {
        stopping = true
        folding?.cancel()
        bell.ring()
    }

    func setPaused(_ value: Bool) {
        paused = value
        publish()
        bell.ring()
    }

    func fail(_ why: String) {
        failure = why
        publish()
    }

    func retry() {
        retryAsked = true
        nextRootLook = 0
        bell.ring()
    }

    func confirm() throws(IngestError) {
        var trial = detector
        _ = trial.looked(store.lookAtRoot())
        if case .refuse(let why) = trial.confirm() { throw IngestError(code: .wrongState, message: why) }
        confirmAsked = true
        nextRootLook = 0
        bell.ring()
    }

    // MARK: The loop

    func run() async {
        defer {
            store.stop()
            thread.stop()
        }
        do {
            _ = try await waitForFold()
            try await takeTotals()
            while !stopping, !Task.isCancelled { try await step() }
        } catch is CancellationError {
        } catch {
            guard !stopping, !Task.isCancelled else { return }
            logger.error("store stopped", metadata: ["store": "\(setup.record.url)", "error": "\(error)"])
            fail("\(error) Retry, or restart the server, once the cause is gone.")
        }
    }

    /// A store may be away or paused, so that no comparison counts it.
    private func takeTotals() async throws {
        let totals = try await known.totals(store: setup.record.id)
        if inventoryComplete || totals.objects > 0 { tally = (totals.objects, totals.bytes) }
    }

    private func step() async throws {
        overlay.prune(through: foldedThrough)
        if paused {
            store.stop()
            compares.removeAll()
            nextRootLook = 0
            publish()
            while paused, !stopping, !Task.isCancelled { await bell.wait(milliseconds: nil) }
            needsStart = true
            return
        }
        let now = Monotonic.now()
        if now >= nextRootLook { try await lookAtRoot() }
        if confirmAsked {
            confirmAsked = false
            try await act(detector.confirm())
        }
        guard detector.rootIsRight else {
            publish()
            await bell.wait(milliseconds: max(1, nextRootLook - Monotonic.now()))
            return
        }
        if needsStart || retryAsked || now >= nextRescan {
            if needsStart { store.start() }
            needsStart = false
            retryAsked = false
            nextRescan = .max
            beginCompare([])
        }
        try await take()
        try await settleFloating()
        if !compares.isEmpty {
            try await stepCompare()
            publish()
            return
        }
        settledOnce = true
        publish()
        let deadline = [store.nextDeadline, nextRootLook, nextRescan].compactMap { $0 }.min() ?? nextRootLook
        await bell.wait(milliseconds: max(0, deadline - Monotonic.now()))
    }

    /// Whether watching is to begin (anew) before anything else.
    var needsStart = true
}
