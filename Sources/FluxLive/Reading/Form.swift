import FluxEvents
import NIOCore

/// What makes two readers get the very same bytes for the same events.
struct FormKey: Hashable, Sendable {
    var framing: String
    var content: LiveContent
    /// Readers of simulated events have both positions in their cursors.
    var simulated: Bool
}

/// One form on one event loop, with its framer.
final class Form {
    let key: FormKey
    private let framer: any LiveFramer
    /// Nil where messages of this form are not written straight from the log.
    let blocks: BlockWriter?
    private var scratch = ByteBuffer()
    private var cursor = ByteBuffer()

    init(_ key: FormKey, framing: any LiveFraming) {
        self.key = key
        framer = framing.makeFramer()
        blocks = key.simulated ? nil : BlockWriter(framing, content: key.content)
    }

    /// Appends one message that is no event. Nothing in the form of bare CloudEvents, which knows no other messages.
    func write(type: String, json: ByteBuffer, cursor: String?, into out: inout ByteBuffer) {
        guard key.content != .cloudEvents else { return }
        framer.frame(type: type, cursor: cursor.map(ByteBuffer.init(string:)), payload: json, into: &out)
    }

    /// Appends one event as a message of its own; `after` is where a reader continues.
    func write(_ event: LiveEvent.Decoded, after: Position, epoch: UInt64, into out: inout ByteBuffer) {
        setCursor(after, epoch)
        scratch.clear()
        if key.content == .cloudEvents {
            // It has been written as JSON, so it is an event.
            try? StoredEvent(event.record, simulated: event.isSimulated)
                .writeCloudEvent(into: &scratch, cursor: String(buffer: cursor))
            framer.frame(type: "cloudevent", cursor: cursor, payload: scratch, into: &out)
            return
        }
        scratch.writeStaticString("{\"type\":\"event\",\"data\":")
        scratch.writeImmutableBuffer(event.json)
        endWithCursor()
        framer.frame(type: "event", cursor: cursor, payload: scratch, into: &out)
    }

    /// Appends an `events` message around events that are joined with commas already.
    func write(batch: ByteBuffer, after: Position, epoch: UInt64, into out: inout ByteBuffer) {
        setCursor(after, epoch)
        scratch.clear()
        scratch.writeStaticString("{\"type\":\"events\",\"data\":[")
        scratch.writeImmutableBuffer(batch)
        scratch.writeStaticString("]")
        endWithCursor()
        framer.frame(type: "events", cursor: cursor, payload: scratch, into: &out)
    }

    func write(_ gap: GapNotice, now: Timestamp, into out: inout ByteBuffer) {
        let cursor = ByteBuffer(string: gap.to)
        if key.content == .cloudEvents {
            framer.frame(type: "cloudevent", cursor: cursor, payload: gap.cloudEvent(now: now), into: &out)
        } else {
            framer.frame(type: "gap", cursor: cursor, payload: gap.json(), into: &out)
        }
    }

    private func setCursor(_ after: Position, _ epoch: UInt64) {
        cursor.clear()
        Cursor.write(
            epoch: epoch, events: after.events, simulated: key.simulated ? after.simulated ?? 0 : nil, into: &cursor)
    }

    private func endWithCursor() {
        scratch.writeStaticString(",\"cursor\":\"")
        scratch.writeImmutableBuffer(cursor)
        scratch.writeStaticString("\"}")
    }
}

extension GapNotice {
    func json() -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", "gap")
        writeFields(to: &json)
        json.endObject()
        return json.buffer
    }

    func writeFields(to json: inout JSONWriter) {
        json.field("from", from)
        json.field("to", to)
        json.field("count", count)
        json.field("reason", reason)
    }

    /// The notice for readers of bare CloudEvents. Its id is derived, so that a repeated one is recognised.
    func cloudEvent(now: Timestamp) -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("specversion", "1.0")
        json.field("id", Identifier.derived(source: "/cloudflux/gap", outsideID: "\(from)/\(to)/\(reason)".utf8))
        json.field("source", "/cloudflux")
        json.field("type", "io.cloudflux.system.gap.v1")
        json.field("time", now)
        json.field("datacontenttype", "application/json")
        json.field("cursor", to)
        json.key("data")
        json.beginObject()
        writeFields(to: &json)
        json.endObject()
        json.endObject()
        return json.buffer
    }
}
