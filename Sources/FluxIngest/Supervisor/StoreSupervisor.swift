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
    private struct Entry {
        var record: StoreRecord
        var runner: StoreRunner
        var task: Task<Void, Never>?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// URLs that are being added.
        var reserved: [StoreURL] = []
        var running = false
        var stopped = false
        /// Asks the catalogue for the stores, once.
        var loading: Task<Void, any Error>?
    }

    private let log: any EventLog
    private let known: any KnownObjects
    private let options: StoreOptions
    private let logger: Logger
    private let state = Mutex(State())
    private let bell = Doorbell()

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

    /// Waits until the list of stores is that of the whole log.
    private func load() async throws {
        try await loading().value
    }

    private func loading() -> Task<Void, any Error> {
        state.withLock { state in
            if let loading = state.loading { return loading }
            let loading = Task {
                try await self.known.folded(through: self.log.bounds().head - 1)
                let records = try await self.known.stores()
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
        do {
            // The catalogue may be far behind when the server is stopped.
            let loading = loading()
            try await withTaskCancellationHandler {
                try await loading.value
            } onCancel: {
                loading.cancel()
            }
        } catch let error where !(error is CancellationError) {
            // Without the catalogue nobody knows what changed. Everything else goes on: reading, streams, posting.
            logger.error("No store is watched, because the catalogue cannot say what is known: \(error)")
            while !Task.isCancelled { await bell.wait(milliseconds: nil) }
            return
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

    private func runner(_ id: String) throws(IngestError) -> StoreRunner {
        guard let entry = state.withLock({ $0.entries[id] }) else { throw Self.notFound(id) }
        return entry.runner
    }

    private static func notFound(_ id: String) -> IngestError {
        IngestError(code: .notFound, message: "There is no store “\(id)”; GET /api/stores lists them.")
    }

    private func launch(_ id: String) {
        state.withLock { state in
            guard state.running, !state.stopped, let entry = state.entries[id], entry.task == nil else { return }
            let runner = entry.runner
            state.entries[id]?.task = Task { await runner.run() }
        }
    }

    private func makeRunner(
        _ record: StoreRecord, url: StoreURL, identity: FileIdentity?
    ) throws(IngestError) -> StoreRunner {
        do throws(StoreError) {
            let folder = try FolderOptions(url: url, excluded: options.excluded, burst: options.burst)
            let setup = StoreRunner.Setup(
                record: record, place: record.bucket, isNetwork: FolderPlace.isNetwork(record.bucket),
                rootDevice: identity?.device,
                folder: folder, options: options)
            return try Self.start(setup, log: log, known: known, logger: logger)
        } catch {
            throw IngestError(error)
        }
    }

    private static func start(
        _ setup: StoreRunner.Setup, log: any EventLog, known: any KnownObjects, logger: Logger
    ) throws(StoreError) -> StoreRunner {
        do throws(SystemFailure) {
            return try StoreRunner(setup: setup, log: log, known: known, logger: logger)
        } catch {
            throw StoreError(
                code: .watchUnavailable,
                message: "The system gave no thread for \(setup.record.url) (\(error)); raise the limit of threads.",
                underlying: error)
        }
    }
}

// MARK: - Changing the list

extension StoreSupervisor {
    /// Adds a store: checks the URL and the folder, writes `system.store_added`, and begins its inventory.
    ///
    /// A store of the configuration that is there already is no error: its parameters are taken over where they differ.
    /// - Parameters:
    ///   - url: `file:///folder?…`
    ///   - user: who asked, for the event.
    @discardableResult
    public func add(url text: String, origin: StoreOrigin, by user: String?) async throws(IngestError) -> StoreStatus {
        do {
            try await load()
        } catch {
            throw IngestError(
                code: .logFailed, message: "The catalogue cannot say which stores there are: \(error)",
                underlying: error)
        }
        let given: StoreURL
        do { given = try StoreURL(text) } catch { throw IngestError(error) }
        let parameters = given.parameters
        if let known = try await addKnown(given, origin: origin, by: user) { return known }
        let place: FolderPlace
        do {
            _ = try FolderOptions(url: given)
            place = try FolderPlace(given, excluded: options.excluded)
        } catch {
            throw IngestError(error)
        }
        let url = StoreURL(folder: place.path, parameters: parameters)
        try reserve(url)
        defer { state.withLock { $0.reserved.removeAll { $0 == url } } }
        let record = StoreRecord(
            id: url.id, url: url.description, provider: Provider.file.rawValue, bucket: url.path, origin: origin,
            addedAt: .now(), rootInode: place.identity.inode)
        let runner = try makeRunner(record, url: url, identity: place.identity)
        try await append(runner, .storeAdded, details: FolderEvents.identity(place.identity), user: user)
        state.withLock { $0.entries[record.id] = Entry(record: record, runner: runner) }
        launch(record.id)
        return runner.shown.status
    }

    /// A configured store that the log knows: nothing to do, or other parameters. Its folder need not be there now.
    private func addKnown(
        _ given: StoreURL, origin: StoreOrigin, by user: String?
    ) async throws(IngestError) -> StoreStatus? {
        let path = FolderPlace.resolved(given.path) ?? given.path
        let url = StoreURL(folder: path, parameters: given.parameters)
        guard let entry = state.withLock({ $0.entries[url.id] }) else { return nil }
        guard origin == .configuration else {
            throw IngestError(
                code: .exists, message: "\(url.source) is a store already (\(entry.record.id)).")
        }
        guard entry.record.url != url.description else { return entry.runner.shown.status }
        await entry.runner.stop()
        await entry.task?.value
        var record = await entry.runner.currentRecord
        record.url = url.description
        record.origin = origin
        let runner = try makeRunner(record, url: url, identity: nil)
        try await append(runner, .storeAdded, user: user)
        state.withLock { $0.entries[record.id] = Entry(record: record, runner: runner) }
        launch(record.id)
        return runner.shown.status
    }

    private func reserve(_ url: StoreURL) throws(IngestError) {
        let other = state.withLock { state -> StoreURL? in
            let there = state.entries.values.map { StoreURL(folder: $0.record.bucket) } + state.reserved
            if let other = there.first(where: { $0.overlaps(url) }) { return other }
            state.reserved.append(url)
            return nil
        }
        guard let other else { return }
        if other.path == url.path {
            throw IngestError(code: .exists, message: "\(url.source) is a store already (\(other.id)).")
        }
        throw IngestError(
            code: .overlapping,
            message:
                "\(url.source) and the store \(other.source) would lie in each other, and every change would be told "
                + "twice; remove that store first, or watch one of the two.")
    }

    /// Ends watching until `resume`.
    @discardableResult
    public func pause(_ id: String, by user: String?) async throws(IngestError) -> StoreStatus {
        try await setPaused(id, true, user)
    }

    /// Watches again; what happened meanwhile is found by a comparison.
    @discardableResult
    public func resume(_ id: String, by user: String?) async throws(IngestError) -> StoreStatus {
        try await setPaused(id, false, user)
    }

    private func setPaused(_ id: String, _ paused: Bool, _ user: String?) async throws(IngestError) -> StoreStatus {
        let runner = try runner(id)
        guard (runner.shown.status.state == .paused) != paused else { return runner.shown.status }
        try await append(runner, paused ? .storePaused : .storeResumed, user: user)
        await runner.setPaused(paused)
        state.withLock { $0.entries[id]?.record.paused = paused }
        return runner.shown.status
    }

    /// Looks at the root and compares everything now. A store that failed is started anew.
    @discardableResult
    public func retry(_ id: String, by user: String?) async throws(IngestError) -> StoreStatus {
        let runner = try runner(id)
        guard runner.shown.status.state == .failed else {
            await runner.retry()
            return runner.shown.status
        }
        guard let entry = state.withLock({ $0.entries[id] }) else { throw Self.notFound(id) }
        let url: StoreURL
        do { url = try StoreURL(entry.record.url) } catch { throw IngestError(error) }
        let record = await entry.runner.currentRecord
        let fresh = try makeRunner(record, url: url, identity: nil)
        // Of two retries at once only one may start a runner.
        let isFirst = state.withLock { state in
            guard state.entries[id]?.runner === entry.runner else { return false }
            state.entries[id] = Entry(record: record, runner: fresh)
            return true
        }
        guard isFirst else { return try status(id) }
        launch(id)
        return fresh.shown.status
    }

    /// A person confirms that what a store that is away shows is right: what is missing is gone, the folder that is there
    /// is the right one.
    @discardableResult
    public func confirm(_ id: String, by user: String?) async throws(IngestError) -> StoreStatus {
        let runner = try runner(id)
        try await runner.confirm()
        return runner.shown.status
    }

    /// Ends watching a store and forgets it. Its files stay as they are.
    public func remove(_ id: String, by user: String?) async throws(IngestError) {
        guard let entry = state.withLock({ $0.entries[id] }) else { throw Self.notFound(id) }
        await entry.runner.stop()
        await entry.task?.value
        try await append(entry.runner, .storeRemoved, user: user)
        state.withLock { $0.entries[id] = nil }
    }

    private func append(
        _ runner: StoreRunner, _ type: EventType, details: Details = Details(), user: String?
    ) async throws(IngestError) {
        let event = runner.events.notice(type, details: details, user: user, now: .now())
        do {
            _ = try await log.append([event.record()])
        } catch {
            throw IngestError(
                code: .logFailed, message: "The log did not take it, so nothing was changed: \(error.message)",
                underlying: error)
        }
    }
}
