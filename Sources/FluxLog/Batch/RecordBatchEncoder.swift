import CFluxSystem
public import FluxEvents
public import NIOCore

/// Writes Kafka v2 record batches as a broker with `message.timestamp.type=LogAppendTime` would: uncompressed, one
/// time for all records, no producer.
///
/// Sizes are known before anything is written, so that space can be reserved first.
public struct RecordBatchEncoder: Sendable {
    /// Bit 3 of the attributes.
    static let logAppendTime: Int16 = 8

    /// The bytes that a record takes in any batch, whatever its place: key, value and headers.
    static func contentBytes(_ record: Record) -> Int {
        var size = self.bytes(record.key) + self.bytes(record.value) + Varint.size(Int64(record.headers.count))
        for header in record.headers {
            let name = header.name.utf8.count
            size += Varint.size(Int64(name)) + name + self.bytes(header.value)
        }
        return size
    }

    /// The bytes behind its length prefix that a record takes as number `offsetDelta` of a batch.
    private static func bodyBytes(content: Int, offsetDelta: Int) -> Int {
        // Attributes and a timestamp delta of 0 take a byte each.
        2 + Varint.size(Int64(offsetDelta)) + content
    }

    /// The bytes that a record with so much content takes as number `offsetDelta` of a batch.
    static func recordBytes(content: Int, offsetDelta: Int) -> Int {
        let body = self.bodyBytes(content: content, offsetDelta: offsetDelta)
        return Varint.size(Int64(body)) + body
    }

    /// Appends a batch to `buffer`. An empty collection writes nothing.
    ///
    /// - Parameters:
    ///   - records: at most 2³¹ − 1, together under 2 GiB.
    ///   - baseOffset: of the first record; the others follow without gaps.
    ///   - timestamp: the log append time of all of them.
    /// - Returns: the bytes written.
    @discardableResult
    public static func encode(
        _ records: some Collection<Record>, baseOffset: Int64, timestamp: Timestamp, into buffer: inout ByteBuffer
    ) -> Int {
        self.encode(
            records.map { EncodedRecord($0) }, baseOffset: baseOffset, timestamp: timestamp, into: &buffer)
    }

    /// The same for records that are encoded already.
    @discardableResult
    static func encode(
        _ records: [EncodedRecord], baseOffset: Int64, timestamp: Timestamp, into buffer: inout ByteBuffer
    ) -> Int {
        guard !records.isEmpty else { return 0 }
        var total = RecordBatchHeader.bytes
        for (delta, record) in records.enumerated() {
            total += self.recordBytes(content: record.content.count, offsetDelta: delta)
        }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { bytes in
            self.write(records, baseOffset: baseOffset, timestamp: timestamp, total: total, to: bytes)
            return total
        }
        return total
    }

    private static func write(
        _ records: [EncodedRecord], baseOffset: Int64, timestamp: Timestamp, total: Int,
        to bytes: UnsafeMutableRawBufferPointer
    ) {
        precondition(bytes.count >= total && total <= Int(Int32.max), "a batch has its size before it is written")
        var position = RecordBatchHeader.bytes
        var delta = 0
        for record in records {
            self.write(record, offsetDelta: delta, to: bytes, at: &position)
            delta += 1
        }
        precondition(position == total, "a batch takes the bytes it was measured with")
        bytes.store(baseOffset, at: 0)
        bytes.store(Int32(total - RecordBatchHeader.lengthPrefix), at: 8)
        bytes.store(Int32(0), at: 12)  // partition leader epoch
        bytes[16] = 2
        bytes.store(Self.logAppendTime, at: 21)
        bytes.store(Int32(delta - 1), at: 23)
        bytes.store(timestamp.milliseconds, at: 27)
        bytes.store(timestamp.milliseconds, at: 35)
        bytes.store(Int64(-1), at: 43)  // producer id
        bytes.store(Int16(-1), at: 51)  // producer epoch
        bytes.store(Int32(-1), at: 53)  // base sequence
        bytes.store(Int32(delta), at: 57)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[RecordBatchHeader.checksummedFrom..<total])
        bytes.store(cflux_crc32c(0, covered.baseAddress, covered.count), at: 17)
    }

    private static func write(
        _ encoded: EncodedRecord, offsetDelta: Int, to bytes: UnsafeMutableRawBufferPointer, at position: inout Int
    ) {
        let body = self.bodyBytes(content: encoded.content.count, offsetDelta: offsetDelta)
        Varint.write(Int64(body), to: bytes, at: &position)
        bytes[position] = 0  // attributes
        bytes[position + 1] = 0  // timestamp delta
        position += 2
        Varint.write(Int64(offsetDelta), to: bytes, at: &position)
        encoded.content.withUnsafeBytes { content in
            UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: content)
            position += content.count
        }
    }

    /// What a record takes in any batch, whatever its place: key, value and headers.
    static func content(_ record: Record) -> [UInt8] {
        let total = self.contentBytes(record)
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var position = 0
            self.write(record.key, to: bytes, at: &position)
            self.write(record.value, to: bytes, at: &position)
            Varint.write(Int64(record.headers.count), to: bytes, at: &position)
            for header in record.headers {
                var name = header.name
                name.withUTF8 { utf8 in
                    Varint.write(Int64(utf8.count), to: bytes, at: &position)
                    UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: .init(utf8))
                    position += utf8.count
                }
                self.write(header.value, to: bytes, at: &position)
            }
            precondition(position == total, "a record takes the bytes it was measured with")
            count = total
        }
    }

    @inline(__always)
    private static func bytes(_ field: ByteBuffer?) -> Int {
        guard let field else { return 1 }
        return Varint.size(Int64(field.readableBytes)) + field.readableBytes
    }

    @inline(__always)
    private static func write(
        _ field: ByteBuffer?, to bytes: UnsafeMutableRawBufferPointer, at position: inout Int
    ) {
        guard let field else { return Varint.write(-1, to: bytes, at: &position) }
        Varint.write(Int64(field.readableBytes), to: bytes, at: &position)
        field.withUnsafeReadableBytes { from in
            UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: from)
            position += from.count
        }
    }
}

/// A record, encoded by who appends it, so that the one thread that writes only copies. An object, because that thread
/// passes it on several times: as a value it would count the references of all its parts each time.
final class EncodedRecord: Sendable {
    /// For followers, who get it as it is.
    let record: Record
    /// What it takes in any batch: key, value and headers.
    let content: [UInt8]
    /// Nil where it has no identity.
    let hash: RecordHash?

    init(_ record: Record, hash: RecordHash? = nil) {
        self.record = record
        self.hash = hash
        self.content = RecordBatchEncoder.content(record)
    }
}
