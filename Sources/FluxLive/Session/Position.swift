import FluxEvents

/// Where a reader stands: the offset of the next event to give, in each topic that it reads.
struct Position: Sendable, Hashable {
    var events: Int64
    /// Nil for a reader that does not want simulated events.
    var simulated: Int64?

    /// How this position relates to another of the same topics.
    enum Relation { case same, before, beyond }

    /// `.before` where something lies between here and `end` in any topic; else `.beyond` where any topic is past it.
    func relation(to end: Position) -> Relation {
        let simulatedHere = simulated ?? 0
        let simulatedThere = simulated == nil ? 0 : end.simulated ?? 0
        if events < end.events || simulatedHere < simulatedThere { return .before }
        return events == end.events && simulatedHere == simulatedThere ? .same : .beyond
    }

    /// Events between here and `end`, matching or not.
    func distance(to end: Position) -> Int64 {
        max(0, end.events - events) + (simulated.map { max(0, (end.simulated ?? $0) - $0) } ?? 0)
    }

    /// The same position as seen by a reader that does or does not want simulated events.
    func narrowed(simulated wanted: Bool) -> Position {
        Position(events: events, simulated: wanted ? simulated ?? 0 : nil)
    }

    func cursorText(epoch: UInt64) -> String {
        var positions = [Cursor.Position(topic: .events, partition: 0, offset: events)]
        if let simulated { positions.append(.init(topic: .simulated, partition: 0, offset: simulated)) }
        return Cursor(epoch: epoch, positions: positions).text
    }
}
