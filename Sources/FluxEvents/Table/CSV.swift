package import NIOCore

/// Events as rows of a table (RFC 4180), safe to open in a spreadsheet.
package enum CSV {
    private static let columns = [
        "id", "type", "source", "timestamp", "recorded_at", "partition", "offset", "correlation_id", "user_id",
        "simulated",
        "file_name", "provider", "bucket", "operation", "size_bytes", "data",
    ]

    /// The table's first row.
    package static let header = columns.joined(separator: ",") + "\r\n"

    /// Fields of `data` that have a column of their own.
    private static let fields = ["file_name", "provider", "bucket", "operation", "size_bytes"]

    /// Appends the row of an event.
    package static func write(_ stored: StoredEvent, into buffer: inout ByteBuffer) {
        let event = stored.event
        let data = try? JSONDocument.parse(event.data).root
        for text in [
            event.id, event.type.rawValue, event.source, event.time.rfc3339, stored.recordedAt.rfc3339,
        ] {
            writeCell(text, into: &buffer)
        }
        buffer.writeDecimal(Int64(stored.partition))
        buffer.writeStaticString(",")
        buffer.writeDecimal(stored.offset)
        buffer.writeStaticString(",")
        writeCell(event.correlationID ?? "", into: &buffer)
        writeCell(event.userID ?? "", into: &buffer)
        buffer.writeJSONBoolean(stored.simulated)
        buffer.writeStaticString(",")
        for field in fields {
            let value = data?[field]
            writeCell(value?.string ?? value?.numberText ?? "", into: &buffer)
        }
        event.data.withUnsafeReadableBytes { bytes in
            // What is not UTF-8 is mended as everywhere; nearly all is ASCII, and needs no look.
            if PlainText.isASCII(bytes) {
                write(cell: bytes, into: &buffer)
            } else {
                write(cell: String(decoding: bytes, as: UTF8.self), into: &buffer)
            }
        }
        buffer.writeStaticString("\r\n")
    }

    private static func writeCell(_ text: String, into buffer: inout ByteBuffer) {
        write(cell: text, into: &buffer)
        buffer.writeStaticString(",")
    }

    private static func write(cell text: String, into buffer: inout ByteBuffer) {
        var text = text
        text.withUTF8 { write(cell: UnsafeRawBufferPointer($0), into: &buffer) }
    }

    /// A cell. One that a spreadsheet would run as a formula gets an apostrophe in front, inside its quotes.
    static func write(cell bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        let isFormula = isFormula(bytes.first)
        let needsQuotes = isFormula || !PlainText.isCell(bytes)
        guard needsQuotes else {
            buffer.writeBytes(bytes)
            return
        }
        buffer.writeStaticString("\"")
        if isFormula { buffer.writeStaticString("'") }
        // Up to and with each quote, which then stands a second time.
        var start = 0
        while let quote = bytes[start...].firstIndex(of: 0x22) {
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...quote]))
            buffer.writeStaticString("\"")
            start = quote + 1
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        buffer.writeStaticString("\"")
    }

    /// Whether a spreadsheet may take a cell that begins so for a formula.
    @inline(__always)
    static func isFormula(_ first: UInt8?) -> Bool {
        switch first {
        case 0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D: true
        default: false
        }
    }
}
