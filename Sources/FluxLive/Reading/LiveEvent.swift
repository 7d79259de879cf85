import FluxEvents
import FluxLog
import NIOCore
import Synchronization

/// One event of the log as the event loops share it: decoded, written as JSON and looked at for filters once, by
/// whoever needs it first.
final class LiveEvent: Sendable {
    struct Decoded: Sendable {
        var event: StoredEvent
        var json: ByteBuffer
    }

    private enum State {
        case raw
        /// A view belongs to one thread at a time: it never leaves the lock. There is none before a filter asks.
        case decoded(Decoded, FilterView?)
        /// The record is no event: it was written by something else.
        case foreign
    }

    let record: StoredRecord
    let isSimulated: Bool
    /// About what it holds in memory, once it was decoded.
    let bytes: Int
    private let state = Mutex(State.raw)

    init(_ record: StoredRecord, isSimulated: Bool) {
        self.record = record
        self.isSimulated = isSimulated
        let stored = record.record
        let headers = stored.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.readableBytes ?? 0) + 64 }
        // The record and its JSON, and the objects around them: a heap profile of 480-byte events says 2.4 KB each.
        bytes = 2 * ((stored.value?.readableBytes ?? 0) + headers) + (stored.key?.readableBytes ?? 0) + 1024
    }

    /// What there is to give to a reader with a filter.
    enum Answer: Sendable {
        case passes(Decoded)
        case no
        case foreign
    }

    func ask(_ filter: Filter) -> Answer {
        state.withLock { state in
            if case .raw = state { state = decode() }
            guard case .decoded(let decoded, let known) = state else { return .foreign }
            if decoded.event.event.type == .inventory, !filter.includesInventory { return .no }
            if filter.isEverything { return .passes(decoded) }
            let view = known ?? FilterView(decoded.event)
            if known == nil { state = .decoded(decoded, view) }
            return filter.matches(view) ? .passes(decoded) : .no
        }
    }

    private func decode() -> sending State {
        guard let event = try? StoredEvent(record, simulated: isSimulated) else { return .foreign }
        var json = ByteBuffer()
        event.writeJSON(into: &json)
        return .decoded(Decoded(event: event, json: json), nil)
    }
}

/// One thing on the way to readers: an event, or a run of offsets that cannot be given.
enum LiveEntry: Sendable {
    case event(LiveEvent)
    case gap(LogGap, isSimulated: Bool)

    var isSimulated: Bool {
        switch self {
        case .event(let event): event.isSimulated
        case .gap(_, let isSimulated): isSimulated
        }
    }

    /// The first offset that it covers, and the first behind it.
    var offsets: Range<Int64> {
        switch self {
        case .event(let event): event.record.offset..<(event.record.offset + 1)
        case .gap(let gap, _): gap.from..<max(gap.from, gap.to)
        }
    }

    var bytes: Int {
        switch self {
        case .event(let event): event.bytes
        case .gap: 128
        }
    }

    static func entries(of chunk: LogChunk, isSimulated: Bool) -> [LiveEntry] {
        var entries: [LiveEntry] = []
        entries.reserveCapacity(chunk.records.count + 1)
        if let gap = chunk.gap, gap.from < gap.to { entries.append(.gap(gap, isSimulated: isSimulated)) }
        for record in chunk.records { entries.append(.event(LiveEvent(record, isSimulated: isSimulated))) }
        return entries
    }
}
