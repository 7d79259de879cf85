public import FluxEvents
public import NIOCore

/// One record out of a batch.
public struct BatchRecord: Sendable, Hashable {
    public var offset: Int64
    /// The batch's time under LogAppendTime, else the record's own.
    public var timestamp: Timestamp
    public var record: Record

    public init(offset: Int64, timestamp: Timestamp, record: Record) {
        self.offset = offset
        self.timestamp = timestamp
        self.record = record
    }
}

/// Reads Kafka v2 record batches from bytes that nobody vouches for. Pure; every length is checked before it is used;
/// records are slices of the buffer that was read.
public struct RecordBatchDecoder: Sendable {
    /// The largest batch that is believed, in bytes with its header.
    public var maxBatchBytes: Int

    public init(maxBatchBytes: Int = 128 << 20) {
        self.maxBatchBytes = maxBatchBytes
    }

    /// Decodes the batch at the reader index, checksum and all, and moves the reader index behind it.
    /// On an error the reader index stays.
    public func decode(
        _ buffer: inout ByteBuffer
    ) throws(RecordBatchError) -> (header: RecordBatchHeader, records: [BatchRecord]) {
        let header = try self.check(buffer)
        let records = try self.records(of: header, in: buffer)
        buffer.moveReaderIndex(forwardBy: header.totalBytes)
        return (header, records)
    }

    /// Checks the batch at the reader index, header and checksum, not the records in it.
    public func check(_ buffer: ByteBuffer) throws(RecordBatchError) -> RecordBatchHeader {
        let header = try RecordBatchHeader(peeking: buffer, maxBytes: self.maxBatchBytes)
        guard buffer.readableBytes >= header.totalBytes else {
            throw RecordBatchError(
                .truncated, "\(buffer.readableBytes) of \(header.totalBytes) bytes", at: buffer.readableBytes)
        }
        guard buffer.withUnsafeReadableBytes({ header.checksumFits($0) }) else {
            throw RecordBatchError(.badChecksum, "the CRC-32C is not \(header.checksum)", at: 17)
        }
        return header
    }

    /// Decodes the records of a batch whose header was read at the reader index of `buffer`.
    ///
    /// - Parameter first: records of a lower offset are checked, but left out.
    public func records(
        of header: RecordBatchHeader, in buffer: ByteBuffer, from first: Int64 = 0
    ) throws(RecordBatchError) -> [BatchRecord] {
        var places: [LogRecords.Place] = []
        try self.find(of: header, in: buffer, from: first, into: &places)
        return places.map { place in
            // Within the buffer: all of it was just read.
            let content =
                buffer.getSlice(at: buffer.readerIndex + Int(place.start), length: Int(place.count)) ?? ByteBuffer()
            return BatchRecord(
                offset: place.offset, timestamp: place.recordedAt,
                record: Record(content: content, layout: place.layout))
        }
    }

