import FluxEvents
import FluxLog

/// Where a start is in the log, with what the reader must be told.
struct ResolvedStart: Sendable, Hashable {
    var position: Position
    var gap: GapNotice?
}

/// Finds the position that a `StartPoint` means.
struct StartResolver: Sendable {
    let events: any EventLog
    let simulated: (any EventLog)?
    /// How many events one `-N` may examine.
    let maxScanEvents: Int
    let scans: ScanGate
    /// How much one step backward reads.
    private static let stepBytes = 512 << 10

    var epoch: UInt64 { events.bounds().epoch }

    /// The answer where it needs no reading, else nil.
    func immediate(_ start: StartPoint, simulated wanted: Bool) -> ResolvedStart? {
        switch start {
        case .latest: ResolvedStart(position: head(wanted))
        case .earliest: ResolvedStart(position: earliest(wanted))
        case .cursor(let cursor): resume(cursor, wanted)
        case .back, .time: nil
        }
    }

    /// The answer, after reading. Where the task is cancelled the reading ends, and what comes back means nothing.
    func resolve(_ start: StartPoint, filter: Filter, simulated wanted: Bool) async throws(LogError) -> ResolvedStart {
        if let immediate = immediate(start, simulated: wanted) { return immediate }
        switch start {
        case .time(let time):
            var position = Position(events: try await events.offset(at: time), simulated: nil)
            if wanted { position.simulated = try await simulated?.offset(at: time) ?? 0 }
            return ResolvedStart(position: position)
        case .back(let count):
            guard await scans.enter() else { return ResolvedStart(position: head(wanted)) }
            defer { scans.leave() }
            return ResolvedStart(position: try await back(count, filter, wanted))
        case .latest, .earliest, .cursor:
            return ResolvedStart(position: head(wanted))
        }
    }

    func head(_ wanted: Bool) -> Position {
        Position(events: events.bounds().head, simulated: wanted ? simulated?.bounds().head ?? 0 : nil)
    }

    private func earliest(_ wanted: Bool) -> Position {
        Position(events: events.bounds().earliest, simulated: wanted ? simulated?.bounds().earliest ?? 0 : nil)
    }

    /// A cursor continues at its offsets. One of another epoch, or past the head, is of another log: the reader is told
    /// so and begins at the earliest event kept. What retention took is told when it is read.
    private func resume(_ cursor: Cursor, _ wanted: Bool) -> ResolvedStart {
        let bounds = events.bounds()
        let simulatedHead = simulated?.bounds().head ?? 0
        let offset = cursor.offset(.events) ?? 0
        let simulatedOffset = cursor.offset(.simulated)
        guard cursor.epoch == bounds.epoch, offset <= bounds.head, simulatedOffset ?? 0 <= simulatedHead else {
            let position = earliest(wanted)
            return ResolvedStart(
                position: position,
                gap: GapNotice(
                    from: cursor.text, to: position.cursorText(epoch: bounds.epoch), count: nil,
                    reason: GapNotice.reset))
        }
        // A cursor without simulated events gives no claim to the old ones.
        return ResolvedStart(
            position: Position(events: offset, simulated: wanted ? simulatedOffset ?? simulatedHead : nil))
    }

    // MARK: So many back

    private struct Match {
        var recordedAt: Timestamp
        var offset: Int64
        var isSimulated: Bool
    }

    private func back(_ count: Int, _ filter: Filter, _ wanted: Bool) async throws(LogError) -> Position {
        var position = head(wanted)
        var matches = try await newest(count, in: events, before: position.events, isSimulated: false, filter)
        if let simulated, let head = position.simulated {
            matches += try await newest(count, in: simulated, before: head, isSimulated: true, filter)
            matches.sort { ($0.recordedAt, $0.offset) > ($1.recordedAt, $1.offset) }
        }
        for match in matches.prefix(count) {
            if match.isSimulated {
                position.simulated = min(position.simulated ?? match.offset, match.offset)
            } else {
                position.events = min(position.events, match.offset)
            }
        }
        return position
    }

    /// The newest matching events of a topic, newest first; fewer where the log or the scan limit ends before.
    private func newest(
        _ count: Int, in log: any EventLog, before head: Int64, isSimulated: Bool, _ filter: Filter
    ) async throws(LogError) -> [Match] {
        var found: [Match] = []
        var examined = 0
        var before = head
        while found.count < count, examined < maxScanEvents, !Task.isCancelled {
            let chunk = try await log.readBackward(before: before, maxBytes: Self.stepBytes)
            if chunk.records.isEmpty, chunk.gap == nil { break }
            for record in chunk.records.reversed() where found.count < count && record.offset < before {
                examined += 1
                guard case .passes = LiveEvent(record, isSimulated: isSimulated).ask(filter) else { continue }
                found.append(Match(recordedAt: record.recordedAt, offset: record.offset, isSimulated: isSimulated))
            }
            let next = chunk.records.isEmpty ? chunk.gap?.from ?? 0 : chunk.next
            guard next < before else { break }
            before = next
        }
        return found
    }
}
