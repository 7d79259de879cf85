import FluxEvents
import FluxLog
import NIOCore

/// Finished bytes for readers of one filter and form, and where they stand after it.
struct Piece: Sendable {
    /// Whole messages; empty where nothing in the range passed the filter.
    var bytes: ByteBuffer
    var next: Position
    /// Events in it.
    var count: Int
    /// Gap notices in it.
    var gaps: Int
    /// When the last event of the range was recorded, matching or not.
    var lastRecordedAt: Timestamp?
    /// When the events in it were recorded, for the statistics of live readers.
    var recorded: [Timestamp] = []
    /// Of the first piece of a block that was written as it was read: where the block ends.
    var blockEnd: Int64?
}

/// Writes entries that pass a filter into pieces.
struct PieceWriter {
    let form: Form
    let filter: Filter
    let epoch: UInt64
    let limits: LiveConfiguration
    let now: Timestamp
    /// The piece is cut behind about so many bytes.
    let maxBytes: Int
    private(set) var piece: Piece
    private var batch = ByteBuffer()
    private var batched = 0

    init(
        form: Form, filter: Filter, epoch: UInt64, limits: LiveConfiguration, now: Timestamp, maxBytes: Int,
        from position: Position
    ) {
        self.form = form
        self.filter = filter
        self.epoch = epoch
        self.limits = limits
        self.now = now
        self.maxBytes = maxBytes
        piece = Piece(bytes: ByteBuffer(), next: position, count: 0, gaps: 0)
    }

    /// Events that one piece may look at, so that a filter that nothing passes does not hold up the event loop.
    static let maximumExamined = 4_096

    /// What the last event may go over: with it, most pieces end before their memory would double.
    private static let slack = 2 << 10

    var isFull: Bool { piece.bytes.readableBytes + batch.readableBytes + Self.slack >= maxBytes }

    /// Takes an entry that the reader has not had yet. Offsets before its position are skipped.
    mutating func add(_ entry: LiveEntry) {
        let offsets = entry.offsets
        let here = entry.isSimulated ? piece.next.simulated : piece.next.events
        guard let here, offsets.upperBound > here else { return }
        let before = piece.next
        if entry.isSimulated {
            piece.next.simulated = offsets.upperBound
        } else {
            piece.next.events = offsets.upperBound
        }
        switch entry {
        case .event(let event):
            piece.lastRecordedAt = event.record.recordedAt
            switch event.ask(filter) {
            case .passes(let decoded): add(decoded, from: before)
            case .no: break
            case .foreign: add(.unreadable, from: before)
            }
        case .gap(let gap, _):
            add(gap.reason, from: before)
        }
    }

    /// The finished piece.
    mutating func finish() -> Piece {
        endBatch(at: piece.next)
        return piece
    }

    private mutating func add(_ decoded: LiveEvent.Decoded, from before: Position) {
        guard form.key.content == .batch else {
            form.write(decoded, after: piece.next, epoch: epoch, into: &piece.bytes)
            count(decoded)
            return
        }
        let size = decoded.json.readableBytes + 1
        if batched >= limits.maxBatchEvents || (batched > 0 && batch.readableBytes + size > limits.maxBatchBytes) {
            endBatch(at: before)
        }
        if batched > 0 { batch.writeStaticString(",") }
        batch.writeImmutableBuffer(decoded.json)
        batched += 1
        count(decoded)
    }

    private mutating func count(_ decoded: LiveEvent.Decoded) {
        piece.count += 1
        piece.recorded.append(decoded.record.recordedAt)
    }

    private mutating func endBatch(at position: Position) {
        guard batched > 0 else { return }
        form.write(batch: batch, after: position, epoch: epoch, into: &piece.bytes)
        batch.clear()
        batched = 0
    }

    private mutating func add(_ reason: GapReason, from before: Position) {
        endBatch(at: before)
        let notice = GapNotice(
            from: before.cursorText(epoch: epoch), to: piece.next.cursorText(epoch: epoch),
            count: before.distance(to: piece.next), reason: reason.rawValue)
        form.write(notice, now: now, into: &piece.bytes)
        piece.gaps += 1
    }
}

extension GapReason {
    /// A record that is no event is told like one that cannot be read.
    static var unreadable: GapReason { .damage }
}
