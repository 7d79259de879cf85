import NIOCore

/// What makes two records the same event: `source` and `id`, as a keyed hash that the log can keep by the million.
public enum RecordIdentity {
    /// A keyed 128-bit hash (SipHash-2-4) of the record's `ce_source` and `ce_id`; nil where one of them is missing.
    public static func hash(of record: Record, key: (UInt64, UInt64)) -> (UInt64, UInt64)? {
        var source: ByteBuffer?
        var id: ByteBuffer?
        for header in record.headers {
            switch header.name {
            case RecordHeaderName.source where source == nil: source = header.value
            case RecordHeaderName.id where id == nil: id = header.value
            default: break
            }
        }
        guard let source, let id else { return nil }
        var hash = SipHash128(key: key)
        // The length first, so that no part of one can pass for part of the other.
        var length = UInt32(clamping: source.readableBytes)
        for _ in 0..<4 {
            hash.update(UInt8(truncatingIfNeeded: length))
            length >>= 8
        }
        hash.update(source.readableBytesView)
        hash.update(id.readableBytesView)
        return hash.finalize()
    }
}
