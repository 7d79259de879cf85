import FluxEvents
public import FluxLog
public import FluxStores
public import Logging
import Synchronization

/// Runs the stores: one runner each, and the list of them, which is a fold of the log.
///
/// Make it with the stores that the catalogue knows, `run()` it beside the catalogue, and add to it what the
/// configuration and people ask for. Its methods may be called from anywhere, before and while it runs.
public final class StoreSupervisor: Sendable {
    struct Entry {
        var record: StoreRecord
        var runner: any RunningStore
        var task: Task<Void, Never>?
    }

    struct State {
        var entries: [String: Entry] = [:]
        /// URLs that are being added.
        var reserved: [StoreURL] = []
        /// Stores that are being changed; one change at a time each.
        var changing: Set<String> = []
        var running = false
        var stopped = false
        /// Asks the catalogue for the stores, once.
        var loading: Task<Void, any Error>?
    }

    let log: any EventLog
    let known: any KnownObjects
    let options: StoreOptions
    let logger: Logger
    let state = Mutex(State())
    private let bell = Doorbell()
    /// What was read of access logs, and which requests were told; nil where none are read.
    private let accessLogs: (desk: SourcesDesk, memory: RequestMemory)?

    /// - Parameters:
    ///   - log: the topic of events.
    ///   - known: the catalogue.
    ///   - stores: those that the catalogue knows now. It is asked again, once it has folded what the log holds, before
    ///     any store runs or is added: a catalogue that was killed may not know of the last things yet.
    public init(
        log: any EventLog, known: any KnownObjects, stores: [StoreRecord], options: StoreOptions, logger: Logger
    ) {
        self.log = log
        self.known = known
        self.options = options
        self.logger = logger
        accessLogs = options.sourcesPath.map { (SourcesDesk(path: $0), RequestMemory(limit: options.dedupReads)) }
        for record in stores { place(record) }
    }

    private func place(_ record: StoreRecord) {
        do {
            let runner = try makeRunner(record, url: StoreURL(record.url), identity: nil)
            state.withLock { $0.entries[record.id] = Entry(record: record, runner: runner) }
        } catch {
            logger.error("store cannot be run", metadata: ["store": "\(record.url)", "error": "\(error)"])
        }
    }

    /// How long the catalogue is left alone after it could not say what is known (milliseconds).
    private static let loadRetry: Int64 = 5_000

    /// Waits until the list of stores is that of the whole log.
    func load() async throws {
        try await loading().value
    }

    private func loading() -> Task<Void, any Error> {
        state.withLock { state in
            if let loading = state.loading { return loading }
            let loading = Task {
                let records: [StoreRecord]
                do {
                    try await self.known.folded(through: self.log.bounds().head - 1)
                    records = try await self.known.stores()
                } catch {
                    // Whoever asks next tries again.
                    self.state.withLock { $0.loading = nil }
                    throw error
                }
                let ids = Set(records.map(\.id))
                let before = self.state.withLock { $0.entries.mapValues(\.record) }
                for record in records where before[record.id] != record { self.place(record) }
                self.state.withLock { state in
                    for id in before.keys where !ids.contains(id) { state.entries[id] = nil }
                }
            }
            state.loading = loading
            return loading
        }
    }

    /// Runs the stores until the task is cancelled.
    public func run() async throws {
        let first = state.withLock { state in
            defer { state.running = true }
            return !state.running
        }
        guard first else { return }
        var isTold = false
        while true {
            do {
                // The catalogue may be far behind when the server is stopped.
                let loading = loading()
                try await withTaskCancellationHandler {
                    try await loading.value
                } onCancel: {
                    loading.cancel()
                }
                break
            } catch let error where !(error is CancellationError) {
                // Without the catalogue nobody knows what changed. Everything else goes on: reading, streams, posting.
                if !isTold {
                    logger.error("No store is watched, because the catalogue cannot say what is known: \(error)")
                }
                isTold = true
                await bell.wait(milliseconds: Self.loadRetry)
                if Task.isCancelled { break }
            }
        }
        for id in state.withLock({ Array($0.entries.keys) }) { launch(id) }
        while !Task.isCancelled { await bell.wait(milliseconds: nil) }
        let entries = state.withLock { state in
            state.stopped = true
            return Array(state.entries.values)
        }
        for entry in entries { await entry.runner.stop() }
        for entry in entries { await entry.task?.value }
    }

    /// The stores, oldest first.
    public func list() -> [StoreStatus] {
        state.withLock { $0.entries.values.map { $0.runner.shown.status } }
            .sorted { ($0.addedAt, $0.id) < ($1.addedAt, $1.id) }
    }

    /// One store's status.
    public func status(_ id: String) throws(IngestError) -> StoreStatus {
        try runner(id).shown.status
    }

