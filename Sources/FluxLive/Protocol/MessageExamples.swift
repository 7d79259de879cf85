public import FluxEvents
public import NIOCore

/// Messages as a server writes them, for documentation.
public enum MessageExamples {
    /// One of each case that a kind has, written as the messages of a connection are.
    public static func of(_ kind: MessageKind, configuration: LiveConfiguration, event: StoredEvent) -> [ByteBuffer] {
        let epoch: UInt64 = 0x5f3a
        let cursor = { (offset: Int64) in
            Cursor(epoch: epoch, positions: [.init(topic: .events, partition: 0, offset: offset)]).text
        }
        let context = MessageContext(
            now: event.recordedAt, session: "live_2x9k4m7q1c0d", configuration: configuration, subscribers: 3,
            cursor: cursor(event.offset + 1), head: cursor(event.offset + 8), lagEvents: 7, lagMilliseconds: 120)
        let messages: [ServerMessage]
        switch kind {
        case .event, .events:
            return [Self.event(kind, event, cursor: cursor(event.offset + 1))]
        case .connection: messages = [.connection(cursor: cursor(event.offset))]
        case .heartbeat: messages = [.heartbeat]
        case .gap:
            messages = [
                .gap(GapNotice(from: cursor(12), to: cursor(940), count: 928, reason: "retention")),
                .gap(GapNotice(from: cursor(12), to: cursor(0), count: nil, reason: GapNotice.reset)),
            ]
        case .ack:
            let mark = ByteBuffer(string: "1")
            messages = [.ack(id: mark, action: ClientAction.subscribe.rawValue, cursor: cursor(event.offset))]
        case .error:
            let refused = Result { try StreamRequest.filter("tpye:cloud.*", now: event.recordedAt) }
            guard case .failure(let error as StreamRequestError) = refused else { return [] }
            messages = [.error(id: ByteBuffer(string: "1"), error)]
        case .goaway: messages = [.goaway(retryAfter: 1_250, reason: "the server is stopping")]
        }
        return messages.map { $0.json(context) }
    }

    private static func event(_ kind: MessageKind, _ event: StoredEvent, cursor: String) -> ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", kind.rawValue)
        json.key("data")
        if kind == .events { json.beginArray() }
        var bytes = ByteBuffer()
        event.writeJSON(into: &bytes)
        json.raw(bytes)
        if kind == .events { json.endArray() }
        json.field("cursor", cursor)
        json.endObject()
        return json.buffer
    }

    /// The notice of a gap for readers of bare CloudEvents.
    public static func cloudEventGap(at time: Timestamp) -> ByteBuffer {
        GapNotice(from: "v1-5f3a-e0-12", to: "v1-5f3a-e0-940", count: 928, reason: "retention").cloudEvent(now: time)
    }
}
