extension FolderStore {
    /// Takes what happened since the last call, merged and in order.
    public func take(now: Int64) -> [StoreSignal] {
        var collector = SignalCollector()
        if watchIsBack(now: now) { collector.add(.compare([])) }
        for (key, content) in changes.due(now: now) { collector.change(key, content) }
        for (key, content) in reads.due(now: now) { collector.add(.read(key, content.reads)) }
        let intake = reader?.take() ?? InotifyReader.Intake(events: [], overflows: 0, failed: nil)
        for event in intake.events { take(event, &collector, now: now) }
        for prefix in unplaced { collector.add(.compare(prefix)) }
        unplaced = []
        for half in pairing.expired(now: now) { departed(half, &collector, now: now) }
        if intake.overflows > 0 {
            collector.add(.overflow("The kernel's queue of file events overflowed (fs.inotify.max_queued_events)."))
        }
        if let number = intake.failed {
            let isFirst = watchBroke(SystemFailure(call: "read", errno: number), now: now)
            let why = "Reading file events failed: \(SystemFailure.text(number)). Watching is tried again by itself."
            collector.add(isFirst ? .overflow(why) : .compare([]))
        }
        if changes.isFull || reads.isFull || accessed.count > Self.maximumAccessed {
            changes.removeAll()
            reads.removeAll()
            accessed = []
            collector.add(.overflow("More files changed at once than are kept track of."))
        }
        return collector.collected.compactMap(signal)
    }

    private func signal(_ item: SignalCollector.Item) -> StoreSignal? {
        switch item {
        case .change(let key, let content):
            switch calls.state(key) {
            case .file(let status, _): return .changed(key, status, content)
            case .folder, .other: return .gone(key)
            // Without a deletion the file moved on, and the event that says where is still to come.
            case .missing: return content.deleted ? .gone(key) : nil
            case .unknown: return nil
            }
        case .read(let key, let count):
            guard case .file(let status, _) = calls.state(key) else { return .read(key, nil, reads: count) }
            return .read(key, status, reads: count)
        case .renamed(let from, let to): return .renamed(from: from, to: to)
        case .renamedFolder(let from, let to): return .renamedFolder(from: from, to: to)
        case .folderGone(let prefix): return .folderGone(prefix)
        case .compare(let prefix): return .compare(prefix)
        case .overflow(let why): return .overflow(why)
        case .rootSuspect: return .rootSuspect
        }
    }

    private func take(_ event: RawWatchEvent, _ collector: inout SignalCollector, now: Int64) {
        if event.has(WatchMask.ignored) {
            _ = tree.remove(event.watch)
            return
        }
        guard let prefix = tree.prefix(of: event.watch) else { return }
        guard !event.name.isEmpty else {
            if event.watch == tree.root {
                if event.has(WatchMask.selfDeleted | WatchMask.selfMoved | WatchMask.unmounted | WatchMask.attributes) {
                    collector.add(.rootSuspect)
                }
            } else if event.has(WatchMask.unmounted) {
                forget(event.watch)
                // What was mounted there is hidden, not deleted: the whole comparison's rule decides.
                collector.add(.compare([]))
            }
            return
        }
        let key = prefix + event.name
        if event.isFolder {
            folder(event, key: key, &collector, now: now)
        } else {
            file(event, key: key, &collector, now: now)
        }
    }

    // MARK: Files

    private func file(_ event: RawWatchEvent, key: [UInt8], _ collector: inout SignalCollector, now: Int64) {
        let ignored = options.rules.ignores(key, isFolder: false)
        if event.has(WatchMask.movedFrom) {
            let half = DepartedHalf(key: key, isFolder: false, watch: nil, ignored: ignored)
            if let old = pairing.left(cookie: event.cookie, half, now: now) { departed(old, &collector, now: now) }
            return
        }
        if event.has(WatchMask.movedTo) {
            let half = pairing.arrived(cookie: event.cookie)
            if let half, !half.ignored {
                if ignored { return departed(half, &collector, now: now) }
                flushReads(half.key, &collector)
                flushReads(key, &collector)
                _ = changes.forget(half.key)
                _ = changes.forget(key)
                collector.rename(from: half.key, to: key)
            } else if !ignored {
                changed(key, ChangeContent(created: true), .settled, &collector, now: now)
            }
            return
        }
        guard !ignored else { return }
        if event.has(WatchMask.created) {
            // A hard link is whole at once; a new file's end is told when it is closed.
            if case .file(_, let links) = calls.state(key), links > 1 {
                changed(key, ChangeContent(created: true), .settled, &collector, now: now)
            } else {
                changed(key, ChangeContent(created: true), .open, &collector, now: now)
            }
        }
        if event.has(WatchMask.written) { changed(key, ChangeContent(), .open, &collector, now: now) }
        if event.has(WatchMask.attributes) { changed(key, ChangeContent(), .soon, &collector, now: now) }
        if event.has(WatchMask.deleted) {
            flushReads(key, &collector)
            accessed.remove(key)
            changed(key, ChangeContent(deleted: true), .settled, &collector, now: now)
        }
        if event.has(WatchMask.read) { accessed.insert(key) }
        if event.has(WatchMask.closedAfterWriting) { changed(key, ChangeContent(), .settled, &collector, now: now) }
        if event.has(WatchMask.closed | WatchMask.closedAfterWriting), accessed.remove(key) != nil,
            let told = reads.happened(key, ReadContent(), .settled, now: now)
        {
            collector.add(.read(key, told.reads))
        }
    }

