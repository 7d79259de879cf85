import FluxEvents
import FluxStores

extension StoreRunner {
    /// Comparisons of single folders that may wait; past so many the whole store is compared instead.
    private static var maximumWaiting: Int { 10_000 }
    /// The shortest time between two calls of `onProgress` (milliseconds).
    private static var progressInterval: Int64 { 200 }

    /// Asks for a comparison of what lies below a prefix (empty: everything).
    func beginCompare(_ prefix: [UInt8], confirmed: Bool = false) {
        var prefix = prefix
        if compares.count >= Self.maximumWaiting { prefix = [] }
        if prefix.isEmpty {
            if let whole = compares.whole, !confirmed {
                // It may have passed what is to be seen, so another follows; begun anew it might never end.
                compareAgain = whole.hasBegun || compareAgain
                return
            }
        } else if compares.covers(prefix) {
            return
        }
        compares.add(Compare(walk: store.walk(prefix), confirmed: confirmed, startedAt: Monotonic.now()))
    }

    /// Does a stretch of the newest comparison.
    func stepCompare() async throws {
        guard let at = compares.next else { return }
        compares.begin(at)
        var compare = compares[at]
        let batch = store.next(&compare.walk, limit: min(setup.options.batch, InventoryWriter.maximumObjects))
        let objects = try await knownObjects(
            under: compare.walk.prefix, after: compare.position, through: batch.through, hint: batch.found.count)
        compare.addBlind(batch.blind)
        compare.position = batch.through
        compare.ended = batch.through == nil
        let diff = ObjectDiff(known: objects, found: batch.found)
        compare.done += Int64(batch.found.count)
        if compare.isWhole {
            compare.knownCount += Int64(objects.count)
            compare.objects += Int64(objects.count)
            compare.bytes += objects.reduce(0) { $0 + $1.size }
        }
        compares[at] = compare
        let missing = diff.missing.filter { !compare.isBlind($0.key) }
        try await inStretches(diff.changed, keys: \.keys) { found in
            try await changed(found.key, found.status, created: false, detection: detection(found.key))
        }
        if compare.isWhole {
            try await wholeStretch(at, diff.new, missing, isLast: batch.through == nil)
        } else {
            try await inStretches(diff.new, keys: \.keys) { found in
                try await changed(found.key, found.status, created: true, detection: .live)
            }
            try await inStretches(missing, keys: \.keys) { try await verifyDelete($0, detection: .live) }
        }
        try await flush()
        // Another may have been asked for meanwhile, but only between steps.
        progress(compares[at], finished: false)
        if batch.through == nil {
            let ended = compares[at]
            if ended.isWhole { try await endWhole(at) } else { compares.remove(at: at) }
        }
    }

    private func detection(_ key: [UInt8]) async throws -> FolderEvents.Detection {
        .rescan(knownOffset: try await lookup(key)?.lastOffset)
    }

    private func wholeStretch(_ at: Int, _ new: [FoundObject], _ missing: [KnownObject], isLast: Bool) async throws {
        compares[at].missingCount += Int64(missing.count)
        let room = Compare.maximumMissing - compares[at].missing.count
        compares[at].missing += missing.prefix(max(0, room))
        if !inventoryComplete {
            tellInventory(new, final: false)
        } else if compares[at].new.count + new.count <= Compare.maximumHeld {
            compares[at].new += new
        } else {
            try await inStretches(new, keys: \.keys) { found in
                try await changed(found.key, found.status, created: true, detection: .rescan(knownOffset: nil))
            }
        }
    }

    private func endWhole(_ at: Int) async throws {
        var compare = compares[at]
        if compare.isBlind([]) { return try await rootWasUnseen() }
        let matches = RenameFinder.match(missing: &compare.missing, new: &compare.new)
        compare.missingCount -= Int64(matches.count)
        try await inStretches(matches, keys: \.keys) { try await renamedMeanwhile($0) }
        try await inStretches(compare.new, keys: \.keys) { found in
            guard case .file(let status) = store.presence(found.key) else { return }
            try await changed(found.key, status, created: true, detection: .rescan(knownOffset: nil))
        }
        try await flush()
        try await lookAtRoot()
        guard detector.rootIsRight, compares.contains(at) else { return }
        try await act(
            detector.compared(
                missing: compare.missingCount, known: compare.knownCount, confirmed: compare.confirmed))
        if !detector.isAway {
            try await inStretches(compare.missing, keys: \.keys) { object in
                try await verifyDelete(object, detection: .rescan(knownOffset: object.lastOffset))
                if outbox.count >= Self.appendLimit { try await flush() }
            }
        } else if compare.missingCount > 0 {
            heldDeletes = true
        }
        if !inventoryComplete {
            tellInventory([], final: true)
            try await flush()
            inventoryComplete = true
        }
        try await flush()
        end(at, compare)
    }

    private func end(_ at: Int, _ compare: Compare) {
        let counted = compares[at]
        compares.remove(at: at)
        tally = (counted.objects, counted.bytes)
        lastRescan = .now()
        progress(counted, finished: true)
        logUnwatched()
        let took = Monotonic.now() - compare.startedAt
        nextRescan = Monotonic.now() + max(rescanInterval.inMilliseconds, took * 10)
        let again =
            compareAgain || !detector.isAway && (heldDeletes || compare.missingCount > Int64(compare.missing.count))
        if !detector.isAway { heldDeletes = false }
        compareAgain = false
        if again { beginCompare([], confirmed: compare.confirmed) }
    }

    /// A file that vanished in one place and appeared in another while nobody watched.
    private func renamedMeanwhile(_ match: RenameFinder.Match) async throws {
        guard let before = try await lookup(match.from.key), store.presence(before.key) == .nothing,
            case .file(let status) = store.presence(match.to.key)
        else { return }
        try await tellRename(
            before, to: match.to.key, status, correlation: Self.correlation(),
            detection: .rescan(knownOffset: before.lastOffset))
    }

    /// Tells that an object is gone, if it is.
    private func verifyDelete(_ object: KnownObject, detection: FolderEvents.Detection) async throws {
        guard let before = try await lookup(object.key) else { return }
        switch store.presence(object.key) {
        case .unknown: return
        case .file(let status) where store.takes(object.key):
            try await changed(object.key, status, created: true, detection: detection)
        case .file:
            guard !detector.isAway else { return }
            tell(
                events.delete(before, ignored: true, detection: detection, now: .now()), object.key, nil, before: before
            )
        case .nothing:
            guard !detector.isAway else {
                heldDeletes = true
                return
            }
            tell(events.delete(before, detection: detection, now: .now()), object.key, nil, before: before)
        }
    }

    private func progress(_ compare: Compare, finished: Bool) {
        guard compare.isWhole, let report = setup.options.onProgress else { return }
        let now = Monotonic.now()
        guard finished || now - lastProgress >= Self.progressInterval else { return }
        lastProgress = now
        report(
            StoreOptions.Progress(
                storeID: setup.record.id, url: setup.record.url, done: compare.done, total: tally?.objects,
                finished: finished, isInventory: !inventoryComplete))
    }
}

// What is asked about each of them.

extension FoundObject {
    fileprivate var keys: [[UInt8]] { [key] }
}

extension KnownObject {
    fileprivate var keys: [[UInt8]] { [key] }
}

extension RenameFinder.Match {
    fileprivate var keys: [[UInt8]] { [from.key, to.key] }
}
