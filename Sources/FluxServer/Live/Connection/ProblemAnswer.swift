import HTTPTypes
import NIOCore
import NIOHTTP1

/// The answer to a request that reaches no route, for a connection that ends with it.
struct ProblemAnswer {
    let id: String
    let head: HTTPResponseHead
    let body: ByteBuffer

    /// - Parameter isSecure: whether browsers reach us over TLS.
    init(_ problem: Problem, isSecure: Bool) {
        id = RequestName.next()
        body = problem.document(request: id)
        var fields = problem.fields
        fields[.contentType] = Problem.mediaType
        fields[.contentLength] = String(body.readableBytes)
        fields[.connection] = "close"
        fields[Self.requestID] = id
        SecurityHeaders.add(to: &fields, secure: isSecure)
        head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.status),
            headers: HTTPHeaders(fields.map { ($0.name.rawName, $0.value) }))
    }

    /// Every answer of ours names its request.
    static let requestID = SecurityHeaders.named("X-Request-Id")
}

/// Says in words what is wrong with a later request of a connection that is no HTTP.
///
/// Hummingbird answers such a request in its turn, with a bare 400, and ends the connection; here that answer is given
/// the document that every other refusal has. Confined to the event loop.
final class MalformedRequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let isSecure: Bool
    private let maxHeaderBytes: Int
    private var error: HTTPParserError?

    init(isSecure: Bool, maxHeaderBytes: Int) {
        self.isSecure = isSecure
        self.maxHeaderBytes = maxHeaderBytes
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.error = self.error ?? (error as? HTTPParserError)
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let error, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            !head.headers.contains(name: ProblemAnswer.requestID.rawName)
        else { return context.write(data, promise: promise) }
        let answer = ProblemAnswer(
            Problem(malformed: error, maxHeaderBytes: maxHeaderBytes), isSecure: isSecure)
        context.write(wrapOutboundOut(.head(answer.head)), promise: promise)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
    }
}
