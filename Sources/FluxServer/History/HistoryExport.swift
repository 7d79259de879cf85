import FluxEvents
import FluxLog
import Hummingbird
import NIOCore

/// The forms of an export.
enum ExportFormat: String, Sendable, CaseIterable {
    case ndjson, csv, cloudevents

    var contentType: String {
        switch self {
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv; charset=utf-8"
        case .cloudevents: "application/cloudevents-batch+json"
        }
    }

    var fileName: String {
        switch self {
        case .ndjson: "events.ndjson"
        case .csv: "events.csv"
        case .cloudevents: "events.cloudevents.json"
        }
    }
}

/// Writes events in one of the forms, piece by piece.
struct ExportWriter: Sendable {
    let format: ExportFormat
    let epoch: UInt64
    private var isFirst = true

    init(format: ExportFormat, epoch: UInt64) {
        self.format = format
        self.epoch = epoch
    }

    /// What stands before the first event.
    func begin(into buffer: inout ByteBuffer) {
        switch format {
        case .ndjson: break
        case .csv: buffer.writeString(CSV.header)
        case .cloudevents: buffer.writeStaticString("[")
        }
    }

    mutating func write(_ event: StoredEvent, into buffer: inout ByteBuffer) {
        switch format {
        case .ndjson:
            event.writeJSON(into: &buffer)
            buffer.writeStaticString("\n")
        case .csv:
            CSV.write(event, into: &buffer)
        case .cloudevents:
            separate(&buffer)
            event.writeCloudEvent(into: &buffer, cursor: Cursor(epoch: epoch, events: event.offset + 1).text)
        }
    }

    /// Writes the records below an offset that a query shows, nearly all of them straight from the bytes of the log.
    /// What is no event is told of.
    mutating func write(
        _ records: LogRecords, of query: HistoryQuery, before end: Int64, into buffer: inout ByteBuffer,
        foreign: (StoredRecord) -> Void
    ) {
        let end = records.index(of: end)
        let includesInventory = query.includesInventory
        let view = FilterView.ofRecords(simulated: false)
        let passing: ((Int) -> Bool)? = query.isUnrestricted ? nil : { query.passes(records[$0], view) }
        let cursor = CursorText(epoch: epoch)
        var envelopes = EnvelopeWriter()
        var rows = RowWriter()
        var index = 0
        while true {
            let stop = records.write(
                from: &index, to: end, into: &buffer, room: Self.roomBytes,
                copies: format == .csv ? RowWriter.copies : 1, overhead: cursor.maximumBytes + 2, passing: passing
            ) { record, out in
                switch format {
                case .ndjson:
                    let outcome = envelopes.writeNative(
                        record, simulated: false, includesInventory: includesInventory, into: &out)
                    if outcome == .written { out.put("\n") }
                    return outcome
                case .cloudevents:
                    let start = out.count
                    if !isFirst { out.put(",\n") }
                    let outcome = envelopes.writeCloudEvent(
                        record, simulated: false, includesInventory: includesInventory, cursor: cursor,
                        next: record.offset + 1,
                        into: &out)
                    if outcome == .written { isFirst = false } else { out.cut(to: start) }
                    return outcome
                case .csv:
                    return rows.write(record, simulated: false, includesInventory: includesInventory, into: &out)
                }
            }
            switch stop {
            case .end: return
            case .full: continue
            case .notPlain:
                let stored = records[index]
                index += 1
                if stored.record.isInventory, !includesInventory { continue }
                if let event = try? StoredEvent(stored, simulated: false) {
                    write(event, into: &buffer)
                } else {
                    foreign(stored)
                }
            }
        }
    }

    /// What most pieces take.
    private static let roomBytes = 500 << 10

