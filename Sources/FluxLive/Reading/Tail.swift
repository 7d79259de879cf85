/// The newest entries in memory, bounded by bytes: what readers that fell behind a little are served from. Each entry
/// has a number that only rises.
struct Tail {
    private struct Slot {
        var entry: LiveEntry
        /// The end of the log behind this entry, in the order in which this event loop took them.
        var after: Position
    }

    private var slots: [Slot] = []
    private var dead = 0
    /// What lies before the first entry that is kept.
    private(set) var base: Position
    /// Behind the last entry. Both topics, always.
    private(set) var end: Position
    private(set) var bytes = 0

    /// Both positions must have a simulated part.
    init(at position: Position) {
        base = position
        end = position
    }

    var count: Int { slots.count - dead }

    mutating func append(_ entry: LiveEntry) {
        let upper = entry.offsets.upperBound
        if entry.isSimulated { end.simulated = upper } else { end.events = upper }
        slots.append(Slot(entry: entry, after: end))
        bytes += entry.bytes
    }

    /// Drops the oldest until at most `limit` bytes are held, but none of the newest `keep`.
    mutating func trim(to limit: Int, keeping keep: Int = 0) {
        while bytes > limit, count > keep {
            bytes -= slots[dead].entry.bytes
            base = slots[dead].after
            dead += 1
        }
        if count == 0 {
            slots.removeAll(keepingCapacity: slots.count < 16_384)
            dead = 0
        } else if dead * 2 > slots.count {
            slots.removeFirst(dead)
            dead = 0
        }
    }

    /// The log goes on at `position` without what lies between being here: what is here cannot be joined to it.
    mutating func jump(to position: Position) {
        self = Tail(at: position)
    }

    /// Whether all that lies between `position` and the end is here.
    func covers(_ position: Position) -> Bool {
        position.events >= base.events && (position.simulated.map { $0 >= base.simulated ?? 0 } ?? true)
    }

    /// The index, for `entries(from:)`, of the first entry that a reader at `position` may not have had.
    func index(of position: Position) -> Int {
        let events = firstIndex { $0.events > position.events }
        guard let simulated = position.simulated else { return events }
        return min(events, firstIndex { ($0.simulated ?? 0) > simulated })
    }

    /// Entries from an index that `index(of:)` gave, as long as nothing was appended or trimmed.
    func entries(from index: Int) -> some Sequence<LiveEntry> {
        slots[(dead + index)...].lazy.map(\.entry)
    }

    private func firstIndex(where isBehind: (Position) -> Bool) -> Int {
        var low = dead
        var high = slots.count
        while low < high {
            let middle = (low + high) / 2
            if isBehind(slots[middle].after) { high = middle } else { low = middle + 1 }
        }
        return low - dead
    }
}
