import FluxEvents
import FluxLog
import NIOCore

/// Writes what was read of the log and passes a filter as messages, straight from its bytes into what goes out. On
/// whatever thread has read it.
struct BlockWriter: Sendable {
    private let framing: any InPlaceFraming
    private let content: LiveContent

    /// Nil where messages of this form cannot be written so.
    init?(_ framing: any LiveFraming, content: LiveContent) {
        guard let framing = framing as? any InPlaceFraming, framing.isInPlace else { return nil }
        // Where a batch ends is not known when it begins.
        guard content != .batch || !framing.tellsCursorFirst else { return nil }
        self.framing = framing
        self.content = content
    }

    /// The size of a piece: as much as malloc hands out from what it has, without asking the kernel.
    static let pieceBytes = 32 << 10

    /// What goes around an event in a message: `{"type":"events","data":[`, `],"cursor":"` and `"}` are the longest.
    private static let wrapping = 64

    /// The pieces of a chunk that lie before `end`; they stop before a record that is no event, which the reader must be
    /// told of. Empty where nothing can be written so.
    func pieces(
        of chunk: LogChunk, passing filter: Filter, before end: Int64, epoch: UInt64, limits: LiveConfiguration
    ) -> [Piece] {
        guard chunk.gap == nil else { return [] }
        var writer = Run(
            block: self, records: chunk.records, filter: filter, end: chunk.records.index(of: end),
            cursor: CursorText(epoch: epoch), maximumBatch: limits.maxBatchEvents)
        var pieces: [Piece] = []
        while let piece = writer.next() { pieces.append(piece) }
        guard !pieces.isEmpty else { return [] }
        if writer.isWhole { pieces[pieces.count - 1].next.events = min(end, chunk.next) }
        pieces[0].blockEnd = pieces[pieces.count - 1].next.events
        return pieces
    }

    /// Goes through the records of one chunk.
    private struct Run {
        let block: BlockWriter
        let records: LogRecords
        let filter: Filter
        /// Nil where everything passes.
        private let view: FilterView?
        let end: Int
        let cursor: CursorText
        let maximumBatch: Int
        private var index = 0
        private var envelopes = EnvelopeWriter()

        init(
            block: BlockWriter, records: LogRecords, filter: Filter, end: Int, cursor: CursorText, maximumBatch: Int
        ) {
            self.block = block
            self.records = records
            self.filter = filter
            view = filter.isEverything ? nil : .ofRecords(simulated: false)
            self.end = end
            self.cursor = cursor
            self.maximumBatch = maximumBatch
        }

        var isWhole: Bool { index == end }

        mutating func next() -> Piece? {
            let first = index
            var piece = Piece(bytes: ByteBuffer(), next: Position(events: 0, simulated: nil), count: 0, gaps: 0)
            while index < end {
                let room = BlockWriter.pieceBytes - piece.bytes.readableBytes
                let stop =
                    block.content == .batch ? writeBatch(into: &piece, room) : writeSingly(into: &piece, room)
                guard stop == .notPlain else { break }
                guard writeClosely(into: &piece) else { break }
                index += 1
                if piece.bytes.readableBytes >= BlockWriter.pieceBytes { break }
            }
            guard index > first else { return nil }
            // Nothing passed: the memory that stood ready is not kept.
            if piece.count == 0 { piece.bytes = ByteBuffer() }
            piece.next.events = records.offset(index - 1) + 1
            piece.lastRecordedAt = records.recordedAt(index - 1)
            return piece
        }

        /// Whether the reader is to hear of a record: it passes, or it is no event.
        private var passing: ((Int) -> Bool)? {
            guard let view else { return nil }
            return { [records, filter] index in
                view.look(at: records[index])
                return filter.passes(view) || view.isForeign
            }
        }

        private var overhead: Int { BlockWriter.wrapping + block.framing.overhead + 2 * cursor.maximumBytes }

