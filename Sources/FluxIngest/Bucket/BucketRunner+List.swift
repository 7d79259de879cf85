import FluxEvents
import FluxStores
import Logging

extension BucketRunner {
    /// One pass over the bucket. A listing that does not end normally deletes nothing.
    func list(confirmed: Bool) async throws {
        try await flush()
        var pass = BucketPass(confirmed: confirmed)
        var token: String?
        repeat {
            let page = try await client.list(prefix: setup.prefix, token: token)
            try page.check(after: pass.position, in: client.bucket)
            token = page.next
            let through = token == nil ? nil : page.objects.last?.key ?? pass.position
            try await stretch(page.objects, through: through, &pass)
            pass.position = through
            self.pass = pass
            publish()
            progress(pass, finished: false)
            if stopping || Task.isCancelled { throw CancellationError() }
        } while token != nil
        try await end(pass)
    }

    private func stretch(_ found: [BucketObject], through: [UInt8]?, _ pass: inout BucketPass) async throws {
        let objects = try await knownObjects(
            under: setup.prefix, after: pass.position, through: through, hint: found.count)
        let diff = BucketDiff(known: objects, found: found)
        pass.done += Int64(found.count)
        pass.bytes += found.reduce(0) { $0 + $1.size }
        pass.knownCount += Int64(objects.count)
        pass.missingCount += Int64(diff.missing.count)
        pass.missing += diff.missing.prefix(max(0, BucketPass.maximumMissing - pass.missing.count))
        let now = Timestamp.now()
        for change in diff.changed {
            tell(events.upload(change.object, before: change.before, now: now), change.object)
        }
        for change in diff.moved {
            tell(events.storageClass(change.object, before: change.before, now: now), change.object)
        }
        if inventoryComplete {
            for object in diff.new { tell(events.upload(object, before: nil, now: now), object) }
        } else {
            for object in diff.new { overlay.set(object.key, KnownObject(object)) }
            tellInventory(diff.new.map { InventoryEntry($0) }, final: false)
        }
        try await flush()
    }

    private func end(_ pass: BucketPass) async throws {
        let allowance = max(
            setup.options.minimumRescanDeletes,
            Int64((Double(pass.knownCount) * setup.options.maximumRescanDeletes).rounded(.down)))
        if pass.missingCount > allowance, !pass.confirmed {
            try await leave(
                .tooManyDeletes,
                details: ["missing": .integer(pass.missingCount), "known": .integer(pass.knownCount)])
            tally = StoreTotals(objects: pass.done + pass.missingCount, bytes: pass.bytes)
        } else {
            try await back(confirmed: pass.confirmed)
            let now = Timestamp.now()
            for object in pass.missing {
                overlay.set(object.key, nil)
                outbox.append(Outgoing(record: events.delete(object, now: now).record(), key: object.key))
                try await makeRoom(1)
            }
            tally = StoreTotals(objects: pass.done, bytes: pass.bytes)
        }
        if !inventoryComplete {
            tellInventory([], final: true)
            try await flush()
            inventoryComplete = true
        }
        try await flush()
        lastRescan = .now()
        progress(pass, finished: true)
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
        logger.notice("store back", metadata: ["store": "\(storeURL)", "confirmed": "\(confirmed)"])
        tell(events.notice(.storeBack, details: ["confirmed": .boolean(confirmed)], now: .now()))
        try await flush()
    }

    // MARK: Telling

    private func tell(_ event: Event, _ object: BucketObject) {
        overlay.set(object.key, KnownObject(object))
        outbox.append(Outgoing(record: event.record(), key: object.key))
    }

    private func progress(_ pass: BucketPass, finished: Bool) {
        setup.options.onProgress?(
            StoreOptions.Progress(
                storeID: storeID, url: storeURL, done: pass.done, total: tally?.objects, finished: finished,
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
