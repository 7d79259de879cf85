import FluxLive
import NIOCore
import NIOHTTP1

/// The answer to the question who opens a WebSocket.
enum Authorisation: Sendable {
    case principal(StreamPrincipal)
    /// Answered over HTTP, with this problem document.
    case refuse(status: HTTPResponseStatus, problem: ByteBuffer)
}
