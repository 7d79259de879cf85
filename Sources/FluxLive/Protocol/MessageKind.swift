import FluxLog

/// The messages that a server sends on a stream; the raw value is their `type`.
public enum MessageKind: String, Sendable, Hashable, CaseIterable {
    case connection, event, events, heartbeat, gap, ack, error, goaway

    /// When it comes, in a sentence without a full stop.
    public var summary: String {
        switch self {
        case .connection: "The first message: who you are to the server and where you start"
        case .event: "An event"
        case .events: "Instead of `event` with `batch=1`, even for one"
        case .heartbeat: "Nothing else was sent for `heartbeat_ms`, also while paused"
        case .gap: "What you were not given, exactly"
        case .ack: "Your message was done"
        case .error: "Your message or a parameter was refused"
        case .goaway: "The server is stopping; close code 1001 follows"
        }
    }

    /// Whether it answers a client's message, and echoes its `id`.
    public var isAnswer: Bool { self == .ack || self == .error }

    /// Its fields besides `type`, in the order in which they are written.
    public var fields: [MessageField] {
        let cursor = MessageField("cursor", .cursor, "Where to resume: give it as `from`")
        switch self {
        case .connection:
            return [
                MessageField("status", .words(["connected"]), "Always `connected`"),
                MessageField("message", .text, "A greeting"), MessageField("timestamp", .time, "The server's time"),
                MessageField("session", .text, "Names this connection in the server's log"),
                MessageField("server_version", .text, "The version of the server"),
                MessageField("heartbeat_ms", .count, "After so much silence comes a heartbeat"),
                MessageField("cursor", .cursor, "Where you start"),
                MessageField("limits", .limits, "What this server allows"),
            ]
        case .event: return [MessageField("data", .event, "The event"), cursor]
        case .events: return [MessageField("data", .events, "1 to 500 events, oldest first"), cursor]
        case .heartbeat:
            return [
                MessageField("timestamp", .time, "The server's time"),
                MessageField("subscribers", .count, "Readers at this moment"), cursor,
                MessageField("head", .cursor, "Where the log ends"),
                MessageField("lag_events", .count, "Events of the log between you and its head, matching or not"),
                MessageField("lag_ms", .count, "For how long the oldest of them has been waiting, 0 at the head"),
            ]
        case .gap:
            return [
                MessageField("from", .cursor, "The cursor that you had"),
                MessageField("to", .cursor, "Where you continue"),
                MessageField(
                    "count", .count, "Events of the log between, matching or not; null after `reset`", mayBeNull: true),
                MessageField(
                    "reason", .words(GapReason.allCases.map(\.rawValue) + [GapNotice.reset]), "What happened to them"),
            ]
        case .ack:
            return [
                MessageField("id", .mark, "Your own mark, null where there was none", mayBeNull: true),
                MessageField("action", .words(ClientAction.allCases.map(\.rawValue)), "What was done"),
                MessageField("cursor", .cursor, "Where you stand; after `subscribe` where the new subscription starts"),
                MessageField("stats", .statistics, "Only for `stats`", isRequired: false),
            ]
        case .error:
            return [
                MessageField("id", .mark, "Your own mark, null where there was none", mayBeNull: true),
                MessageField("code", .words(StreamRequestError.Code.all.map(\.description)), "What was wrong"),
                MessageField("message", .text, "The same in words, with what to do"),
                MessageField("retryable", .flag, "Whether the very same may succeed later"),
                MessageField("parameter", .text, "Which parameter or field", isRequired: false),
                MessageField(
                    "position", .count, "Where in a filter, in characters from 0", isRequired: false, mayBeNull: true),
                MessageField("suggestion", .text, "What was probably meant", isRequired: false, mayBeNull: true),
            ]
        case .goaway:
            return [
                MessageField("retry_after_ms", .count, "Wait so long before you come back"),
                MessageField("reason", .text, "Why, in words"),
            ]
        }
    }
}
