import FluxEvents
import FluxLog
import FluxStores
import Logging

extension StoreRunner {
    /// Records in one append.
    static var appendLimit: Int { 1000 }

    /// What is known of a key, with what is told and not folded.
    func lookup(_ key: [UInt8]) async throws -> KnownObject? {
        if let entry = overlay[key] { return entry.object }
        if let asked = prefetched[key] { return asked }
        return try await known.known(store: setup.record.id, key: key)
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
            let found = try await known.known(store: setup.record.id, keys: asked)
            prefetched = Dictionary(asked.map { ($0, found[$0]) }) { $1 }
            for item in stretch { try await body(item) }
        }
    }

    /// Drops what is told and folded. What was asked before then is out of date.
    private func prune(through offset: Int64) {
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
            let page = try await known.known(store: setup.record.id, under: prefix, after: last, limit: limit)
            objects += page
            guard page.count == limit, let end = page.last?.key else { break }
            if let through, !end.lexicographicallyPrecedes(through) { break }
            last = end
        }
        if let through { objects.removeAll { through.lexicographicallyPrecedes($0.key) } }
        return KnownOverlay.merge(objects, overlay.range(under: prefix, after: after, through: through))
    }

    /// Puts an event into the outbox, and what it says of a key over what is known.
    func tell(_ event: Event, _ key: [UInt8], _ status: FileStatus?, before: KnownObject?) {
        let object = status.map { Self.object(key, $0) }
        count(key, before: before, after: object)
        overlay.set(key, object)
        outbox.append(Outgoing(record: event.record(), key: key))
    }

    /// Lays an object of an inventory part over what is known.
    func announce(_ found: FoundObject) {
        let object = Self.object(found.key, found.status)
        count(found.key, before: nil, after: object)
        overlay.set(found.key, object)
    }

    private static func object(_ key: [UInt8], _ status: FileStatus) -> KnownObject {
        KnownObject(
            key: key, size: status.size, mtimeNanoseconds: status.mtimeNanoseconds, inode: status.inode, lastOffset: -1)
    }

    /// Puts an event that changes nothing that is known into the outbox.
    func tell(_ event: Event) {
        outbox.append(Outgoing(record: event.record(), key: nil))
    }

    /// Makes room for events that must go together.
    func makeRoom(_ count: Int) async throws {
        if outbox.count + count > Self.appendLimit { try await flush() }
    }

    /// Each change rings the bell: a busy folder must not make us ask a log that has no room more often.
    private func waitToRetry() async throws {
        let due = Monotonic.now() + setup.options.retryInterval.inMilliseconds
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
                if isRefused { logger.info("log takes events again", metadata: ["store": "\(setup.record.url)"]) }
                isRefused = false
                awaitFold()
            case .failure(let error):
                guard error.code == .diskFull || error.code == .io else { throw error }
                blocked = "The log takes nothing: \(error.message) It is tried again; no change is lost."
                if !isRefused {
                    logger.warning(
                        "log takes nothing; it is tried again",
                        metadata: ["store": "\(setup.record.url)", "error": "\(error)"])
                }
                isRefused = true
                publish()
                try await waitToRetry()
            }
        }
        if overlay.count > setup.options.maximumUnfolded {
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

    /// Keeps the tally. While a whole comparison counts, only what it has passed is counted here.
    private func count(_ key: [UInt8], before: KnownObject?, after: KnownObject?) {
        let objects = (after == nil ? 0 : 1) - (before == nil ? 0 : 1)
        let bytes = (after?.size ?? 0) - (before?.size ?? 0)
        if let whole = compares.wholeIndex {
            guard compares[whole].hasPassed(key) else { return }
            compares[whole].objects += Int64(objects)
            compares[whole].bytes += bytes
        } else if let tally {
            self.tally = (tally.objects + Int64(objects), tally.bytes + bytes)
        }
    }
}
