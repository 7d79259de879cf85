import FluxEvents
import NIOCore

/// Everything the server says besides events.
enum ServerMessage: Sendable, Hashable {
    case connection(cursor: String)
    case heartbeat
    case gap(GapNotice)
    case ack(id: ByteBuffer?, action: String, cursor: String, statistics: ByteBuffer? = nil)
    case error(id: ByteBuffer?, StreamRequestError)
    case goaway(retryAfter: Int64, reason: String)

    /// The client's mark that the message echoes.
    var id: ByteBuffer? {
        switch self {
        case .ack(let id, _, _, _), .error(let id, _): id
        default: nil
        }
    }

    var kind: MessageKind {
        switch self {
        case .connection: .connection
        case .heartbeat: .heartbeat
        case .gap: .gap
        case .ack: .ack
        case .error: .error
        case .goaway: .goaway
        }
    }

    /// The message's `type`.
    var type: String { kind.rawValue }
}

/// What the messages of one connection have in common when they are written.
struct MessageContext: Sendable {
    var now: Timestamp
    var session: String
    var configuration: LiveConfiguration
    var subscribers: Int
    /// Where the reader stands and where the log ends, as cursors.
    var cursor: String
    var head: String
    var lagEvents: Int64
    /// 0 at the head.
    var lagMilliseconds: Int64
}

extension ServerMessage {
    /// The message as JSON, as `docs/live-protocol.md` describes it.
    func json(_ context: MessageContext) -> ByteBuffer {
        var json = JSONWriter(ByteBufferAllocator().buffer(capacity: 256))
        json.beginObject()
        json.field("type", type)
        switch self {
        case .connection(let cursor):
            let limits = context.configuration
            json.field("status", "connected")
            json.field("message", "You are connected to the CloudFlux event stream.")
            json.field("timestamp", context.now)
            json.field("session", context.session)
            json.field("server_version", limits.serverVersion)
            json.field("heartbeat_ms", limits.heartbeat.inMilliseconds)
            json.field("cursor", cursor)
            json.key("limits")
            Self.write(limits, to: &json)
        case .heartbeat:
            json.field("timestamp", context.now)
            json.field("subscribers", context.subscribers)
            json.field("cursor", context.cursor)
            json.field("head", context.head)
            json.field("lag_events", context.lagEvents)
            json.field("lag_ms", context.lagMilliseconds)
        case .gap(let gap):
            gap.writeFields(to: &json)
        case .ack(let id, let action, let cursor, let statistics):
            Self.write(id: id, to: &json)
            json.field("action", action)
            json.field("cursor", cursor)
            if let statistics { json.field("stats", raw: statistics) }
        case .error(let id, let error):
            Self.write(id: id, to: &json)
            error.writeFields(to: &json)
        case .goaway(let retryAfter, let reason):
            json.field("retry_after_ms", retryAfter)
            json.field("reason", reason)
        }
        json.endObject()
        return json.buffer
    }

    private static func write(id: ByteBuffer?, to json: inout JSONWriter) {
        json.key("id")
        if let id { json.raw(id) } else { json.null() }
    }

    private static func write(_ limits: LiveConfiguration, to json: inout JSONWriter) {
        json.beginObject()
        json.field("max_message_bytes", limits.maxMessageBytes)
        json.field("max_batch_events", limits.maxBatchEvents)
        json.field("max_batch_bytes", limits.maxBatchBytes)
        json.field("max_back", StartPoint.maximumBack)
        json.field("ping_interval_ms", limits.pingInterval.inMilliseconds)
        json.field("stall_timeout_ms", limits.stallTimeout.inMilliseconds)
        json.endObject()
    }
}

extension StreamRequestError {
    /// `code`, `message`, `retryable` and what is known besides; a filter's error always has position and suggestion.
    func writeFields(to json: inout JSONWriter) {
        json.field("code", code.description)
        json.field("message", message)
        json.field("retryable", isRetryable)
        if let parameter { json.field("parameter", parameter) }
        if code == .badFilter || position != nil { json.field("position", position) }
        if code == .badFilter || suggestion != nil { json.field("suggestion", suggestion) }
    }
}