    private func changed(
        _ key: [UInt8], _ content: ChangeContent, _ stage: BurstMerger<ChangeContent>.Stage,
        _ collector: inout SignalCollector, now: Int64
    ) {
        if let told = changes.happened(key, content, stage, now: now) { collector.change(key, told) }
    }

    /// Reads that wait are told before the object goes.
    private func flushReads(_ key: [UInt8], _ collector: inout SignalCollector) {
        if let content = reads.forget(key) { collector.add(.read(key, content.reads)) }
    }

    // MARK: Folders

    private func folder(_ event: RawWatchEvent, key: [UInt8], _ collector: inout SignalCollector, now: Int64) {
        let prefix = key + [GlobPattern.slash]
        let ignored = options.rules.ignores(key, isFolder: true)
        let watch = tree.child(of: event.watch, named: event.name)
        if event.has(WatchMask.movedFrom) {
            let half = DepartedHalf(key: prefix, isFolder: true, watch: watch, ignored: ignored)
            if let old = pairing.left(cookie: event.cookie, half, now: now) { departed(old, &collector, now: now) }
        } else if event.has(WatchMask.movedTo) {
            let half = pairing.arrived(cookie: event.cookie)
            if let half, !half.ignored {
                if ignored { return departed(half, &collector, now: now) }
                moved(half, to: prefix, parent: event.watch, name: event.name, occupied: watch)
                changes.move(from: half.key, to: prefix, now: now)
                collector.renameFolder(from: half.key, to: prefix)
            } else if !ignored {
                _ = watchNow(prefix)
                collector.add(.compare(prefix))
            }
        } else if ignored {
            return
        } else if event.has(WatchMask.created) {
            // A walk may have met it already; then it is watched, and was read after that.
            if watchNow(prefix) { collector.add(.compare(prefix)) }
        } else if event.has(WatchMask.deleted) {
            if let watch { forget(watch) }
            unwatched.remove(prefix)
            unreadable.remove(prefix)
            collector.add(.folderGone(prefix))
        } else if event.has(WatchMask.attributes), watch == nil || unreadable.contains(prefix) {
            collector.add(.compare(prefix))
        }
    }

    private func moved(_ half: DepartedHalf, to prefix: [UInt8], parent: Int32, name: [UInt8], occupied: Int32?) {
        guard let watch = half.watch, tree.contains(watch) else { return }
        guard occupied == nil || occupied == watch else {
            // Two folders changed places (or one replaced the other): both get new watches when they are walked.
            forget(watch)
            if let occupied { forget(occupied) }
            return
        }
        if !tree.place(watch, parent: parent, name: name) { forget(watch) }
    }

    /// A first half whose second did not come: it left what is watched.
    private func departed(_ half: DepartedHalf, _ collector: inout SignalCollector, now: Int64) {
        guard !half.ignored else { return }
        if half.isFolder {
            if case .folder = calls.state(half.key.dropLast()) {
                // It came back, from where nobody watched, or another one took its place.
                _ = watchNow(half.key)
                collector.add(.compare(half.key))
            } else if let watch = half.watch, tree.prefix(of: watch) == half.key {
                // A walk may have met it in its new place meanwhile: then its watch is right there.
                forget(watch)
            }
            collector.add(.folderGone(half.key))
        } else {
            flushReads(half.key, &collector)
            changed(half.key, ChangeContent(deleted: true), .settled, &collector, now: now)
        }
    }

    /// Ends the watch of a folder and of all below it.
    func forget(_ watch: Int32) {
        for watch in tree.remove(watch) { reader?.unwatch(watch) }
    }
}
