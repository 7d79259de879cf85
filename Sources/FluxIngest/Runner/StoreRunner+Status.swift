import FluxStores
import Logging

extension StoreRunner {
    /// Shows how the store is doing.
    func publish() {
        var status = shown.status
        status.state = state
        status.message = message
        status.objects = tally?.objects
        status.bytes = tally?.bytes
        status.progress = compares.whole.map {
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
        if let reason = detector.reason, !paused { parts.append(text(reason)) }
        if let unwatched { parts.append(unwatched) }
        if store.unreadableFolders > 0 { parts.append(FolderWords.unreadable(store.unreadableFolders)) }
        if store.mountsLeftOut > 0 { parts.append(FolderWords.mounts(store.mountsLeftOut)) }
        if setup.isNetwork {
            parts.append(
                "The folder is on a network file system, which does not say what other machines change; it is compared "
                    + "every \(Self.text(rescanInterval)).")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    /// What cannot be watched, and what to do about it; nil where everything is.
    var unwatched: String? {
        guard store.unwatchedFolders > 0 else { return nil }
        let interval = Self.text(rescanInterval)
        if let failure = store.watchFailure {
            let advice = failure.isLimitOfInstances ? " Raise fs.inotify.max_user_instances (sysctl)." : ""
            return "The folder cannot be watched (\(failure)); changes are found by comparing every \(interval), and "
                + "watching is tried again by itself.\(advice)"
        }
        return FolderWords.unwatched(store.unwatchedFolders, interval: interval)
    }

    /// Says once in the log what cannot be watched, and once that everything is.
    func logUnwatched() {
        let text = unwatched
        guard (text == nil) == loggedUnwatched else { return }
        loggedUnwatched = text != nil
        if let text {
            logger.warning("store not wholly watched", metadata: ["store": "\(setup.record.url)", "reason": "\(text)"])
        } else {
            logger.notice("store wholly watched", metadata: ["store": "\(setup.record.url)"])
        }
    }

    /// How often everything is compared, as things are.
    var rescanInterval: Duration {
        if detector.isAway { return setup.options.awayRescanInterval }
        if let asked = setup.folder.interval { return asked }
        return setup.isNetwork || store.unwatchedFolders > 0
            ? setup.options.unwatchedRescanInterval : setup.options.rescanInterval
    }

    /// Why the store is away, and that its deletes are held back, as long as there is an object whose delete could be.
    func text(_ reason: AwayReason) -> String {
        let hold = tally?.objects == 0 ? "" : " Nothing is told to be deleted until it is back or a person confirms."
        switch reason {
        case .rootGone: return "The folder is gone.\(hold)"
        case .rootReplaced: return "Another folder is in its place (is a disk not mounted?).\(hold)"
        case .rootUnreadable: return "The folder cannot be read (\(rootError ?? "unknown reason")).\(hold)"
        case .tooManyDeletes: return "More objects are missing at once than is believed.\(hold)"
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
