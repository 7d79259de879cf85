import FluxEvents
import FluxLog
import FluxStores
import Logging

/// Runs one bucket: lists it, compares it with what is known, tells the difference to the log. One thing at a time: the next
/// is taken when the last is on disk.
actor BucketRunner: RunningStore, StoreTeller {
    struct Setup: Sendable {
        var record: StoreRecord
        /// Keys that belong to the store begin with it.
        var prefix: [UInt8]
        /// Asked for by hand; nil: as the budget allows.
        var interval: Duration?
        var options: StoreOptions
    }

    let bell = Doorbell()
    let log: any EventLog
    let known: any KnownObjects
    let logger: Logger
    let setup: Setup
    let events: BucketEvents
    let client: S3Client
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
    var blocked: String?
    var folding: Task<Void, any Error>?
    var stopping = false

    var inventory: InventoryWriter
    var inventoryComplete: Bool
    /// Objects and bytes as they were last told; nil until something is known.
    var tally: StoreTotals?
    var pass: BucketPass?
    var lastRescan: Timestamp?
    var lastPassTook = Duration.zero
    /// Why nothing is told to be deleted; nil: the store is not away.
    var away: BucketAway?
    var failure: String?
    private var nextPass = ContinuousClock.now
    var paused: Bool
    private var retryAsked = false
    private var confirmAsked = false
    private var listing: Task<Void, any Error>?

    init(setup: Setup, client: S3Client, log: any EventLog, known: any KnownObjects, logger: Logger) {
        self.setup = setup
        self.client = client
        self.log = log
        self.known = known
        self.logger = logger
        let record = setup.record
        events = BucketEvents(
            storeID: record.id, source: StoreURL.source(of: record.url), url: record.url, provider: .aws,
            bucket: record.bucket, origin: record.origin)
        inventory = InventoryWriter(store: record, provider: .aws)
        inventoryComplete = record.inventoryComplete
        paused = record.paused
        away = record.away ? .unknown : nil
        shown = StatusBoard(
            StoreStatus(
                id: record.id, url: record.url, provider: record.provider, bucket: record.bucket,
                state: record.paused ? .paused : .starting, addedAt: record.addedAt, origin: record.origin))
    }

    var currentRecord: StoreRecord {
        var record = setup.record
        record.paused = paused
        record.inventoryComplete = inventoryComplete
        record.away = away != nil
        return record
    }

    nonisolated func notice(_ type: EventType, details: Details, user: String?) -> Event {
        events.notice(type, details: details, user: user, now: .now())
    }

    // MARK: What people ask for

    func stop() {
        stopping = true
        folding?.cancel()
        listing?.cancel()
        bell.ring()
    }

    func setPaused(_ value: Bool) {
        paused = value
        listing?.cancel()
        publish()
        bell.ring()
    }

    func fail(_ why: String) {
        failure = why
        publish()
    }

    func retry() {
        retryAsked = true
        bell.ring()
    }

    func confirm() throws(IngestError) {
        guard let away else {
            throw IngestError(code: .wrongState, message: "The store is not away; there is nothing to confirm.")
        }
        guard case .tooManyDeletes = away else {
            throw IngestError(
                code: .wrongState,
                message: "The bucket cannot be listed, so nobody can say what is gone: \(away.text)")
        }
        confirmAsked = true
        bell.ring()
    }

    // MARK: The loop

    func run() async {
        do {
            _ = try await waitForFold()
            let totals = try await known.totals(store: storeID)
            if inventoryComplete || totals.objects > 0 { tally = totals }
            while !stopping, !Task.isCancelled { try await step() }
        } catch is CancellationError {
        } catch {
            guard !stopping, !Task.isCancelled else { return }
            logger.error("store stopped", metadata: ["store": "\(storeURL)", "error": "\(error)"])
            fail("\(error) Retry, or restart the server, once the cause is gone.")
        }
    }

    private func step() async throws {
        prune(through: foldedThrough)
        if paused {
            publish()
            while paused, !stopping, !Task.isCancelled { await bell.wait(milliseconds: nil) }
            nextPass = .now
            return
        }
        let now = ContinuousClock.now
        if now >= nextPass || retryAsked || confirmAsked {
            let confirmed = confirmAsked
            (retryAsked, confirmAsked) = (false, false)
            try await compare(confirmed: confirmed)
            lastPassTook = ContinuousClock.now - now
            nextPass = .now + interval
            publish()
            return
        }
        await bell.wait(milliseconds: max(1, (nextPass - now).inMilliseconds))
    }

    /// Lists and compares, in a task that a pause or a stop ends.
    private func compare(confirmed: Bool) async throws {
        let task = Task { try await self.list(confirmed: confirmed) }
        listing = task
        defer {
            listing = nil
            pass = nil
        }
        do {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch is CancellationError where !stopping {
            // Paused in the middle. What is in the outbox goes out before anything else.
        } catch let error as StoreError {
            guard error.code != .cancelled else { return }
            try await leave(.unlistable(error.message))
        }
    }

    /// Whether requests cost nothing that we know of.
    var isFree: Bool { client.bucket.endpoint != nil }

    /// How long it is until the next pass.
    var interval: Duration {
        let allowed =
            setup.interval ?? setup.options.listBudget.interval(objects: tally?.objects ?? 0, isFree: isFree)
        // One that is asked for by hand holds; else a slow service is left alone most of the time.
        let usual = setup.interval == nil ? max(allowed, lastPassTook * 10) : allowed
        switch away {
        case .unknown, .unlistable: return min(usual, setup.options.awayRescanInterval)
        // That a listing misses much makes the next one no cheaper.
        case .tooManyDeletes, nil: return usual
        }
    }
}
