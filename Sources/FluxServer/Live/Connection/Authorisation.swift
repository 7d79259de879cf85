import FluxLive
import NIOCore

/// The answer to the question who opens a WebSocket.
enum Authorisation: Sendable {
    case principal(StreamPrincipal)
    /// Answered over HTTP.
    case refuse(Problem)
}

/// The two ends of a connection, as far as who may come in depends on them.
struct ConnectionEnds: Sendable, Hashable {
    /// Where it comes from, without port.
    var address: String
    /// The port of ours that it came in at.
    var port: Int?

    init(of channel: any Channel) {
        address = channel.remoteAddress?.ipAddress ?? "unknown"
        port = channel.localAddress?.port
    }
}
