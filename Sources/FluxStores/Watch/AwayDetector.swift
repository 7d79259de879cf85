/// What a store's root looks like now.
public enum RootState: Sendable, Hashable {
    /// A readable folder.
    case folder(FileIdentity)
    case gone
    case unreadable(String)
}

/// Why a store is away.
public enum AwayReason: String, Sendable, Hashable {
    case rootGone = "root_gone"
    case rootReplaced = "root_replaced"
    case rootUnreadable = "root_unreadable"
    case tooManyDeletes = "too_many_deletes"
}

/// Decides when a store is *away*: when its deletes are not to be believed, because its root is gone or another one, or
/// because too much vanished at once. Pure.
public struct AwayDetector: Sendable, Hashable {
    /// What to do about it.
    public enum Action: Sendable, Hashable {
        case none
        /// Tell that the store is away, and hold back its deletes.
        case away(AwayReason)
        /// Away for this reason now, after another one or after it looked right for a while; nothing is told.
        case stillAway(AwayReason)
        /// The root is as it was: watch it anew and compare, holding back deletes.
        case compare
        /// Tell that the store is back; the deletes of the comparison hold.
        case back(confirmed: Bool)
        /// A person says that this is the root now: watch it anew, tell that the store is back, compare, and believe
        /// the deletes.
        case adopt(FileIdentity)
        /// A person says that what is gone is gone: tell deletes for all that is known. It stays away.
        case deleteAll
        /// A person says that what vanished is gone: compare again, and believe the deletes.
        case compareConfirmed
        /// Nothing that a person could confirm.
        case refuse(String)
    }

    /// Part of the known objects that may vanish at once, 0–1.
    public var maximumDeletes: Double
    /// So many may vanish at once however few there are.
    public var minimumDeletes: Int64
    /// Which folder the root is. The device is nil after a restart: numbers of devices change.
    public private(set) var root: (device: UInt64?, inode: UInt64)?
    public private(set) var reason: AwayReason?
    private var seen: RootState = .gone
    /// The root is as it was, and a comparison decides.
    private var trial = false

    public init(
        root: (device: UInt64?, inode: UInt64)?, away: Bool, maximumDeletes: Double = 0.1, minimumDeletes: Int64 = 10
    ) {
        self.root = root
        self.maximumDeletes = maximumDeletes
        self.minimumDeletes = minimumDeletes
        // Why it was away is found out again.
        reason = away ? .tooManyDeletes : nil
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.reason == b.reason && a.trial == b.trial && a.seen == b.seen && a.root?.inode == b.root?.inode
            && a.root?.device == b.root?.device && a.maximumDeletes == b.maximumDeletes
            && a.minimumDeletes == b.minimumDeletes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(reason)
        hasher.combine(seen)
    }

    public var isAway: Bool { reason != nil }
    /// Whether the root is there and is the right one, so that it can be watched and compared.
    public var rootIsRight: Bool {
        if case .folder(let identity) = seen { return isSame(identity) }
        return false
    }

    /// Looked at the root.
    public mutating func looked(_ state: RootState) -> Action {
        seen = state
        switch state {
        case .folder(let identity):
            guard isSame(identity) else { return leave(.rootReplaced) }
            root = (identity.device, identity.inode)
            if reason == nil || trial || reason == .tooManyDeletes { return .none }
            trial = true
            return .compare
        case .gone: return leave(.rootGone)
        case .unreadable: return leave(.rootUnreadable)
        }
    }

    /// A whole comparison ended: so many of the known objects are missing. `confirmed`: a person asked for it, knowing.
    public mutating func compared(missing: Int64, known: Int64, confirmed: Bool) -> Action {
        guard rootIsRight else { return .none }
        if !confirmed, missing > allowance(known: known) {
            trial = false
            defer { reason = .tooManyDeletes }
            if reason == nil { return .away(.tooManyDeletes) }
            return reason == .tooManyDeletes ? .none : .stillAway(.tooManyDeletes)
        }
        trial = false
        guard reason != nil else { return .none }
        reason = nil
        return .back(confirmed: confirmed)
    }

    /// A person confirms that what is seen now is right.
    public mutating func confirm() -> Action {
        guard let reason else { return .refuse("The store is not away; there is nothing to confirm.") }
        switch (reason, seen) {
        case (_, .folder(let identity)) where !isSame(identity):
            root = (identity.device, identity.inode)
            self.reason = nil
            trial = false
            return .adopt(identity)
        case (_, .folder): return .compareConfirmed
        case (_, .gone): return .deleteAll
        case (_, .unreadable(let why)):
            return .refuse(
                "The folder cannot be read (\(why)), so nobody can say what is gone; make it readable first.")
        }
    }

    /// How many of `known` objects may be missing in one comparison.
    public func allowance(known: Int64) -> Int64 {
        max(minimumDeletes, Int64((Double(known) * maximumDeletes).rounded(.down)))
    }

    private func isSame(_ identity: FileIdentity) -> Bool {
        guard let root else { return true }
        // What comes from the log has 63 bits.
        let sameInode = (root.inode ^ identity.inode) & UInt64(Int64.max) == 0
        return sameInode && (root.device == nil || root.device == identity.device)
    }

    private mutating func leave(_ why: AwayReason) -> Action {
        let (before, wasTrial) = (reason, trial)
        reason = why
        trial = false
        if before == nil { return .away(why) }
        // The comparison of a trial saw a root that is not to be believed, so it ends in any case.
        return before == why && !wasTrial ? .none : .stillAway(why)
    }
}
