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
        /// Asked for by hand; nil: as the budget allows, or once a day where notifications come.
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
    /// Where the bucket's notifications come from, if they do.
    let queue: SQSQueue?
    /// Reads the bucket's access logs, if there are any.
    let reads: AccessLogRunner?
    /// Reads what CloudTrail delivers of it, if it does.
    let trail: CloudTrailRunner?
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
    var pass = BucketPass(confirmed: false)
    /// Objects met by the listing under way.
    var listed: Int64?
    var lastRescan: Timestamp?
    /// How long the service took to answer in the last listing.
    var serviceTook = Duration.zero
    var lastProgress: Int64 = 0
    /// Why nothing is told to be deleted; nil: the store is not away.
    var away: BucketAway?
    var failure: String?
    var notifications = BucketQueueState()
    /// What notifications told since the listing under way began: it may have seen it as it was before.
    var touched: Set<[UInt8]> = []
    /// Whether something is told that nothing else may mix with, and who waits for it.
    var isTelling = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    private var nextPass = ContinuousClock.now
    var paused: Bool
    private var retryAsked = false
    /// A person said that what is missing is gone: until that is told.
    var confirmed = false
    private(set) var listing: Task<Bool, any Error>?
    private var listening: Task<Void, Never>?
    private var reading: Task<Void, Never>?
    private var trailing: Task<Void, Never>?
    /// How far what is known of reads reaches.
    private(set) var accessData: StoreStatus.AccessData?
    private(set) var trailTrouble: String?

    init(
        setup: Setup, client: S3Client, queue: SQSQueue?, reads: AccessLogRunner?, trail: CloudTrailRunner?,
        log: any EventLog, known: any KnownObjects, logger: Logger
    ) {
        self.setup = setup
        self.client = client
        self.queue = queue
        self.reads = reads
        self.trail = trail
        accessData =
            reads.map { _ in StoreStatus.AccessData(source: "access-log") }
            ?? trail.map { _ in StoreStatus.AccessData(source: "cloudtrail") }
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
        var status = StoreStatus(
            id: record.id, url: record.url, provider: record.provider, bucket: record.bucket,
            state: record.paused ? .paused : .starting, addedAt: record.addedAt, origin: record.origin)
        // From the beginning it shows that something tells of its reads.
        status.accessData = accessData
        shown = StatusBoard(status)
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

    /// How often a bucket is listed whose changes are notified (what is lost on that way is found then), and at the least
    /// however slow a service is.
    private static let day = Duration.seconds(86_400)

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
        confirmed = true
        retryAsked = true
        bell.ring()
    }

    // MARK: The loop

    func run() async {
        do {
            _ = try await waitForFold()
            let totals = try await known.totals(store: storeID)
            if inventoryComplete || totals.objects > 0 { tally = totals }
            while !stopping, !Task.isCancelled { try await step() }
        } catch {
            let isEnded = error is CancellationError || stopping || Task.isCancelled
            if !isEnded {
                logger.error("store stopped", metadata: ["store": "\(storeURL)", "error": "\(error)"])
                fail("\(error) Retry, or restart the server, once the cause is gone.")
            }
        }
        await follow(false)
    }

    /// Begins or ends to take the queue's messages, and to read access logs.
    private func follow(_ wanted: Bool) async {
        guard wanted else {
            listening?.cancel()
            reading?.cancel()
            trailing?.cancel()
            await listening?.value
            await reading?.value
            await trailing?.value
            listening = nil
            reading = nil
            trailing = nil
            return
        }
        if let queue, listening == nil { listening = Task { await self.listen(queue) } }
        // What is not known yet would be told to be read before it is told to be there.
        if let reads, inventoryComplete, reading == nil {
            reading = Task { await reads.run { await self.show($0) } }
        }
        if let trail, inventoryComplete, trailing == nil {
            trailing = Task {
                await trail.run({ await self.show(trail: $0) }, tell: { try await self.take(trail: $0) })
            }
        }
    }

    private func show(trail data: StoreStatus.AccessData) {
        // Where access logs tell of reads, how far these reach counts.
        if reads == nil { accessData = data } else { trailTrouble = data.trouble }
        publish()
    }

    private func show(_ data: StoreStatus.AccessData) {
        accessData = data
        publish()
    }

    private func step() async throws {
        await exclusively { prune(through: foldedThrough) }
        await follow(!paused)
        if paused {
            publish()
            while paused, !stopping, !Task.isCancelled { await bell.wait(milliseconds: nil) }
            nextPass = .now
            return
        }
        let now = ContinuousClock.now
        if now >= nextPass || retryAsked {
            retryAsked = false
            if try await compare() { nextPass = .now + untilNext }
            publish()
            return
        }
        await bell.wait(milliseconds: max(1, (nextPass - now).inMilliseconds))
    }

    /// Lists and compares, in a task that a pause or a stop ends. False where it is to be done again at once.
    private func compare() async throws -> Bool {
        let task = Task { try await self.list(confirmed: self.confirmed) }
        listing = task
        defer {
            listing = nil
            listed = nil
        }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch  where task.isCancelled {
            // Paused or stopped in the middle, whatever that made of it. What is in the outbox goes out before anything else.
            return false
        } catch let error as StoreError {
            try await exclusively { try await self.leave(.unlistable(error.message)) }
            return true
        }
    }

    /// Whether requests cost nothing that we know of.
    var isFree: Bool { client.bucket.isFree }

    /// How often the bucket is listed while it can be.
    var interval: Duration {
        // One that is asked for by hand holds; else a slow service is left alone most of the time.
        if let asked = setup.interval { return asked }
        let budget = setup.options.listBudget.interval(objects: tally?.objects ?? 0, isFree: isFree)
        return max(queue == nil ? budget : max(budget, Self.day), min(serviceTook * 10, Self.day))
    }

    /// How long it is until the next pass.
    private var untilNext: Duration {
        switch away {
        case .unknown, .unlistable: min(interval, setup.options.awayRescanInterval)
        // That a listing misses much makes the next one no cheaper.
        case .tooManyDeletes, nil: interval
        }
    }
}