    /// Whether a `source` is that of a store of ours (or of one that could be), which nobody may post for.
    public func reservedSource(_ source: String) -> Bool {
        let scheme = source.prefix { $0 != ":" }.lowercased()
        return (StoreURL.schemes + StoreURL.laterSchemes).contains(scheme) && source.contains("://")
    }

    /// Waits until every store is live, paused, away or failed: nothing is indexed any more. For tests and for
    /// programs that want to see a finished inventory.
    public func waitUntilSettled() async throws {
        while list().contains(where: { $0.state == .starting || $0.state == .indexing }) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func runner(_ id: String) throws(IngestError) -> any RunningStore {
        guard let entry = state.withLock({ $0.entries[id] }) else { throw Self.notFound(id) }
        return entry.runner
    }

    static func notFound(_ id: String) -> IngestError {
        IngestError(code: .notFound, message: "There is no store “\(id)”; look at the list of stores for its id.")
    }

    func launch(_ id: String) {
        state.withLock { state in
            guard state.running, !state.stopped, let entry = state.entries[id], entry.task == nil else { return }
            let runner = entry.runner
            state.entries[id]?.task = Task { await runner.run() }
        }
    }

    /// A runner for a store. Nothing is asked of the store yet.
    func makeRunner(
        _ record: StoreRecord, url: StoreURL, identity: FileIdentity?
    ) throws(IngestError) -> any RunningStore {
        url.isFolder ? try folderRunner(record, url, identity) : try bucketRunner(record, url)
    }

    private func folderRunner(
        _ record: StoreRecord, _ url: StoreURL, _ identity: FileIdentity?
    ) throws(IngestError) -> StoreRunner {
        let folder: FolderOptions
        do {
            folder = try FolderOptions(url: url, excluded: options.excluded, burst: options.burst)
        } catch {
            throw IngestError(error)
        }
        let setup = StoreRunner.Setup(
            record: record, place: record.bucket, isNetwork: FolderPlace.isNetwork(record.bucket),
            rootDevice: identity?.device, folder: folder, options: options)
        do throws(SystemFailure) {
            return try StoreRunner(setup: setup, log: log, known: known, logger: logger)
        } catch {
            throw IngestError(
                code: .noResources,
                message: "The system gave no thread for \(record.url) (\(error)); raise the limit of threads.",
                underlying: error)
        }
    }

    private func bucketRunner(_ record: StoreRecord, _ url: StoreURL) throws(IngestError) -> BucketRunner {
        do throws(StoreError) {
            let setup = BucketRunner.Setup(
                record: record, prefix: Array(url.prefix.utf8), interval: try S3Options(url: url).interval,
                options: options)
            return BucketRunner(
                setup: setup, client: try client(url), queue: try options.s3?.queue(url),
                reads: try accessLogRunner(record, url), trail: try cloudTrailRunner(record, url), log: log,
                known: known, logger: logger)
        } catch {
            throw IngestError(error)
        }
    }

    private func accessLogRunner(_ record: StoreRecord, _ url: StoreURL) throws(StoreError) -> AccessLogRunner? {
        guard let accessLogs, let (client, prefix) = try options.s3?.accessLogs(url) else { return nil }
        let s3 = try S3Options(url: url)
        let setup = AccessLogRunner.Setup(
            storeID: record.id, source: url.source, storeURL: record.url, place: s3.accessLogs?.source ?? "",
            scope: ReadScope(of: url, logs: client.bucket, below: prefix), interval: lookInterval(s3, client),
            options: options)
        return AccessLogRunner(
            setup: setup, bucket: client, log: log, known: known, desk: accessLogs.desk, memory: accessLogs.memory,
            logger: logger)
    }

    private func cloudTrailRunner(_ record: StoreRecord, _ url: StoreURL) throws(StoreError) -> CloudTrailRunner? {
        guard let accessLogs, let (client, prefix) = try options.s3?.cloudTrail(url) else { return nil }
        let s3 = try S3Options(url: url)
        let setup = CloudTrailRunner.Setup(
            storeID: record.id, source: url.source, storeURL: record.url,
            scope: ReadScope(of: url, logs: client.bucket, below: prefix), withReads: s3.accessLogs == nil,
            interval: lookInterval(s3, client), options: options)
        return CloudTrailRunner(
            setup: setup, bucket: client, log: log, known: known, desk: accessLogs.desk, memory: accessLogs.memory,
            logger: logger)
    }

    /// How often a bucket of logs is looked at.
    private func lookInterval(_ options: S3Options, _ client: S3Client) -> Duration {
        let standard = client.bucket.isFree ? AccessLogRunner.freeInterval : AccessLogRunner.interval
        return min(options.interval ?? standard, standard)
    }

    func client(_ url: StoreURL) throws(StoreError) -> S3Client {
        guard let door = options.s3 else {
            throw StoreError(code: .unknownScheme, message: "\(url.source): buckets are not watched here.")
        }
        return try door.client(url)
    }
}
