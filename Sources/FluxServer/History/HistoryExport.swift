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

    /// Writes everything that passes and was in the log when this began, as fast as the writer takes it. Retention is
    /// held back behind the place that is being read.
    func export(
        _ query: HistoryQuery, format: ExportFormat, name: String, to writer: inout any ResponseBodyWriter
    ) async throws {
        let span = try await span(query)
        let holder = "export " + name
        log.hold(name: holder, at: span.lowerBound)
        defer { log.release(name: holder) }
        var form = ExportWriter(format: format, epoch: log.bounds().epoch)
        var buffer = ByteBuffer()
        form.begin(into: &buffer)
        var position = span.lowerBound
        while position < span.upperBound {
            try Task.checkCancellation()
            let chunk = try await log.read(from: position, maxBytes: Self.pieceBytes)
            if let gap = chunk.gap, gap.from < span.upperBound { try form.write(gap, into: &buffer) }
            for event in passing(query, chunk, before: span.upperBound) { form.write(event, into: &buffer) }
            guard chunk.next > position else { break }
            position = chunk.next
            log.hold(name: holder, at: position)
            if buffer.readableBytes > 0 {
                try await writer.write(buffer)
                buffer = ByteBuffer()
            }
        }
        form.end(into: &buffer)
        if buffer.readableBytes > 0 { try await writer.write(buffer) }
    }
}
