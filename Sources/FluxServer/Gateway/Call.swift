import FluxAccess
import FluxEvents
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTPTypes

/// A request that has passed the gateway, as route handlers see it.
struct Call: Sendable {
    let request: Request
    /// `GET` also where the client asked `HEAD`.
    let method: HTTPRequest.Method
    /// The path and query as they came.
    let target: String
    let pathParameters: [String: String]
    let query: QueryParameters
    /// Who asks; nil on routes for everybody where nobody is signed in.
    let principal: Principal?
    /// Also in `X-Request-Id` and in log lines.
    let id: String
    /// Where the connection comes from, without port.
    let address: String
    /// Whether the client sees TLS, ours or a proxy's.
    let secure: Bool
    let channel: any Channel
    let limits: ServerConfiguration
    let logger: Logger

    /// The server's time.
    var now: Timestamp { limits.now() }

    /// Who asks, on routes that need a sign-in.
    func signedIn() throws -> Principal {
        guard let principal else {
            throw Problem(401, "not_signed_in", "You are not signed in, or your session has ended. Sign in again.")
        }
        return principal
    }

    /// The media type of the body, in lower case and without parameters; nil where none was given.
    var contentType: String? {
        request.headers[.contentType].map { Self.mediaType($0) }
    }

    static func mediaType(_ field: String) -> String {
        let bare = field.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
        return String(decoding: bare, as: UTF8.self).lowercased()
    }

    /// Whether `Accept` names this media type.
    func accepts(_ type: String) -> Bool {
        guard let accept = request.headers[.accept] else { return false }
        return accept.split(separator: ",").contains { Self.mediaType(String($0)) == type }
    }

    /// The largest body of a request that comes before sign-in: names, passwords and tokens are short.
    static let maximumSignInBytes = 16 << 10

    /// The whole body: 413 where it is larger than `maxBodyBytes`, 408 where it takes longer than `bodyTimeout`, 415
    /// where it is packed.
    func body(limit named: Int? = nil) async throws -> ByteBuffer {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem(
                415, "unsupported_encoding", "A packed body is not accepted; send it without Content-Encoding.")
        }
        let limit = min(named ?? .max, limits.maxBodyBytes)
        if let text = request.headers[.contentLength], let length = Int(text), length > limit {
            throw Self.tooLarge(limit, isNamed: named == nil)
        }
        awaitBody()
        let body = request.body
        // What comes of the connection ends with the timer's error; so a body that is there costs no second task.
        let channel = channel
        let timeout = limits.bodyTimeout
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
            channel.pipeline.fireErrorCaught(BodyTimeout())
        }
        defer { timer.cancel() }
        var whole = ByteBuffer()
        do {
            for try await piece in body {
                guard whole.readableBytes + piece.readableBytes <= limit else {
                    throw Self.tooLarge(limit, isNamed: named == nil)
                }
                // As a rule the body is one piece.
                if whole.readableBytes == 0 { whole = piece } else { whole.writeImmutableBuffer(piece) }
            }
        } catch is BodyTimeout {
            var problem = Problem(
                408, "body_timeout", "The body did not arrive within \(timeout); send it faster or in smaller pieces.")
            problem.closesConnection = true
            throw problem
        }
        return whole
    }

    private struct BodyTimeout: Error {}

    /// A JSON body: 415 where another type is said, 400 where it is not JSON.
    func json(limit: Int? = nil) async throws -> JSONValue {
        guard contentType == "application/json" else {
            throw Problem(
                415, "unsupported_media_type", "The body must be JSON, with Content-Type: application/json.")
        }
        return try Self.parse(try await body(limit: limit))
    }

    /// Parses JSON; 400 where it is none.
    static func parse(_ bytes: ByteBuffer) throws -> JSONValue {
        do {
            return try JSONDocument.parse(bytes).root
        } catch {
            throw Problem(
                400, "malformed_json", "The body is not JSON: \(error.message)",
                members: [("offset", .integer(Int64(error.offset)))])
        }
    }

    /// Tells a client that asked so that its body is wanted (RFC 9110, 10.1.1). It is its turn: what was asked before it
    /// is answered.
    private func awaitBody() {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }

    private static func tooLarge(_ limit: Int, isNamed: Bool) -> Problem {
        var problem = Problem(
            413, "body_too_large",
            isNamed
                ? "The body is larger than \(limit) bytes (--max-body-bytes); send it in several requests."
                : "The body is larger than \(limit) bytes, and no request to this route needs as many.")
        problem.closesConnection = true
        return problem
    }
}