    /// The same, but finds only where the records lie.
    func find(
        of header: RecordBatchHeader, in buffer: ByteBuffer, from first: Int64, into places: inout [LogRecords.Place]
    ) throws(RecordBatchError) {
        guard header.codec == RecordBatchHeader.Codec.none else {
            guard let codec = header.codec else {
                throw RecordBatchError(.malformed, "unknown codec \(header.attributes & 7)", at: 21)
            }
            throw RecordBatchError(.compressed, "records are compressed with \(codec)", at: 21)
        }
        guard buffer.readableBytes >= header.totalBytes else {
            throw RecordBatchError(
                .truncated, "\(buffer.readableBytes) of \(header.totalBytes) bytes", at: buffer.readableBytes)
        }
        // A record takes at least seven bytes, so a count that can't be is refused before memory is taken for it.
        guard Int(header.count) <= (header.totalBytes - RecordBatchHeader.bytes) / RecordScanner.minimumRecordBytes
        else {
            throw RecordBatchError(.malformed, "\(header.count) records in \(header.totalBytes) bytes", at: 57)
        }
        let failure: RecordBatchError? = buffer.withUnsafeReadableBytes { bytes in
            var scanner = RecordScanner(header: header, bytes: bytes)
            do throws(RecordBatchError) {
                try scanner.scan(from: first, into: &places)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}

/// Walks over the records of one batch.
private struct RecordScanner {
    /// length, attributes, timestamp, offset, key, value, header count: a byte each.
    static let minimumRecordBytes = 7

    let header: RecordBatchHeader
    let bytes: UnsafeRawBufferPointer
    var position = RecordBatchHeader.bytes

    init(header: RecordBatchHeader, bytes: UnsafeRawBufferPointer) {
        self.header = header
        self.bytes = bytes
    }

    mutating func scan(from first: Int64, into places: inout [LogRecords.Place]) throws(RecordBatchError) {
        places.reserveCapacity(places.count + Int(self.header.count))
        var lastDelta: Int64 = -1
        for _ in 0..<self.header.count {
            let place = try self.record(after: &lastDelta)
            if place.offset >= first { places.append(place) }
        }
        guard self.position == self.header.totalBytes else {
            let rest = self.header.totalBytes - self.position
            throw RecordBatchError(.malformed, "\(rest) bytes behind the last record", at: self.position)
        }
    }

    private mutating func record(after lastDelta: inout Int64) throws(RecordBatchError) -> LogRecords.Place {
        let start = self.position
        let length = try self.varint(end: self.header.totalBytes, "record length")
        guard length >= 0, length <= Int64(self.header.totalBytes - self.position) else {
            throw RecordBatchError(.malformed, "record length \(length)", at: start)
        }
        let end = self.position + Int(length)
        guard self.position < end else { throw RecordBatchError(.malformed, "empty record", at: start) }
        self.position += 1  // attributes: unused
        let timestampDelta = try self.varint(end: end, "timestamp delta")
        let offsetDelta = try self.varint(end: end, "offset delta")
        guard offsetDelta > lastDelta, offsetDelta <= Int64(self.header.lastOffsetDelta) else {
            throw RecordBatchError(
                .malformed, "offset delta \(offsetDelta) after \(lastDelta), last is \(self.header.lastOffsetDelta)",
                at: start)
        }
        lastDelta = offsetDelta
        let content = self.position
        var layout = RecordLayout()
        try self.field(end: end, "key")
        layout.value = self.position - content
        try self.field(end: end, "value")
        layout.headers = self.position - content
        try self.headers(end: end)
        guard self.position == end else {
            throw RecordBatchError(.malformed, "\(end - self.position) bytes behind a record's headers", at: start)
        }
        var timestamp = self.header.maxTimestamp
        if !self.header.isLogAppendTime {
            let (sum, overflow) = self.header.baseTimestamp.milliseconds.addingReportingOverflow(timestampDelta)
            guard !overflow else {
                throw RecordBatchError(.malformed, "timestamp delta \(timestampDelta)", at: start)
            }
            timestamp = Timestamp(milliseconds: sum)
        }
        return LogRecords.Place(
            offset: self.header.baseOffset + offsetDelta, recordedAt: timestamp, start: Int32(content),
            count: Int32(end - content), value: Int32(layout.value), headers: Int32(layout.headers))
    }

    /// Passes over the headers, and checks them.
    private mutating func headers(end: Int) throws(RecordBatchError) {
        let start = self.position
        let count = try self.varint(end: end, "header count")
        // A header takes at least two bytes.
        guard count >= 0, count <= Int64(end - self.position) / 2 else {
            throw RecordBatchError(.malformed, "\(count) headers in \(end - self.position) bytes", at: start)
        }
        // What is not like nearly all is looked at once more, with words for it.
        if let plain = HeaderScan.endOfPlain(self.bytes, at: self.position, end: end, count: Int(count)) {
            self.position = plain
            return
        }
        for _ in 0..<Int(count) {
            try self.name(end: end)
            try self.field(end: end, "header value")
        }
    }

    private mutating func name(end: Int) throws(RecordBatchError) {
        let start = self.position
        let length = try self.varint(end: end, "header name length")
        guard length >= 0, length <= Int64(end - self.position) else {
            throw RecordBatchError(.malformed, "header name of \(length) bytes", at: start)
        }
        let raw = UnsafeRawBufferPointer(rebasing: self.bytes[self.position..<self.position + Int(length)])
        self.position += Int(length)
        guard String(validating: raw, as: UTF8.self) != nil else {
            throw RecordBatchError(.malformed, "a header name is not UTF-8", at: start)
        }
    }

    /// Passes over a length and so many bytes.
    private mutating func field(end: Int, _ what: StaticString) throws(RecordBatchError) {
        let start = self.position
        let length = try self.varint(end: end, what)
        if length == -1 { return }
        guard length >= 0, length <= Int64(end - self.position) else {
            throw RecordBatchError(.malformed, "\(what) of \(length) bytes", at: start)
        }
        self.position += Int(length)
    }

    @inline(__always)
    private mutating func varint(end: Int, _ what: StaticString) throws(RecordBatchError) -> Int64 {
        let start = self.position
        guard let value = Varint.read(self.bytes, at: &self.position, end: end) else {
            throw RecordBatchError(.malformed, "\(what) is not a varint", at: start)
        }
        return value
    }
}
