import FluxEvents
import FluxStores
import Logging

extension BucketRunner {
    /// The shortest time between two calls of `onProgress` (milliseconds).
    private static var progressInterval: Int64 { 200 }

    /// One pass over the bucket. A listing that does not end normally deletes nothing. False where another is to follow at
    /// once.
    func list(confirmed: Bool) async throws -> Bool {
        try await exclusively { try await self.flush() }
        pass = BucketPass(confirmed: confirmed)
        touched = []
        serviceTook = .zero
        var order = ListOrder(prefix: setup.prefix, bucket: client.bucket)
        var token: String?
        repeat {
            let asked = ContinuousClock.now
            let page = try await client.list(prefix: setup.prefix, token: token)
            serviceTook += ContinuousClock.now - asked
            try order.take(page)
            token = page.next
            if let through = page.objects.last?.key {
                try await exclusively { try await self.stretch(page.objects, through: through) }
            }
            listed = pass.done
            publish()
            progress(pass.done, finished: false)
            if stopping || Task.isCancelled { throw CancellationError() }
        } while token != nil
        return try await exclusively {
            try await self.missBehind()
            return try await self.end()
        }
    }

    /// What is known behind the last key that is there, piece by piece.
    private func missBehind() async throws {
        while true {
            let page = try await known.known(
                store: storeID, under: setup.prefix, after: pass.position, limit: Self.appendLimit)
            let through = page.count == Self.appendLimit ? page.last?.key : nil
            let overlaid = overlay.range(under: setup.prefix, after: pass.position, through: through)
            let all = KnownOverlay.merge(page, overlaid)
            pass.knownCount += Int64(all.count)
            pass.miss(all.filter { !touched.contains($0.key) })
            guard let through else { return }
            pass.position = through
        }
    }

    private func stretch(_ listed: [BucketObject], through: [UInt8]) async throws {
        let all = try await knownObjects(
            under: setup.prefix, after: pass.position, through: through, hint: listed.count)
        pass.done += Int64(listed.count)
        pass.knownCount += Int64(all.count)
        pass.position = through
        let objects = touched.isEmpty ? all : all.filter { !touched.contains($0.key) }
        let found = touched.isEmpty ? listed : listed.filter { !touched.contains($0.key) }
        let diff = BucketDiff(known: objects, found: found)
        pass.miss(diff.missing)
        let now = Timestamp.now()
        for change in diff.changed {
            let event = events.upload(change.object, before: change.before, by: .listing, now: now)
            put(event, change.object, before: change.before)
        }
        for change in diff.moved {
            let event = events.storageClass(change.object, before: change.before, by: .listing, now: now)
            put(event, change.object, before: change.before)
        }
        if inventoryComplete {
            for object in diff.new {
                put(events.upload(object, before: nil, by: .listing, now: now), object, before: nil)
            }
        } else {
            for object in diff.new { overlay.set(object.key, KnownObject(object)) }
            tellInventory(diff.new.map { InventoryEntry($0) }, final: false)
        }
        try await flush()
    }

    private func end() async throws -> Bool {
        let allowance = max(
            setup.options.minimumRescanDeletes,
            Int64((Double(pass.knownCount) * setup.options.maximumRescanDeletes).rounded(.down)))
        if pass.missingCount > allowance, !pass.confirmed {
            try await leave(
                .tooManyDeletes,
                details: ["missing": .integer(pass.missingCount), "known": .integer(pass.knownCount)])
        } else {
            try await back(confirmed: pass.confirmed)
            let now = Timestamp.now()
            for object in pass.missing where !touched.contains(object.key) {
                remove(events.delete(object, by: .listing, now: now), object)
                try await makeRoom(1)
            }
        }
        if !inventoryComplete {
            tellInventory([], final: true)
            try await flush()
            inventoryComplete = true
        }
        try await flush()
        _ = try await waitForFold()
        tally = try await known.totals(store: storeID)
        lastRescan = .now()
        progress(pass.done, finished: true)
        // More is missing than was remembered: another listing tells the rest, and who confirmed need not do so again.
        let isDone = away != nil || !pass.isPartial
        if isDone, pass.confirmed { confirmed = false }
        return isDone
    }

    // MARK: Away and back

    func leave(_ why: BucketAway, details: Details = Details()) async throws {
        let before = away
        away = why
        publish()
        if case .unknown? = before { return }
        guard before == nil else { return }
        logger.warning("store away", metadata: ["store": "\(storeURL)", "reason": "\(why.text)"])
        var details = details
        details["cause"] = .string(why.cause)
        tell(events.notice(.storeAway, reason: why.text, details: details, now: .now()))
        try await flush()
    }

    private func back(confirmed: Bool) async throws {
        guard away != nil else { return }
        away = nil
        publish()
        logger.notice("store back", metadata: ["store": "\(storeURL)", "confirmed": "\(confirmed)"])
        tell(events.notice(.storeBack, details: ["confirmed": .boolean(confirmed)], now: .now()))
        try await flush()
    }

    // MARK: Telling

    /// An object is there, as an event tells.
    func put(_ event: Event, _ object: BucketObject, before: KnownObject?) {
        overlay.set(object.key, KnownObject(object))
        outbox.append(Outgoing(record: event.record(), key: object.key))
        tally?.objects += before == nil ? 1 : 0
        tally?.bytes &+= object.size &- (before?.size ?? 0)
    }

    /// An object is gone, as an event tells.
    func remove(_ event: Event, _ before: KnownObject) {
        overlay.set(before.key, nil)
        outbox.append(Outgoing(record: event.record(), key: before.key))
        tally?.objects -= 1
        tally?.bytes &-= before.size
    }

    private func progress(_ done: Int64, finished: Bool) {
        guard let report = setup.options.onProgress else { return }
        let now = Monotonic.now()
        guard finished || now - lastProgress >= Self.progressInterval else { return }
        lastProgress = now
        report(
            StoreOptions.Progress(
                storeID: storeID, url: storeURL, done: done, total: tally?.objects, finished: finished,
                isInventory: !inventoryComplete))
    }
}

extension KnownObject {
    init(_ object: BucketObject) {
        self.init(
            key: object.key, size: object.size, mtimeNanoseconds: object.lastModified.milliseconds * 1_000_000,
            etag: object.etag, storageClass: object.storageClass, lastOffset: -1)
    }
}

extension InventoryEntry {
    init(_ object: BucketObject) {
        self.init(
            key: object.key, sizeBytes: object.size, storageClass: object.storageClass, etag: object.etag,
            lastModified: object.lastModified)
    }
}
