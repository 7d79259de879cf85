import FluxEvents

/// Letting go of what was read ahead.
extension LoopHub {
    /// A reader that has taken nothing for so long (milliseconds) gets what it needs from the log again, when it goes on.
    static let idleReader: Int64 = 1_000
    /// The least time (milliseconds) between two looks over all readers: a look costs more the more there are, and a
    /// single fast one leaves megabytes behind it in each of them.
    var sweepInterval: Int64 { min(20, 1 + Int64(connections.count / 500)) }

    /// Where the hindmost reader stands that is reading on; the end where there is none.
    ///
    /// What lies before it is of no use to anybody. Readers that stand still do not count: else a single one would make
    /// the memory for all pile up.
    func hindmost(clock: Int64) -> Position {
        var hindmost = end
        for connection in connections where !connection.isLive && clock - connection.movedAt < Self.idleReader {
            let position = connection.session.position
            hindmost.events = min(hindmost.events, position.events)
            if let simulated = position.simulated {
                hindmost.simulated = min(hindmost.simulated ?? simulated, simulated)
            }
        }
        return hindmost
    }
}
