/// What a burst adds up to.
public protocol BurstContent: Sendable, Hashable {
    init()
    /// Takes what came later into what came before.
    mutating func merge(_ later: Self)
}

/// How bursts are merged. All in milliseconds.
public struct BurstLimits: Sendable, Hashable {
    /// A burst is over when nothing came for so long.
    public var quiet: Int64 = 500
    /// The rest of a burst is told after so long even while it goes on.
    public var maximumDelay: Int64 = 2000
    /// A file that is written and not closed is told so often.
    public var unclosed: Int64 = 10_000
    /// So many objects may be in a burst at once; more, and the folder is compared as a whole instead.
    public var maximumObjects = 200_000

    public init() {}
}

/// Merges bursts: the first thing that happens to an object is told at once, what follows within the window is merged
/// and told once it is over. Pure: time comes in as milliseconds of any clock that does not run backwards.
public struct BurstMerger<Content: BurstContent>: Sendable {
    /// How far an object's change has come.
    public enum Stage: Sendable, Hashable {
        /// Whole: closed after writing, renamed, deleted, read and closed.
        case settled
        /// Small and without an end of its own (times or rights changed): told when it is quiet.
        case soon
        /// Begun, and its end is to come.
        case open
    }

    private struct Entry {
        /// Until when what comes belongs to the burst that was told already.
        var windowEnd: Int64?
        /// What is not told yet.
        var content: Content?
        /// Whether some of `content` was whole.
        var settled = false
        var firstAt: Int64 = 0
        /// When `content` is told.
        var due: Int64 = 0
        /// The slot of `slots` that will look at this object next.
        var slot: Int64 = 0
    }

    /// Deadlines are kept in slots of so many milliseconds.
    private static var slotLength: Int64 { 20 }

    private let limits: BurstLimits
    private var entries: [[UInt8]: Entry] = [:]
    private var slots: [Int64: [[UInt8]]] = [:]
    /// The keys of `entries`, once a folder was renamed in this burst; kept until nothing is under way.
    private var ordered: SortedKeys?

    public init(limits: BurstLimits = BurstLimits()) {
        self.limits = limits
    }

    /// Objects in a burst.
    public var count: Int { entries.count }
    public var isFull: Bool { entries.count > limits.maximumObjects }

    /// Takes in what happened. Where it is to be told at once, gives all that is to be told of the object.
    public mutating func happened(_ key: [UInt8], _ content: Content, _ stage: Stage, now: Int64) -> Content? {
        var entry = entries[key] ?? Entry()
        defer {
            if entries.updateValue(entry, forKey: key) == nil { ordered?.insert(key) }
        }
        let inWindow = entry.windowEnd.map { now < $0 } ?? false
        if stage == .settled, !inWindow {
            let told = Self.merged(entry.content, content)
            entry.content = nil
            entry.settled = false
            entry.windowEnd = now + limits.quiet
            schedule(key, &entry, at: now + limits.quiet)
            return told
        }
        let isFirst = entry.content == nil
        if isFirst { entry.firstAt = now }
        entry.content = Self.merged(entry.content, content)
        switch stage {
        case .settled, .soon:
            entry.settled = true
            entry.due = min(now + limits.quiet, entry.firstAt + limits.maximumDelay)
        case .open where entry.settled:
            entry.due = min(now + limits.quiet, entry.firstAt + limits.maximumDelay)
        case .open:
            entry.due = entry.firstAt + limits.unclosed
        }
        if isFirst || entry.due < entry.slot * Self.slotLength { schedule(key, &entry, at: entry.due) }
        return nil
    }

    /// What is due: to be told now.
    public mutating func due(now: Int64) -> [(key: [UInt8], content: Content)] {
        var told: [(key: [UInt8], content: Content)] = []
        let ripe = slots.keys.filter { $0 * Self.slotLength <= now }.sorted()
        for slot in ripe {
            for key in slots.removeValue(forKey: slot) ?? [] {
                guard var entry = entries[key], entry.slot == slot else { continue }
                if let content = entry.content {
                    if entry.due <= now {
                        told.append((key, content))
                        entry.content = nil
                        entry.settled = false
                        entry.windowEnd = now + limits.quiet
                        schedule(key, &entry, at: now + limits.quiet)
                    } else {
                        schedule(key, &entry, at: entry.due)
                    }
                    entries[key] = entry
                } else if let end = entry.windowEnd, end > now {
                    schedule(key, &entry, at: end)
                    entries[key] = entry
                } else {
                    entries[key] = nil
                    ordered?.remove(key)
                }
            }
        }
        if entries.isEmpty { ordered = nil }
        return told
    }

    /// When to ask `due` next; nil while nothing is under way.
    public var nextDeadline: Int64? {
        slots.keys.min().map { $0 * Self.slotLength }
    }

    /// Forgets what is not told of an object, and gives it.
    public mutating func forget(_ key: [UInt8]) -> Content? {
        guard var entry = entries[key] else { return nil }
        let content = entry.content
        entry.content = nil
        entry.settled = false
        entries[key] = entry
        return content
    }

    /// What is not told of objects below a folder now belongs to another folder.
    public mutating func move(from: [UInt8], to: [UInt8], now: Int64) {
        guard !entries.isEmpty else { return }
        // Looked up in order, so that many renames do not each go through everything.
        var keys = ordered ?? SortedKeys(entries.keys)
        ordered = nil
        for key in keys.keys(under: from) {
            guard var entry = entries.removeValue(forKey: key) else { continue }
            keys.remove(key)
            let moved = to + key.dropFirst(from.count)
            schedule(moved, &entry, at: entry.content == nil ? (entry.windowEnd ?? now) : entry.due)
            entries[moved] = entry
            keys.insert(moved)
        }
        ordered = keys
    }

    /// Forgets everything.
    public mutating func removeAll() {
        entries.removeAll()
        slots.removeAll()
        ordered = nil
    }

    private mutating func schedule(_ key: [UInt8], _ entry: inout Entry, at time: Int64) {
        // Rounded up, so that what lies in a slot is due when the slot is.
        let slot = (time + Self.slotLength - 1) / Self.slotLength
        entry.slot = slot
        slots[slot, default: []].append(key)
    }

    private static func merged(_ before: Content?, _ later: Content) -> Content {
        guard var content = before else { return later }
        content.merge(later)
        return content
    }
}

/// What happened to an object's content or place, in a burst.
public struct ChangeContent: BurstContent {
    /// It came into being under this name.
    public var created = false
    /// It was removed (and may be there again).
    public var deleted = false

    public init() {}

    public init(created: Bool = false, deleted: Bool = false) {
        self.created = created
        self.deleted = deleted
    }

    public mutating func merge(_ later: ChangeContent) {
        created = created || later.created
        deleted = deleted || later.deleted
    }
}

/// How often an object was opened, read and closed, in a burst.
public struct ReadContent: BurstContent {
    public var reads = 1

    public init() {}

    public mutating func merge(_ later: ReadContent) { reads += later.reads }
}
