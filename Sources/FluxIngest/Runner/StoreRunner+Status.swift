import FluxStores

extension StoreRunner {
    /// Shows how the store is doing.
    func publish() {
        var status = shown.status
        status.state = state
        status.message = message
        status.objects = tally?.objects
        status.bytes = tally?.bytes
        status.progress = compares.first { $0.isWhole }.map {
            StoreStatus.Progress(done: $0.done, total: inventoryComplete ? shown.status.objects : nil)
        }
        status.lastRescan = lastRescan
        status.watches = store.watches
        status.overflows = overflows
        shown.status = status
    }

    private var state: StoreStatus.State {
        if failure != nil { return .failed }
        if paused { return .paused }
        if detector.isAway { return .away }
        if !settledOnce { return compares.isEmpty ? .starting : .indexing }
        return .watching
    }

    private var message: String? {
        var parts: [String] = []
        if let failure { parts.append(failure) }
        if let blocked { parts.append(blocked) }
        if let reason = detector.reason, !paused { parts.append(Self.text(reason, rootError)) }
        if let failure = store.watchFailure {
            parts.append(
                "The system gave no watch (\(failure)); changes are found by comparing every "
                    + "\(Self.text(setup.options.unwatchedRescanInterval)). Raise fs.inotify.max_user_instances.")
        } else if store.unwatchedFolders > 0 {
            parts.append(
                "\(store.unwatchedFolders) folders cannot be watched because the system's limit is reached; they are "
                    + "compared every \(Self.text(setup.options.unwatchedRescanInterval)). Raise "
                    + "fs.inotify.max_user_watches.")
        }
        if store.unreadableFolders > 0 {
            parts.append(
                "\(store.unreadableFolders) folders cannot be read by this user and are left as they were known.")
        }
        if store.mountsLeftOut > 0 {
            parts.append("\(store.mountsLeftOut) folders on other file systems are left out (mounts=1 takes them in).")
        }
        if setup.isNetwork {
            parts.append(
                "The folder is on a network file system, which does not say what other machines change; it is compared "
                    + "every \(Self.text(rescanInterval)).")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    /// How often everything is compared, as things are.
    var rescanInterval: Duration {
        if detector.isAway { return setup.options.awayRescanInterval }
        if let asked = setup.folder.interval { return asked }
        return setup.isNetwork || store.unwatchedFolders > 0
            ? setup.options.unwatchedRescanInterval : setup.options.rescanInterval
    }

    static func text(_ reason: AwayReason, _ detail: String?) -> String {
        let hold = "Nothing is told to be deleted until it is back or a person confirms."
        switch reason {
        case .rootGone: return "The folder is gone. \(hold)"
        case .rootReplaced: return "Another folder is in its place (is a disk not mounted?). \(hold)"
        case .rootUnreadable: return "The folder cannot be read (\(detail ?? "unknown reason")). \(hold)"
        case .tooManyDeletes: return "More objects are missing at once than is believed. \(hold)"
        }
    }

    private static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds >= 3600 && seconds % 3600 == 0
            ? "\(seconds / 3600) h" : seconds >= 60 && seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var inMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
