import FluxEvents
import FluxLog
import FluxStores
import Logging
import NIOCore

/// How every runner of a store tells what it found: what it says is laid over what the catalogue knows until that has folded
/// it, and nothing goes on before it is on disk.
protocol StoreTeller: Actor {
    nonisolated var storeID: String { get }
    /// The canonical URL without parameters, the `source` of its events.
    nonisolated var source: String { get }
    /// For the server's own log.
    nonisolated var storeURL: String { get }
    nonisolated var options: StoreOptions { get }
    nonisolated var log: any EventLog { get }
    nonisolated var known: any KnownObjects { get }
    nonisolated var bell: Doorbell { get }
    nonisolated var logger: Logger { get }

    var overlay: KnownOverlay { get set }
    /// What the catalogue answered about keys that are at hand. Whatever is told of them meanwhile lies in `overlay`.
    var prefetched: [[UInt8]: KnownObject?] { get set }
    var foldedThrough: Int64 { get set }
    var awaitingFold: Bool { get set }
    var outbox: [Outgoing] { get set }
    var inventory: InventoryWriter { get set }
    /// Why nothing goes on for now.
    var blocked: String? { get set }
    /// What is waited for while the catalogue is behind.
    var folding: Task<Void, any Error>? { get set }
    var stopping: Bool { get }

    /// Shows how the store is doing.
    func publish()
}

extension StoreTeller {
    /// Records in one append.
    static var appendLimit: Int { 1000 }

    /// What is known of a key, with what is told and not folded.
    func lookup(_ key: [UInt8]) async throws -> KnownObject? {
        if let entry = overlay[key] { return entry.object }
        if let asked = prefetched[key] { return asked }
        return try await known.known(store: storeID, key: key)
    }

    /// Goes through things in stretches; what is known of their keys is asked in one question a stretch.
    func inStretches<T: Sendable>(
        _ items: [T], keys: (T) -> [[UInt8]], _ body: (T) async throws -> Void
    ) async throws {
        defer { prefetched = [:] }
        var rest = items[...]
        while !rest.isEmpty {
            let stretch = rest.prefix(Self.appendLimit)
            rest = rest.dropFirst(stretch.count)
            let asked = stretch.flatMap(keys).filter { overlay[$0] == nil }
            let found = try await known.known(store: storeID, keys: asked)
            prefetched = Dictionary(asked.map { ($0, found[$0]) }) { $1 }
            for item in stretch { try await body(item) }
        }
    }

    /// Drops what is told and folded. What was asked before then is out of date.
    func prune(through offset: Int64) {
        overlay.prune(through: offset)
        prefetched = [:]
    }

    /// What is known of a stretch of keys: those with `prefix`, after `after`, up to and including `through`.
    func knownObjects(under prefix: [UInt8], after: [UInt8]?, through: [UInt8]?, hint: Int) async throws
        -> [KnownObject]
    {
        var objects: [KnownObject] = []
        var last = after
        let limit = max(16, hint + 16)
        while true {
            let page = try await known.known(store: storeID, under: prefix, after: last, limit: limit)
            objects += page
            guard page.count == limit, let end = page.last?.key else { break }
            if let through, !end.lexicographicallyPrecedes(through) { break }
            last = end
        }
        if let through { objects.removeAll { through.lexicographicallyPrecedes($0.key) } }
        return KnownOverlay.merge(objects, overlay.range(under: prefix, after: after, through: through))
    }

    /// Puts an event that changes nothing that is known into the outbox.
    func tell(_ event: Event) {
        outbox.append(Outgoing(record: event.record(), key: nil))
    }

    /// Tells objects that were there when the store was first watched, in whole parts, so that nothing of them waits.
    func tellInventory(_ entries: [InventoryEntry], final: Bool) {
        var keys: [[UInt8]] = []
        func put(_ data: ByteBuffer) {
            let now = Timestamp.now()
            let event = InventoryWriter.event(
                data: data, id: Identifier.ulid(at: now), source: source, storeID: storeID, time: now)
            outbox.append(Outgoing(record: event.record(), key: nil, more: keys))
            keys = []
        }
        for entry in entries {
            if let full = inventory.add(entry) { put(full) }
            keys.append(entry.key)
        }
        if final { put(inventory.finish()) } else if let rest = inventory.cut() { put(rest) }
    }

