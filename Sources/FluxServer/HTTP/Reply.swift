import HTTPTypes
import Hummingbird
import NIOCore

/// What a route answers, before the gateway adds what every answer has.
struct Reply: Sendable {
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Written piece by piece; each `write` waits until the socket takes more. The gateway writes the end.
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
        /// An answer that another part of the server made whole (server-sent events).
        case response(Response)
    }

    var status: Int
    var fields: HTTPFields
    var body: Body

    init(_ status: Int, fields: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// JSON bytes.
    static func json(_ bytes: ByteBuffer, status: Int = 200) -> Reply {
        Reply(status, fields: [.contentType: "application/json"], body: .bytes(bytes))
    }

    /// A JSON value.
    static func json(_ tree: JSONTree, status: Int = 200) -> Reply {
        .json(tree.bytes, status: status)
    }

    /// Text.
    static func text(_ text: String, type: String = "text/plain; charset=utf-8", status: Int = 200) -> Reply {
        Reply(status, fields: [.contentType: type], body: .bytes(ByteBuffer(string: text)))
    }

    /// A problem document.
    static func problem(_ problem: Problem, request: String?) -> Reply {
        var fields = problem.fields
        fields[.contentType] = Problem.mediaType
        return Reply(problem.status, fields: fields, body: .bytes(problem.document(request: request)))
    }
}