        private mutating func writeSingly(into piece: inout Piece, _ room: Int) -> LogRecords.Stop {
            var count = 0
            var place = index
            defer {
                piece.count += count
                index = place
            }
            // Taken out of here once, and not for each event.
            let messages = messages
            let cursor = cursor
            let isCloudEvents = block.content == .cloudEvents
            let includesInventory = filter.includesInventory
            return records.write(
                from: &place, to: end, into: &piece.bytes, room: room, overhead: overhead, passing: passing
            ) { record, out in
                let start = out.count
                let next = record.offset + 1
                messages.begin(next, &out)
                let outcome: EnvelopeWriter.Outcome
                if isCloudEvents {
                    outcome = envelopes.writeCloudEvent(
                        record, simulated: false, includesInventory: includesInventory, cursor: cursor, next: next,
                        into: &out)
                } else {
                    outcome = envelopes.writeNative(
                        record, simulated: false, includesInventory: includesInventory, into: &out)
                }
                guard outcome == .written else {
                    out.cut(to: start)
                    return outcome
                }
                messages.end(from: start, next, &out)
                count += 1
                return outcome
            }
        }

        private var messages: Messages {
            Messages(framing: block.framing, cursor: cursor, isCloudEvents: block.content == .cloudEvents)
        }

        /// One message with as many events as fit.
        private mutating func writeBatch(into piece: inout Piece, _ room: Int) -> LogRecords.Stop {
            var count = 0
            var place = index
            var start = 0
            var next: Int64 = 0
            let messages = messages
            let maximumBatch = maximumBatch
            defer {
                piece.count += count
                index = place
            }
            var open = 0
            let includesInventory = filter.includesInventory
            return records.write(
                from: &place, to: end, into: &piece.bytes, room: room, overhead: overhead, passing: passing,
                { record, out in
                    let before = out.count
                    if open == 0 {
                        start = before
                        messages.beginBatch(&out)
                    } else {
                        out.put(",")
                    }
                    let outcome = envelopes.writeNative(
                        record, simulated: false, includesInventory: includesInventory, into: &out)
                    guard outcome == .written else {
                        out.cut(to: before)
                        return outcome
                    }
                    next = record.offset + 1
                    open += 1
                    count += 1
                    if open == maximumBatch {
                        messages.endBatch(from: start, next, &out)
                        open = 0
                    }
                    return outcome
                }, close: { out in if open > 0 { messages.endBatch(from: start, next, &out) } })
        }

        /// The next record as an event; false where it is none.
        private mutating func writeClosely(into piece: inout Piece) -> Bool {
            let stored = records[index]
            if stored.record.isInventory, !filter.includesInventory { return true }
            guard let event = try? StoredEvent(stored, simulated: false) else { return false }
            let next = stored.offset + 1
            var json = ByteBuffer()
            if block.content == .cloudEvents {
                var text = ByteBuffer()
                Cursor.write(epoch: cursor.epoch, events: next, simulated: nil, into: &text)
                event.writeCloudEvent(into: &json, cursor: String(buffer: text))
            } else {
                event.writeJSON(into: &json)
            }
            piece.bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: json.readableBytes + overhead) { memory in
                guard var out = RawWriter(memory) else { return 0 }
                if block.content == .batch { messages.beginBatch(&out) } else { messages.begin(next, &out) }
                json.withUnsafeReadableBytes { out.put($0) }
                if block.content == .batch {
                    messages.endBatch(from: 0, next, &out)
                } else {
                    messages.end(from: 0, next, &out)
                }
                return out.count
            }
            piece.count += 1
            return true
        }
    }
}

/// What stands around events in messages.
private struct Messages {
    let framing: any InPlaceFraming
    let cursor: CursorText
    let isCloudEvents: Bool

    func begin(_ next: Int64, _ out: inout RawWriter) {
        if isCloudEvents {
            framing.begin("cloudevent", cursor: cursor, next: next, into: &out)
        } else {
            framing.begin("event", cursor: cursor, next: next, into: &out)
            out.put("{\"type\":\"event\",\"data\":")
        }
    }

    func end(from start: Int, _ next: Int64, _ out: inout RawWriter) {
        if !isCloudEvents { putCursor(next, &out) }
        framing.end(from: start, into: &out)
    }

    /// A batch tells its cursor at its end.
    func beginBatch(_ out: inout RawWriter) {
        framing.begin("events", cursor: cursor, next: 0, into: &out)
        out.put("{\"type\":\"events\",\"data\":[")
    }

    func endBatch(from start: Int, _ next: Int64, _ out: inout RawWriter) {
        out.put("]")
        putCursor(next, &out)
        framing.end(from: start, into: &out)
    }

    private func putCursor(_ next: Int64, _ out: inout RawWriter) {
        out.put(",\"cursor\":\"")
        cursor.write(next, into: &out)
        out.put("\"}")
    }
}
