import FluxEvents
import FluxStores
import Logging

extension StoreRunner {
    /// Looks whether the root is there and is the right one.
    func lookAtRoot() async throws {
        nextRootLook = Monotonic.now() + setup.options.rootInterval.inMilliseconds
        let state = store.lookAtRoot()
        rootError = if case .unreadable(let why) = state { why } else { nil }
        try await act(detector.looked(state))
    }

    /// A comparison could not open the root, whatever looking at it says: it saw nothing, and watches nothing.
    func rootWasUnseen() async throws {
        nextRootLook = Monotonic.now() + setup.options.rootInterval.inMilliseconds
        let why = store.rootFailure ?? "its names could not be read"
        rootError = why
        try await act(detector.looked(.unreadable(why)))
    }

    /// Does what the detector says.
    func act(_ action: AwayDetector.Action) async throws {
        switch action {
        case .none: break
        case .refuse(let why): logger.notice("nothing to confirm", metadata: ["reason": "\(why)"])
        case .away(let reason):
            leave(reason)
            let text = self.text(reason)
            logger.warning("store away", metadata: ["store": "\(setup.record.url)", "reason": "\(text)"])
            var details: Details = ["cause": .string(reason.rawValue)]
            if let whole = compares.whole, reason == .tooManyDeletes {
                details["missing"] = .integer(whole.missingCount)
                details["known"] = .integer(whole.knownCount)
            }
            tell(events.notice(.storeAway, reason: text, details: details, now: .now()))
            try await flush()
        case .stillAway(let reason): leave(reason)
        case .compare: needsStart = true
        case .back(let confirmed): try await tellBack(confirmed: confirmed)
        case .adopt:
            try await tellBack(confirmed: true)
            store.start()
            needsStart = false
            beginCompare([], confirmed: true)
        case .compareConfirmed:
            beginCompare([], confirmed: true)
        case .deleteAll:
            try await forEachKnown(under: []) { object in
                tell(
                    events.delete(object, detection: .rescan(knownOffset: object.lastOffset), now: .now()), object.key,
                    nil, before: object)
                if outbox.count >= Self.appendLimit { try await flush() }
            }
            tally = (0, 0)
        }
        publish()
    }

    private func leave(_ reason: AwayReason) {
        settledOnce = true
        guard reason != .tooManyDeletes else { return }
        store.stop()
        compares.removeAll()
        floating = FloatingRenames()
        floatingFolders = FloatingRenames()
        needsStart = false
    }

    private func tellBack(confirmed: Bool) async throws {
        logger.notice("store back", metadata: ["store": "\(setup.record.url)", "confirmed": "\(confirmed)"])
        var details: Details = ["confirmed": .boolean(confirmed)]
        if let root = detector.root {
            details["root_device"] = .integer(Int64(clamping: root.device ?? 0))
            details["root_inode"] = .integer(Int64(bitPattern: root.inode & UInt64(Int64.max)))
        }
        tell(events.notice(.storeBack, details: details, now: .now()))
        try await flush()
    }
}
