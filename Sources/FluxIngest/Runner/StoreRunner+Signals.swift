import FluxEvents
import FluxStores
import Logging

extension StoreRunner {
    /// Takes what happened and tells it.
    func take() async throws {
        let signals = store.take(now: Monotonic.now())
        guard !signals.isEmpty else { return }
        // Nothing is believed of a folder that is not the right one (any more).
        try await lookAtRoot()
        try await inStretches(signals, keys: \.keys) { signal in
            guard detector.rootIsRight else { return }
            try await handle(signal)
            if outbox.count >= Self.appendLimit { try await flush() }
        }
        try await flush()
    }

    private func handle(_ signal: StoreSignal) async throws {
        switch signal {
        case .changed(let key, let status, let content):
            try await changed(key, status, created: content.created, detection: .live)
            if let origin = floating.take(key) { try await settle(origin) }
        case .gone(let key):
            if let origin = floating.take(key) { try await settle(origin) }
            try await gone(key)
        case .read(let key, let status, let reads):
            try await read(key, status, reads: reads)
        case .renamed(let from, let to):
            let origin = floating.take(from)
            try await renamed(from: origin ?? from, to: to)
            if let origin {
                try await settle(origin)
                try await settle(from)
            }
        case .renamedFolder(let from, let to):
            let origin = floatingFolders.take(from)
            try await renamedFolder(from: origin ?? from, to: to)
            if let origin {
                beginCompare(origin)
                beginCompare(from)
            }
            try await floatBelow(from, movedTo: to)
        case .folderGone(let prefix):
            if let origin = floatingFolders.take(prefix) { try await folderGone(origin) }
            try await folderGone(prefix)
            try await floatBelow(prefix, movedTo: nil)
        case .compare(let prefix):
            beginCompare(prefix)
        case .overflow(let why):
            overflows += 1
            logger.notice("watch overflow", metadata: ["store": "\(setup.record.url)", "reason": "\(why)"])
            tell(events.notice(.watchOverflow, reason: why, details: ["lost": .string("unknown")], now: .now()))
            beginCompare([])
        case .rootSuspect:
            nextRootLook = 0
        }
    }

    /// A file is there: tells it if it is not known so.
    func changed(
        _ key: [UInt8], _ status: FileStatus, created: Bool, detection: FolderEvents.Detection
    ) async throws {
        let before = try await lookup(key)
        if let before, before.isSame(as: status) { return }
        // What lay there before the inventory came to it is not created.
        let isNew = before == nil && (created || inventoryComplete)
        tell(
            events.upload(key, status, created: isNew, detection: detection, now: .now()), key, status, before: before)
    }

    private func gone(_ key: [UInt8]) async throws {
        guard let before = try await lookup(key) else { return }
        guard !detector.isAway else {
            heldDeletes = true
            return
        }
        tell(events.delete(before, detection: .live, now: .now()), key, nil, before: before)
    }

    private func read(_ key: [UInt8], _ status: FileStatus?, reads: Int) async throws {
        var before = try await lookup(key)
        if before == nil, let status {
            // The object is told before its first read.
            if inventoryComplete {
                try await changed(key, status, created: true, detection: .live)
            } else {
                tellInventory([FoundObject(key: key, status: status)], final: false)
            }
            before = try await lookup(key)
        }
        guard let before else { return }
        tell(events.download(key, size: status?.size ?? before.size, reads: reads, now: .now()))
    }

    // MARK: Renames

    /// A key whose object was under way elsewhere: tells how it is now.
    private func settle(_ key: [UInt8]) async throws {
        guard !floating.isOrigin(key) else { return }
        switch store.presence(key) {
        case .file(let status): try await changed(key, status, created: true, detection: .live)
        case .nothing: try await gone(key)
        case .unknown: break
        }
    }

    /// Renames whose target never showed up: after a second their origins are told as they are.
    func settleFloating() async throws {
        guard !floating.isEmpty || !floatingFolders.isEmpty, Monotonic.now() - floatingSince > Self.floatingTime else {
            return
        }
        let origins = floating.takeAll()
        for prefix in floatingFolders.takeAll() { beginCompare(prefix) }
        for key in origins { try await settle(key) }
        try await flush()
    }

    /// How long the target of a rename is waited for (milliseconds).
    private static var floatingTime: Int64 { 1000 }

