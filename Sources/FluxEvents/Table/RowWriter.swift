/// Writes records as rows of a table straight from their bytes, as `CSV` writes their events. It remembers what
/// neighbours have in common.
package struct RowWriter {
    /// How often a part of a record stands in its row at most: `data` with each quote twice, and once more what of it has
    /// a column of its own.
    package static let copies = 3

    private var times = CanonicalTimes()
    private var recorded = RecordedText()
    private var scanner = PlainScanner()

    package init() {}

    /// One row. The writer must have room for `EnvelopeWriter.maximumBytes` of `copies` of the content.
    package mutating func write(
        _ record: RecordBytes, simulated: Bool, includesInventory: Bool, into out: inout RawWriter
    ) -> EnvelopeWriter.Outcome {
        precondition(
            out.room >= EnvelopeWriter.maximumBytes(contentBytes: Self.copies * record.content.count),
            "a row has room")
        let bytes = record.content
        guard let parts = PlainHeaders(record, &times), let base = bytes.baseAddress else { return .notPlain }
        if !includesInventory, parts.isInventory(base) { return .unlisted }
        var position = record.layout.value
        let count = Int(Varint.read(bytes, at: &position, end: bytes.count) ?? -1)
        // What has no value is the JSON value null, which is rare enough to be left.
        guard count >= 0 else { return .notPlain }
        let data = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        guard let fields = RowFields(data, &scanner) else { return .notPlain }

        @inline(__always) func put(_ part: PlainHeaders.Part) {
            if part.count > 0 { out.put(cell: UnsafeRawBufferPointer(start: base + part.start, count: part.count)) }
            out.put(",")
        }
        put(parts.id)
        put(parts.type)
        put(parts.source)
        out.put(base + parts.time.start, parts.time.count)
        out.put(",")
        recorded.write(record.recordedAt, into: &out)
        out.put(",")
        out.putDecimal(Int64(record.partition))
        out.put(",")
        out.putDecimal(record.offset)
        out.put(",")
        put(parts.correlationID)
        put(parts.userID)
        out.put(simulated ? "true," : "false,")
        @inline(__always) func put(_ field: Range<Int>) {
            out.put(cell: UnsafeRawBufferPointer(rebasing: data[field]))
            out.put(",")
        }
        put(fields.fileName)
        put(fields.provider)
        put(fields.bucket)
        put(fields.operation)
        put(fields.sizeBytes)
        out.put(cell: data)
        out.put("\r\n")
        return .written
    }
}

/// Where the fields of `data` that have a column lie in it; empty where there is nothing to write.
private struct RowFields {
    var fileName = 0..<0
    var provider = 0..<0
    var bucket = 0..<0
    var operation = 0..<0
    var sizeBytes = 0..<0

    /// Nil where the data is not plain JSON, or one of the fields is written with escapes.
    init?(_ data: UnsafeRawBufferPointer, _ scanner: inout PlainScanner) {
        guard data.count <= PlainScanner.maximumBytes else { return nil }
        let bytes = data.bindMemory(to: UInt8.self).span
        scanner.restart()
        _ = scanner.next(bytes)
        var found = RowFields()
        let isPlain = scanner.value(bytes) { name, value in found.take(name, value, bytes) }
        guard isPlain else { return nil }
        _ = scanner.next(bytes)
        guard scanner.position == bytes.count else { return nil }
        self = found
    }

    private init() {}

    /// Keeps the place of a member's value if it has a column; false where it has to be decoded.
    @inline(__always)
    private mutating func take(_ name: PlainScanner.Name, _ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        switch name.range.count {
        case 6 where PlainScanner.equal(bytes, name.range, "bucket"): Self.set(&bucket, value, bytes)
        case 8 where PlainScanner.equal(bytes, name.range, "provider"): Self.set(&provider, value, bytes)
        case 9 where PlainScanner.equal(bytes, name.range, "file_name"): Self.set(&fileName, value, bytes)
        case 9 where PlainScanner.equal(bytes, name.range, "operation"): Self.set(&operation, value, bytes)
        case 10 where PlainScanner.equal(bytes, name.range, "size_bytes"): Self.set(&sizeBytes, value, bytes)
        default: true
        }
    }

    private static func set(_ field: inout Range<Int>, _ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        switch bytes[value.lowerBound] {
        case UInt8(ascii: "\""):
            field = value.lowerBound + 1..<value.upperBound - 1
            for index in field where bytes[index] == UInt8(ascii: "\\") { return false }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): field = value
        default: break
        }
        return true
    }
}

extension RawWriter {
    /// A cell, as `CSV.write(cell:)` writes it. It takes up to twice its bytes, and four.
    @inline(__always)
    fileprivate mutating func put(cell bytes: UnsafeRawBufferPointer) {
        let isFormula = CSV.isFormula(bytes.first)
        guard isFormula || !PlainText.isCell(bytes) else { return put(bytes) }
        put("\"")
        if isFormula { put("'") }
        put(bytes, doubling: UInt8(ascii: "\""))
        put("\"")
    }
}
