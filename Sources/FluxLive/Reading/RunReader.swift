import FluxEvents

/// Goes through one run of a topic from an offset on, no further than what the event loop has.
struct RunReader {
    private let run: ReadAhead.Run
    private var index: Int
    private let end: Int64
    /// Whether the log goes on behind the run before `end`: then the other topic must wait for the next run.
    private let goesOn: Bool

    init(_ run: ReadAhead.Run, from offset: Int64, end: Int64) {
        self.run = run
        self.end = end
        goesOn = run.next < end
        var low = 0
        var high = run.entries.count
        while low < high {
            let middle = (low + high) / 2
            if run.entries[middle].offsets.upperBound > offset { high = middle } else { low = middle + 1 }
        }
        index = low
    }

    private var current: LiveEntry? {
        guard index < run.entries.count, run.entries[index].offsets.lowerBound < end else { return nil }
        return run.entries[index]
    }

    private mutating func take() -> LiveEntry? {
        defer { index += 1 }
        return current
    }

    /// The older of what two topics have next; gaps first. Nil where one ended and the log goes on behind it.
    static func next(_ a: inout RunReader?, _ b: inout RunReader?) -> LiveEntry? {
        let first = a?.current
        let second = b?.current
        if first == nil, a?.goesOn ?? false { return nil }
        if second == nil, b?.goesOn ?? false { return nil }
        guard let first else { return b?.take() }
        guard let second else { return a?.take() }
        return time(first) <= time(second) ? a?.take() : b?.take()
    }

    private static func time(_ entry: LiveEntry) -> Timestamp {
        switch entry {
        case .event(let event): event.record.recordedAt
        case .gap: Timestamp(milliseconds: .min)
        }
    }
}
