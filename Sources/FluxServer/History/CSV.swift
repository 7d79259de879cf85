import FluxEvents
import NIOCore

/// Events as rows of a table (RFC 4180), safe to open in a spreadsheet.
enum CSV {
    static let columns = [
        "id", "type", "source", "timestamp", "recorded_at", "partition", "offset", "correlation_id", "user_id",
        "simulated",
        "file_name", "provider", "bucket", "operation", "size_bytes", "data",
    ]

    static let header = columns.joined(separator: ",") + "\r\n"

    /// Fields of `data` that have a column of their own.
    private static let fields = ["file_name", "provider", "bucket", "operation", "size_bytes"]

    static func write(_ stored: StoredEvent, into buffer: inout ByteBuffer) {
        let event = stored.event
        let data = try? JSONDocument.parse(event.data).root
        var cells = [
            event.id, event.type.rawValue, event.source, event.time.rfc3339, stored.recordedAt.rfc3339,
            String(stored.partition), String(stored.offset), event.correlationID ?? "", event.userID ?? "",
            stored.simulated ? "true" : "false",
        ]
        for field in fields {
            let value = data?[field]
            cells.append(value?.string ?? value?.numberText ?? "")
        }
        cells.append(String(buffer: event.data))
        buffer.writeString(cells.map(cell).joined(separator: ","))
        buffer.writeStaticString("\r\n")
    }

    /// A cell. One that a spreadsheet would run as a formula gets an apostrophe in front, inside its quotes.
    static func cell(_ text: String) -> String {
        let isFormula = text.utf8.first.map { [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D].contains($0) } ?? false
        let needsQuotes = isFormula || text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        guard needsQuotes else { return text }
        return "\"" + (isFormula ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
    }
}
