import NIOCore

/// What a client may ask for on a WebSocket.
public enum ClientAction: String, Sendable, Hashable, CaseIterable {
    case subscribe, pause, resume, ping, stats

    /// What it does, in a sentence without a full stop.
    public var summary: String {
        switch self {
        case .subscribe: "Changes the filter or the start; what is missing stays as it is"
        case .pause: "No more events; heartbeats go on"
        case .resume: "All that came meanwhile, then live"
        case .ping: "Nothing but an answer"
        case .stats: "The server's figures, as `GET /api/stream/stats`"
        }
    }

    /// Whether `filter` and `from` may stand beside it.
    public var takesSubscription: Bool { self == .subscribe }

    /// Messages as a client may send them, as JSON text.
    public var examples: [String] {
        switch self {
        case .subscribe:
            [
                #"{"id":1,"action":"subscribe","filter":"type:cloud.*","from":"-10"}"#,
                #"{"id":"only the filter","action":"subscribe","filter":"size>1MB"}"#,
            ]
        case .pause, .resume, .stats: [#"{"id":"\#(rawValue)-1","action":"\#(rawValue)"}"#]
        case .ping: [#"{"action":"ping"}"#, #"{"id":{"any":["value"]},"action":"ping"}"#]
        }
    }
}