    /// A folder moved (or left) while renames into it were under way: they arrived below its new name, or left with it.
    private func floatBelow(_ prefix: [UInt8], movedTo: [UInt8]?) async throws {
        for key in floating.targets(below: prefix) {
            guard let origin = floating.take(key) else { continue }
            if let movedTo { try await renamed(from: origin, to: movedTo + key.dropFirst(prefix.count)) }
            try await settle(origin)
        }
        for key in floatingFolders.targets(below: prefix) where key != prefix {
            guard let origin = floatingFolders.take(key) else { continue }
            if let movedTo { try await renamedFolder(from: origin, to: movedTo + key.dropFirst(prefix.count)) }
            try await folderGone(origin)
        }
    }

    private func renamed(from: [UInt8], to: [UInt8]) async throws {
        guard from != to else { return try await settle(to) }
        let before = try await lookup(from)
        guard store.takes(to), case .file(let status) = store.presence(to) else {
            // It moved on before it was seen: what comes next says where.
            if before != nil, let other = floating.add(from, at: to) { try await settle(other) }
            floatingSince = Monotonic.now()
            return
        }
        guard let before else { return try await changed(to, status, created: true, detection: .live) }
        try await tellRename(
            before, to: to, status, correlation: Self.correlation(), detection: .live)
        if let other = floating.take(to) { try await settle(other) }
    }

    /// Tells the two events of a rename, together.
    func tellRename(
        _ before: KnownObject, to: [UInt8], _ status: FileStatus, correlation: String,
        detection: FolderEvents.Detection
    ) async throws {
        let replaced = try await lookup(to)
        try await makeRoom(2)
        let pair = events.rename(
            before, to: to, status, replaces: replaced != nil, correlation: correlation, detection: detection,
            now: .now())
        tell(pair[0], before.key, nil, before: before)
        tell(pair[1], to, status, before: replaced)
        // Another file may have taken the old name meanwhile, and may have been told already.
        if case .file(let status) = store.presence(before.key), store.takes(before.key) {
            try await changed(before.key, status, created: true, detection: .live)
        }
    }

    private func renamedFolder(from: [UInt8], to: [UInt8]) async throws {
        guard from != to else { return beginCompare(to) }
        if store.presenceOfFolder(to) != true {
            if let other = floatingFolders.add(from, at: to) { beginCompare(other) }
            floatingSince = Monotonic.now()
            return
        }
        let correlation = Self.correlation()
        func target(_ object: KnownObject) -> [UInt8] { to + object.key.dropFirst(from.count) }
        func targets(_ object: KnownObject) -> [[UInt8]] { [target(object)] }
        try await forEachKnown(under: from, keys: targets) { object in
            let key = target(object)
            if store.takes(key), case .file(let status) = store.presence(key) {
                try await tellRename(object, to: key, status, correlation: correlation, detection: .live)
            } else if store.presence(object.key) == .nothing {
                try await gone(object.key)
            }
        }
    }

    private func folderGone(_ prefix: [UInt8]) async throws {
        try await forEachKnown(under: prefix) { object in
            if store.presence(object.key) == .nothing { try await gone(object.key) }
        }
    }

    /// Goes through what is known below a prefix, a page at a time; `body` may tell things.
    /// - Parameter keys: further keys that `body` looks up for an object.
    func forEachKnown(
        under prefix: [UInt8], keys: (KnownObject) -> [[UInt8]] = { _ in [] },
        _ body: (KnownObject) async throws -> Void
    ) async throws {
        var last: [UInt8]?
        let page = setup.options.batch
        while true {
            // Pages of the catalogue, cut where they end, with what is told laid over each stretch.
            let base = try await known.known(store: setup.record.id, under: prefix, after: last, limit: page)
            let through = base.count == page ? base.last?.key : nil
            let objects = KnownOverlay.merge(base, overlay.range(under: prefix, after: last, through: through))
            try await inStretches(objects, keys: { keys($0) + [$0.key] }, body)
            try await flush()
            guard let through else { return }
            last = through
        }
    }

    static func correlation() -> String {
        "ren_" + Identifier.ulid(at: .now()).dropFirst("evt_".count)
    }

    /// Tells files that were there when the store was first watched.
    func tellInventory(_ found: [FoundObject], final: Bool) {
        found.forEach(announce)
        tellInventory(found.map { InventoryEntry($0) }, final: final)
    }
}

extension InventoryEntry {
    fileprivate init(_ found: FoundObject) {
        self.init(
            key: found.key, sizeBytes: found.status.size, lastModified: FolderEvents.modified(found.status),
            mtimeNanoseconds: found.status.mtimeNanoseconds,
            // As events have it, so that what is known compares the same.
            inode: UInt64(Int64(clamping: found.status.inode)))
    }
}
