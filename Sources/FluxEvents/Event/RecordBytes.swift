import NIOCore

/// A record as it lies in memory, with its place in the log. Not to be kept: it points into what it was taken from.
package struct RecordBytes {
    package let partition: Int32
    package let offset: Int64
    package let recordedAt: Timestamp
    /// Key, value, number of headers, headers; whole and well-formed.
    package let content: UnsafeRawBufferPointer
    package let layout: RecordLayout

    package init(
        partition: Int32, offset: Int64, recordedAt: Timestamp, content: UnsafeRawBufferPointer, layout: RecordLayout
    ) {
        self.partition = partition
        self.offset = offset
        self.recordedAt = recordedAt
        self.content = content
        self.layout = layout
    }
}

extension StoredRecord {
    /// The record as it lies in memory.
    package func withBytes<R>(_ body: (RecordBytes) -> R) -> R {
        record.content.withUnsafeReadableBytes { bytes in
            body(
                RecordBytes(
                    partition: partition, offset: offset, recordedAt: recordedAt, content: bytes,
                    layout: record.layout))
        }
    }
}
