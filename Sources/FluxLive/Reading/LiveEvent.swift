import FluxEvents
import FluxLog
import NIOCore
import Synchronization

/// One event of the log as the event loops share it: decoded, written as JSON and looked at for filters once, by
/// whoever needs it first.
final class LiveEvent: Sendable {
    struct Decoded: Sendable {
        var record: StoredRecord
        var isSimulated: Bool
        /// The native envelope.
        var json: ByteBuffer
        var isInventory: Bool
    }

    /// Never leaves the lock: a view belongs to one thread at a time. There is none before a filter asks.
    private final class Ready {
        let decoded: Decoded
        var view: FilterView?

        init(_ decoded: Decoded) {
            self.decoded = decoded
        }
    }

    private enum State {
        case raw
        case ready(Ready)
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
        // The record and its JSON, and the objects around them.
        bytes = 2 * record.record.bytes + 768
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
            guard case .ready(let ready) = state else { return .foreign }
            if ready.decoded.isInventory, !filter.includesInventory { return .no }
            if filter.isEverything { return .passes(ready.decoded) }
            let view = ready.view ?? FilterView(record, simulated: isSimulated)
            ready.view = view
            return filter.matches(view) ? .passes(ready.decoded) : .no
        }
    }

    private func decode() -> sending State {
        var json = ByteBuffer()
        guard record.writeEventJSON(into: &json, simulated: isSimulated) else { return .foreign }
        let isInventory = record.record.isInventory
        return .ready(
            Ready(Decoded(record: record, isSimulated: isSimulated, json: json, isInventory: isInventory)))
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
