/// What makes two records the same event: `source` and `id`, as a keyed hash that the log can keep by the million.
public enum RecordIdentity {
    /// A keyed 128-bit hash (SipHash-2-4) of the record's `ce_source` and `ce_id`; nil where one of them is missing.
    public static func hash(of record: Record, key: (UInt64, UInt64)) -> (UInt64, UInt64)? {
        record.withHeaders { bytes, headers in
            var source: Range<Int>?
            var id: Range<Int>?
            while source == nil || id == nil, let header = headers.next() {
                if source == nil, HeaderScan.equal(bytes, header.name, RecordHeaderName.source) {
                    source = header.value
                } else if id == nil, HeaderScan.equal(bytes, header.name, RecordHeaderName.id) {
                    id = header.value
                }
            }
            guard let source, let id else { return nil }
            var hash = SipHash128(key: key)
            // The length first, so that no part of one can pass for part of the other.
            var length = UInt32(clamping: source.count).littleEndian
            withUnsafeBytes(of: &length) { hash.update($0) }
            hash.update(UnsafeRawBufferPointer(rebasing: bytes[source]))
            hash.update(UnsafeRawBufferPointer(rebasing: bytes[id]))
            return hash.finalize()
        }
    }
}
