import FluxEvents
import FluxLog
public import FluxStores
import Logging
import Synchronization

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
        if let known = try await addKnown(given, origin: origin, by: user) { return known }
        let (url, identity) = try await look(given, origin: origin)
        try reserve(url)
        defer { state.withLock { $0.reserved.removeAll { $0 == url } } }
        let record = StoreRecord(
            id: url.id, url: url.description, provider: url.provider.rawValue, bucket: url.bucket, origin: origin,
            addedAt: .now(), rootInode: identity?.inode)
        let runner = try makeRunner(record, url: url, identity: identity)
        try await append(runner, .storeAdded, details: identity.map(FolderEvents.identity) ?? Details(), user: user)
        state.withLock { $0.entries[record.id] = Entry(record: record, runner: runner) }
        launch(record.id)
        return runner.shown.status
    }

    /// Looks whether there is such a store, before anything is written of it: its URL in full, and which folder it is.
    ///
    /// A bucket of the configuration is taken as it is: a service that does not answer now is no reason not to start, and the
    /// store says what is wrong.
    private func look(
        _ given: StoreURL, origin: StoreOrigin
    ) async throws(IngestError) -> (StoreURL, FileIdentity?) {
        do throws(StoreError) {
            if given.isFolder {
                _ = try FolderOptions(url: given)
                let place = try FolderPlace(given, excluded: options.excluded)
                return (StoreURL(folder: place.path, parameters: given.parameters), place.identity)
            }
            let client = try client(given)
            let queue = try options.s3?.queue(given)
            if origin == .api {
                _ = try await client.list(prefix: Array(given.prefix.utf8), limit: 1)
                // What it takes comes again at once.
                _ = try await queue?.receive(wait: 0, hidden: 0)
                try await options.s3?.checkLogs(given)
            }
            return (given, nil)
        } catch {
            throw IngestError(error)
        }
    }

    /// A configured store that the log knows: nothing to do, or other parameters. Its folder need not be there now.
    private func addKnown(
        _ given: StoreURL, origin: StoreOrigin, by user: String?
    ) async throws(IngestError) -> StoreStatus? {
        let url =
            given.isFolder
            ? StoreURL(folder: FolderPlace.resolved(given.path) ?? given.path, parameters: given.parameters) : given
        guard let entry = state.withLock({ $0.entries[url.id] }) else { return nil }
        guard origin == .configuration else {
            throw IngestError(
                code: .exists, message: "\(url.source) is a store already (\(entry.record.id)).")
        }
        guard entry.record.url != url.description else { return entry.runner.shown.status }
        // Wrong parameters are refused before anything is stopped.
        do { try url.check() } catch { throw IngestError(error) }
        let old = try beginChange(url.id)
        defer { endChange(url.id) }
        await end(old)
        var record = await old.runner.currentRecord
        record.url = url.description
        record.origin = origin
        do throws(IngestError) {
            let runner = try makeRunner(record, url: url, identity: nil)
            try await append(runner, .storeAdded, user: user)
            replace(record, runner)
            return runner.shown.status
        } catch {
            await revive(old)
            throw error
        }
    }

    // MARK: One change at a time

    private func beginChange(_ id: String) throws(IngestError) -> Entry {
        let (entry, isFree) = state.withLock { state in
            guard let entry = state.entries[id] else { return (nil as Entry?, false) }
            return (entry, state.changing.insert(id).inserted)
        }
        guard let entry else { throw Self.notFound(id) }
        guard isFree else {
            throw IngestError(
                code: .wrongState, message: "\(entry.record.url) is being changed by another request; try again.")
        }
        return entry
    }

    private func endChange(_ id: String) {
        state.withLock { state in _ = state.changing.remove(id) }
    }

    private func end(_ entry: Entry) async {
        await entry.runner.stop()
        await entry.task?.value
    }

    private func replace(_ record: StoreRecord, _ runner: any RunningStore) {
        state.withLock { $0.entries[record.id] = Entry(record: record, runner: runner) }
        launch(record.id)
    }

    /// Watches a store again as it was, after a change for which it was stopped was refused.
    private func revive(_ entry: Entry) async {
        let record = await entry.runner.currentRecord
        do throws(IngestError) {
            let url: StoreURL
            do { url = try StoreURL(record.url) } catch { throw IngestError(error) }
            replace(record, try makeRunner(record, url: url, identity: nil))
        } catch {
            logger.error("store not watched", metadata: ["store": "\(record.url)", "error": "\(error)"])
            await entry.runner.fail("It is not watched: \(error) Retry, or restart the server, once the cause is gone.")
        }
    }

    private func reserve(_ url: StoreURL) throws(IngestError) {
        let other = state.withLock { state -> StoreURL? in
            let there = state.entries.values.compactMap { try? StoreURL($0.record.url) } + state.reserved
            if let other = there.first(where: { $0.overlaps(url) }) { return other }
            state.reserved.append(url)
            return nil
        }
        guard let other else { return }
        if other.source == url.source {
            throw IngestError(code: .exists, message: "\(url.source) is a store already (\(other.id)).")
        }
        guard url.isFolder else {
            throw IngestError(
                code: .overlapping,
                message:
                    "The bucket of \(url.source) is a store already (\(other.source)); one store a bucket, so remove that "
                    + "first.")
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
        let runner = try beginChange(id).runner
        defer { endChange(id) }
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
        let entry = try beginChange(id)
        defer { endChange(id) }
        // Of two retries at once the second finds a runner that runs.
        guard entry.runner.shown.status.state == .failed else { return entry.runner.shown.status }
        let url: StoreURL
        do { url = try StoreURL(entry.record.url) } catch { throw IngestError(error) }
        let record = await entry.runner.currentRecord
        let fresh = try makeRunner(record, url: url, identity: nil)
        replace(record, fresh)
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
        let entry = try beginChange(id)
        defer { endChange(id) }
        await end(entry)
        do throws(IngestError) {
            try await append(entry.runner, .storeRemoved, user: user)
        } catch {
            await revive(entry)
            throw error
        }
        state.withLock { $0.entries[id] = nil }
    }

    private func append(
        _ runner: any RunningStore, _ type: EventType, details: Details = Details(), user: String?
    ) async throws(IngestError) {
        let event = runner.notice(type, details: details, user: user)
        do {
            _ = try await log.append([event.record()])
        } catch {
            throw IngestError(
                code: .logFailed, message: "The log did not take it, so nothing was changed: \(error.message)",
                underlying: error)
        }
    }
}
