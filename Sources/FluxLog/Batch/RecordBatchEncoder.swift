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
        let records = Array(records)
        return self.encode(
            [IdentifiedRecords(records, hashes: [])[0..<records.count]], baseOffset: baseOffset, timestamp: timestamp,
            into: &buffer)
    }

    /// The same for records that lie in several lists.
    @discardableResult
    static func encode(
        _ parts: [IdentifiedRecords.Part], baseOffset: Int64, timestamp: Timestamp, into buffer: inout ByteBuffer
    ) -> Int {
        var total = RecordBatchHeader.bytes
        var delta = 0
        for part in parts {
            part.each { record in
                total += self.recordBytes(content: record.bytes, offsetDelta: delta)
                delta += 1
            }
        }
        guard delta > 0 else { return 0 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { bytes in
            self.write(parts, baseOffset: baseOffset, timestamp: timestamp, total: total, to: bytes)
            return total
        }
        return total
    }

    private static func write(
        _ parts: [IdentifiedRecords.Part], baseOffset: Int64, timestamp: Timestamp, total: Int,
        to bytes: UnsafeMutableRawBufferPointer
    ) {
        precondition(bytes.count >= total && total <= Int(Int32.max), "a batch has its size before it is written")
        var position = RecordBatchHeader.bytes
        var delta = 0
        for part in parts {
            part.each { record in
                self.write(record, offsetDelta: delta, to: bytes, at: &position)
                delta += 1
            }
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
        _ record: Record, offsetDelta: Int, to bytes: UnsafeMutableRawBufferPointer, at position: inout Int
    ) {
        let body = self.bodyBytes(content: record.bytes, offsetDelta: offsetDelta)
        Varint.write(Int64(body), to: bytes, at: &position)
        bytes[position] = 0  // attributes
        bytes[position + 1] = 0  // timestamp delta
        position += 2
        Varint.write(Int64(offsetDelta), to: bytes, at: &position)
        record.content.withUnsafeReadableBytes { content in
            UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: content)
            position += content.count
        }
    }
}