    /// Tells what could not be read. A table has no place for it, so there the transfer is broken off instead.
    mutating func write(_ gap: LogGap, into buffer: inout ByteBuffer) throws {
        let from = Cursor(epoch: epoch, events: gap.from).text
        let to = Cursor(epoch: epoch, events: gap.to).text
        let members: JSONTree = [
            "from": .string(from), "to": .string(to), "count": .integer(gap.count),
            "reason": .string(gap.reason.rawValue),
        ]
        switch format {
        case .ndjson:
            buffer.writeImmutableBuffer(JSONTree.object([("type", "gap")]).adding(members.members).bytes)
            buffer.writeStaticString("\n")
        case .csv:
            throw Problem(
                500, "damaged", "\(gap.count) events from offset \(gap.from) cannot be read; export as ndjson instead.")
        case .cloudevents:
            separate(&buffer)
            let event: JSONTree = [
                "specversion": "1.0", "id": .string("gap-\(from)"), "source": "/cloudflux",
                "type": "io.cloudflux.system.gap.v1", "datacontenttype": "application/json", "data": members,
            ]
            buffer.writeImmutableBuffer(event.bytes)
        }
    }

    /// What stands behind the last event.
    func end(into buffer: inout ByteBuffer) {
        if format == .cloudevents { buffer.writeStaticString("]\n") }
    }

    private mutating func separate(_ buffer: inout ByteBuffer) {
        if !isFirst { buffer.writeStaticString(",\n") }
        isFirst = false
    }
}

extension JSONTree {
    /// The members of an object; none for anything else.
    var members: [(String, JSONTree)] {
        if case .object(let members) = self { members } else { [] }
    }
}

extension Cursor {
    /// A place among the real events.
    init(epoch: UInt64, events: Int64) {
        self.init(epoch: epoch, positions: [Position(topic: .events, partition: 0, offset: events)])
    }
}

extension HistoryReader {
    private static let pieceBytes = 256 << 10

    /// A piece of an export, and where and how the next one goes on.
    private struct ExportPiece: Sendable {
        var bytes: ByteBuffer
        var form: ExportWriter
        var next: Int64
        var isLast: Bool
    }

    /// Writes everything that passes and was in the log when this began, as fast as the writer takes it. Retention is
    /// held back behind the place that is being read.
    ///
    /// The next piece is read and written as text while one is on its way out: no more than these two are in memory,
    /// besides what the connection has taken.
    func export(
        _ query: HistoryQuery, format: ExportFormat, name: String, to writer: inout any ResponseBodyWriter
    ) async throws {
        let span = try await span(query)
        let holder = "export " + name
        log.hold(name: holder, at: span.lowerBound)
        defer { log.release(name: holder) }
        let memory = BufferPool()
        var onTheWay: [ByteBuffer] = []
        var piece = ExportPiece(
            bytes: ByteBuffer(), form: ExportWriter(format: format, epoch: log.bounds().epoch), next: span.lowerBound,
            isLast: span.isEmpty)
        piece.form.begin(into: &piece.bytes)
        if !piece.isLast {
            piece = try await self.piece(query, behind: piece, before: span.upperBound, into: piece.bytes)
        }
        while !piece.isLast {
            let written = piece
            log.hold(name: holder, at: written.next)
            async let following = self.piece(
                query, behind: written, before: span.upperBound, into: memory.take())
            if written.bytes.readableBytes > 0 { try await writer.write(written.bytes) }
            // The connection may hold on to what it took last.
            onTheWay.append(written.bytes)
            if onTheWay.count > 2 { memory.give(onTheWay.removeFirst()) }
            piece = try await following
        }
        piece.form.end(into: &piece.bytes)
        if piece.bytes.readableBytes > 0 { try await writer.write(piece.bytes) }
    }

    private func piece(
        _ query: HistoryQuery, behind last: ExportPiece, before end: Int64, into bytes: consuming ByteBuffer
    ) async throws -> ExportPiece {
        try Task.checkCancellation()
        let chunk = try await log.read(from: last.next, maxBytes: Self.pieceBytes)
        var piece = ExportPiece(
            bytes: consume bytes, form: last.form, next: chunk.next,
            isLast: chunk.next >= end || chunk.next <= last.next)
        if let gap = chunk.gap, gap.from < end { try piece.form.write(gap, into: &piece.bytes) }
        piece.form.write(chunk.records, of: query, before: end, into: &piece.bytes) { tellForeign($0) }
        return piece
    }
}
