import NIOCore

/// Writes the envelopes of records straight from their bytes, one behind the other. Nearly every record has only plain
/// text in its headers; those are copied to their places as they lie. It remembers what neighbours have in common.
package struct EnvelopeWriter {
    /// What became of a record.
    package enum Outcome {
        case written
        /// Nothing was written: it is a `system.inventory` event, and those were not asked for.
        case unlisted
        /// Nothing was written: it must be looked at more closely (`StoredEvent`), or it is no event.
        case notPlain
    }

    private var times = CanonicalTimes()
    private var recorded = RecordedText()

    package init() {}

    /// The most that an envelope takes, besides a cursor: each part of the record stands in it once at most, and the
    /// rest (names, two times, three numbers) takes less than 512 bytes.
    @inline(__always)
    package static func maximumBytes(contentBytes: Int) -> Int { contentBytes + 512 }

    /// The native envelope, as `StoredEvent.writeJSON` writes it. The writer must have room for `maximumBytes`.
    package mutating func writeNative(
        _ record: RecordBytes, simulated: Bool, includesInventory: Bool, into out: inout RawWriter
    ) -> Outcome {
        precondition(out.room >= Self.maximumBytes(contentBytes: record.content.count), "an envelope has room")
        guard let parts = PlainHeaders(record, &times), let base = record.content.baseAddress else { return .notPlain }
        if !includesInventory, parts.isInventory(base) { return .unlisted }
        @inline(__always) func put(_ part: PlainHeaders.Part) { out.put(base + part.start, part.count) }
        @inline(__always) func putOrNull(_ part: PlainHeaders.Part) {
            guard part.isThere else { return out.put("null") }
            out.put("\"")
            put(part)
            out.put("\"")
        }
        out.put("{\"id\":\"")
        put(parts.id)
        out.put("\",\"type\":\"")
        put(parts.type)
        out.put("\",\"source\":\"")
        put(parts.source)
        out.put("\",\"timestamp\":\"")
        put(parts.time)
        out.put("\",\"recorded_at\":\"")
        recorded.write(record.recordedAt, into: &out)
        out.put("\",\"partition\":")
        out.putDecimal(Int64(record.partition))
        out.put(",\"offset\":")
        out.putDecimal(record.offset)
        out.put(",\"correlation_id\":")
        putOrNull(parts.correlationID)
        out.put(",\"user_id\":")
        putOrNull(parts.userID)
        if simulated {
            out.put(",\"version\":\"1.0\",\"simulated\":true")
        } else {
            out.put(",\"version\":\"1.0\",\"simulated\":false")
        }
        // Of our own types it is in `data`.
        if parts.subject.isThere, !parts.isReserved(base) {
            out.put(",\"subject\":")
            putOrNull(parts.subject)
        }
        out.put(",\"data\":")
        putData(of: record, into: &out)
        out.put("}")
        return .written
    }

    /// A CloudEvent in structured mode, as `StoredEvent.writeCloudEvent` writes it. The writer must have room for
    /// `maximumBytes` and the cursor.
    package mutating func writeCloudEvent(
        _ record: RecordBytes, simulated: Bool, includesInventory: Bool, cursor: CursorText, next: Int64,
        into out: inout RawWriter
    ) -> Outcome {
        precondition(
            out.room >= Self.maximumBytes(contentBytes: record.content.count) + cursor.maximumBytes,
            "a CloudEvent has room")
        guard let parts = PlainHeaders(record, &times), let base = record.content.baseAddress else { return .notPlain }
        if !includesInventory, parts.isInventory(base) { return .unlisted }
        @inline(__always) func put(_ part: PlainHeaders.Part) { out.put(base + part.start, part.count) }
        out.put("{\"specversion\":\"1.0\",\"id\":\"")
        put(parts.id)
        out.put("\",\"source\":\"")
        put(parts.source)
        if parts.isReserved(base) {
            out.put("\",\"type\":\"io.cloudflux.")
            put(parts.type)
            out.put(".v1\"")
        } else {
            out.put("\",\"type\":\"")
            put(parts.type)
            out.put("\"")
        }
        if parts.subject.count > 0 {
            out.put(",\"subject\":\"")
            put(parts.subject)
            out.put("\"")
        }
        out.put(",\"time\":\"")
        put(parts.time)
        out.put("\",\"datacontenttype\":\"application/json\",\"recordedtime\":\"")
        recorded.write(record.recordedAt, into: &out)
        out.put("\"")
        if parts.correlationID.count > 0 {
            out.put(",\"correlationid\":\"")
            put(parts.correlationID)
            out.put("\"")
        }
        if parts.userID.count > 0 {
            out.put(",\"userid\":\"")
            put(parts.userID)
            out.put("\"")
        }
        if simulated {
            out.put(",\"simulated\":true,\"cursor\":\"")
        } else {
            out.put(",\"simulated\":false,\"cursor\":\"")
        }
        cursor.write(next, into: &out)
        out.put("\",\"data\":")
        putData(of: record, into: &out)
        out.put("}")
        return .written
    }

    private func putData(of record: RecordBytes, into out: inout RawWriter) {
        var position = record.layout.value
        let count = Int(Varint.read(record.content, at: &position, end: record.content.count) ?? -1)
        if count >= 0, let base = record.content.baseAddress {
            out.put(base + position, count)
        } else {
            out.put("null")
        }
    }
}

/// Writes times of recording; neighbours in the log mostly have theirs in common.
struct RecordedText {
    private var time = Timestamp(milliseconds: .min)
    private var text: (UInt64, UInt64, UInt64) = (0, 0, 0)

    @inline(__always)
    mutating func write(_ time: Timestamp, into out: inout RawWriter) {
        if time != self.time {
            self.time = time
            withUnsafeMutableBytes(of: &text) { time.write(to: $0) }
        }
        out.put(raw: text)
    }
}

/// The text of cursors of one reader that differ in their offset of the events only.
package struct CursorText: Sendable {
    package let epoch: UInt64
    private let before: [UInt8]
    private let after: [UInt8]

    /// - Parameter simulated: the offset of the simulated events, where the reader wants those.
    package init(epoch: UInt64, simulated: Int64? = nil) {
        self.epoch = epoch
        // What comes before the offset is as long as in the text without simulated events, which ends with it.
        func text(_ simulated: Int64?) -> [UInt8] {
            var buffer = ByteBuffer()
            Cursor.write(epoch: epoch, events: 0, simulated: simulated, into: &buffer)
            return Array(buffer.readableBytesView)
        }
        before = text(nil).dropLast()
        after = Array(text(simulated).dropFirst(before.count + 1))
    }

    /// The most that one takes.
    package var maximumBytes: Int { before.count + 20 + after.count }

    @inline(__always)
    package func write(_ offset: Int64, into out: inout RawWriter) {
        before.withUnsafeBytes { out.put($0) }
        out.putDecimal(offset)
        if !after.isEmpty { after.withUnsafeBytes { out.put($0) } }
    }
}
