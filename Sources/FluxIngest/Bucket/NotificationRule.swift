import FluxEvents
import FluxStores

/// What a notification means, given what is known and what is there now. Pure.
///
/// Notifications come at least once and in any order; a HEAD is newer than any of them. So an old one is recognised by what
/// is known being what is there, also after a restart that has forgotten the sequencers.
enum NotificationRule {
    enum Verdict: Sendable, Hashable {
        /// Told already, or of no interest.
        case nothing
        case upload(BucketObject)
        case storageClass(BucketObject)
        case restore(BucketObject, String)
        case delete(marker: Bool)
    }

    /// - Parameters:
    ///   - before: what is known; nil: there is no such object.
    ///   - now: what is there; nil: nothing.
    ///   - isOld: its sequencer is not above that of what was told last of the key.
    static func verdict(
        _ told: BucketNotification, before: KnownObject?, now: BucketObject?, isOld: Bool
    ) -> Verdict {
        if isOld { return .nothing }
        switch told.what {
        case .created: return created(told, before, now)
        case .deleted, .deleteMarker:
            guard let before else { return .nothing }
            // What has no order of its own, and is older than what is known, was told already.
            if told.sequencer == nil, let written = before.mtimeNanoseconds,
                written / 1_000_000 > told.time.milliseconds + slack
            {
                return .nothing
            }
            // It was put again, and that is told already; or an older version was removed.
            if let now, before.isSame(as: now) { return .nothing }
            // The newest version was removed for good, and the one before it is what there is: nobody tells of that.
            if let now, told.what == .deleted, told.versionID != nil { return .upload(now) }
            return .delete(marker: told.what == .deleteMarker)
        case .storageClass:
            guard let before, let now, before.hasSameContent(as: now), !before.isSame(as: now) else { return .nothing }
            return .storageClass(now)
        case .restoreBegun: return restore("begun", before, now)
        case .restored: return restore("completed", before, now)
        case .restoreExpired: return restore("expired", before, now)
        case .other: return .nothing
        }
    }

    /// How much later than its request an object may say it was written (milliseconds): both are told to the second.
    private static let slack: Int64 = 2_000

    private static func created(
        _ told: BucketNotification, _ before: KnownObject?, _ now: BucketObject?
    ) -> Verdict {
        if let now, let before, before.isSame(as: now) { return .nothing }
        // A way that does not say what was written means what is there, unless that was written later.
        let isLater =
            told.etag == nil && (now.map { $0.lastModified.milliseconds > told.time.milliseconds + slack } ?? false)
        if let now, !isLater, told.etag == nil || now.etag == told.etag, told.size == nil || now.size == told.size {
            guard let before, before.hasSameContent(as: now) else { return .upload(now) }
            return .storageClass(now)
        }
        // It was written again since, or deleted: what it was then is what the message says of it.
        guard let size = told.size, let etag = told.etag else { return .nothing }
        if let before, before.size == size, before.etag == etag { return .nothing }
        return .upload(BucketObject(key: told.key, size: size, lastModified: told.time, etag: etag))
    }

    private static func restore(_ status: String, _ before: KnownObject?, _ now: BucketObject?) -> Verdict {
        guard let before, let now, before.hasSameContent(as: now) else { return .nothing }
        return .restore(now, status)
    }
}

/// The newest sequencer of each key of which something was told, for as many keys as there is room. Pure.
struct SequencerBook: Sendable {
    static let maximum = 100_000
    private var newest: [[UInt8]: Sequencer] = [:]
    /// The keys in the order in which they came; those before `first` are gone.
    private var order: [[UInt8]] = []
    private var first = 0

    /// Whether it is not above the newest of its key.
    func isOld(_ told: BucketNotification) -> Bool {
        guard let sequencer = told.sequencer, let newest = newest[told.key] else { return false }
        return sequencer <= newest
    }

    mutating func note(_ told: BucketNotification) {
        // An old message is seen as well, and makes no other one new.
        guard let sequencer = told.sequencer, !isOld(told) else { return }
        guard newest.updateValue(sequencer, forKey: told.key) == nil else { return }
        order.append(told.key)
        guard newest.count > Self.maximum else { return }
        newest[order[first]] = nil
        first += 1
        if first * 2 >= order.count {
            order.removeFirst(first)
            first = 0
        }
    }
}