    /// Makes room for events that must go together.
    func makeRoom(_ count: Int) async throws {
        if outbox.count + count > Self.appendLimit { try await flush() }
    }

    /// Each change rings the bell: a busy folder must not make us ask a log that has no room more often.
    private func waitToRetry() async throws {
        let due = Monotonic.now() + options.retryInterval.inMilliseconds
        repeat {
            await bell.wait(milliseconds: max(1, due - Monotonic.now()))
            if stopping || Task.isCancelled { throw CancellationError() }
        } while Monotonic.now() < due
    }

    /// Appends what is in the outbox. As long as the log has no room it is tried again, and nothing else goes on: what
    /// happens meanwhile is merged by the store, or found by a comparison.
    func flush() async throws {
        var isRefused = false
        while !outbox.isEmpty {
            let chunk = outbox.prefix(Self.appendLimit)
            switch await attempt(chunk.map(\.record)) {
            case .success(let answers):
                for (outgoing, answer) in zip(chunk, answers) {
                    if let key = outgoing.key { overlay.landed(key, offset: answer.offset) }
                    for key in outgoing.more { overlay.landed(key, offset: answer.offset) }
                }
                outbox.removeFirst(chunk.count)
                blocked = nil
                if isRefused { logger.info("log takes events again", metadata: ["store": "\(storeURL)"]) }
                isRefused = false
                awaitFold()
            case .failure(let error):
                guard error.code == .diskFull || error.code == .io else { throw error }
                blocked = "The log takes nothing: \(error.message) It is tried again; no change is lost."
                if !isRefused {
                    logger.warning(
                        "log takes nothing; it is tried again",
                        metadata: ["store": "\(storeURL)", "error": "\(error)"])
                }
                isRefused = true
                publish()
                try await waitToRetry()
            }
        }
        if overlay.count > options.maximumUnfolded {
            blocked = "Waiting for the catalogue, which is \(overlay.count) changes behind."
            publish()
            prune(through: try await waitForFold())
            blocked = nil
        }
    }

    /// Waits until the catalogue has folded what the log holds now; the last offset of that. The catalogue may itself wait
    /// for a disk, so `stop` ends the wait.
    ///
    /// - Throws: `CancellationError` once the runner is to stop.
    func waitForFold() async throws -> Int64 {
        guard !stopping else { throw CancellationError() }
        let through = log.bounds().head - 1
        let fold = Task { try await known.folded(through: through) }
        folding = fold
        defer { folding = nil }
        try await withTaskCancellationHandler {
            try await fold.value
        } onCancel: {
            fold.cancel()
        }
        return through
    }

    private func attempt(_ records: [Record]) async -> Result<[Appended], LogError> {
        do throws(LogError) {
            return .success(try await log.append(records))
        } catch {
            return .failure(error)
        }
    }

    /// Lets the overlay shrink once the catalogue has caught up. Pruned between steps only: a page of known objects and
    /// the overlay laid over it must be of one moment.
    private func awaitFold() {
        guard !awaitingFold, overlay.count > 1024 else { return }
        awaitingFold = true
        let through = log.bounds().head - 1
        Task {
            // Where the catalogue has stopped the overlay grows to its limit, and the status says so.
            let folded: Void? = try? await known.folded(through: through)
            awaitingFold = false
            if folded != nil { foldedThrough = max(foldedThrough, through) }
        }
    }
}

extension InventoryWriter {
    /// For the inventory of a store, which gets an id of its own.
    init(store record: StoreRecord, provider: Provider) {
        self.init(
            inventoryID: "inv_" + Identifier.ulid(at: .now()).dropFirst("evt_".count), storeID: record.id,
            provider: provider, bucket: record.bucket)
    }
}
