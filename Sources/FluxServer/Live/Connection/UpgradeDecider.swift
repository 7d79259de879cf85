import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Stands behind the HTTP decoder and looks at a connection's first request: a WebSocket of ours, or plain HTTP.
///
/// NIO's own upgrade handler loses the request's head when an upgrade is refused (apple/swift-nio#2632), so that
/// `curl --http2` would hang; this one lets every refused request go on as it came. Confined to the event loop.
final class UpgradeDecider: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case first
        /// Whose handshake it is is being asked, off the event loop; whether its request has ended.
        case asking(HTTPRequestHead, hasEnded: Bool)
        /// The handshake is accepted; the end of its request is awaited.
        case accepted(HTTPRequestHead, UpgradeDecision.Handshake)
        /// The HTTP handlers are being taken out; what arrives belongs to the WebSocket.
        case upgrading
        case passing
        case refused
    }

    private let encoder: HTTPResponseEncoder
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let outcome: EventLoopPromise<LiveHTTPChannel.Outcome>
    private let examine: (HTTPRequestHead) -> UpgradeDecision
    private let refused: () -> Void
    private let ask: (HTTPRequestHead) -> EventLoopFuture<UpgradeDecision>
    private let installHTTP: (any Channel) throws -> LiveHTTPChannel.Outcome
    private let installWebSocket: (any Channel, HTTPRequestHead, UpgradeDecision.Handshake) throws -> Void
    /// How long a refused peer may take to read why and to end its side.
    static let refusalTimeout = TimeAmount.seconds(2)

    private var state = State.first
    private var early: [NIOAny] = []
    private var isGone = false
    /// What the WebSocket is told once it is there.
    private var owedEvents: [any Sendable] = []
    private let isSecure: Bool
    private let maxHeaderBytes: Int
    private let logger: Logger

    /// - Parameters:
    ///   - examine: looks at a request's head.
    ///   - refused: told of each first request that is refused here.
    ///   - ask: settles a handshake for which that says `.ask`; completes on this event loop.
    ///   - isSecure: whether browsers reach us over TLS.
    ///   - maxHeaderBytes: the decoder's limit, to be told.
    init(
        encoder: HTTPResponseEncoder, decoder: ByteToMessageHandler<HTTPRequestDecoder>,
        outcome: EventLoopPromise<LiveHTTPChannel.Outcome>, isSecure: Bool, maxHeaderBytes: Int, logger: Logger,
        examine: @escaping (HTTPRequestHead) -> UpgradeDecision,
        refused: @escaping () -> Void,
        ask: @escaping (HTTPRequestHead) -> EventLoopFuture<UpgradeDecision>,
        installHTTP: @escaping (any Channel) throws -> LiveHTTPChannel.Outcome,
        installWebSocket: @escaping (any Channel, HTTPRequestHead, UpgradeDecision.Handshake) throws -> Void
    ) {
        self.encoder = encoder
        self.decoder = decoder
        self.outcome = outcome
        self.isSecure = isSecure
        self.maxHeaderBytes = maxHeaderBytes
        self.logger = logger
        self.examine = examine
        self.refused = refused
        self.ask = ask
        self.installHTTP = installHTTP
        self.installWebSocket = installWebSocket
    }

    // The promise is completed in every way a connection can go; completing it again is without effect.
    func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        outcome.succeed(.done)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isGone = true
        outcome.succeed(.done)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case .first = state else { return context.fireErrorCaught(error) }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        refuse(context, Problem(malformed: error, maxHeaderBytes: maxHeaderBytes))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch state {
        case .first, .refused:
            // Nobody is behind this handler: such a connection ends when the server stops or the peer does.
            switch event {
            case is ChannelShouldQuiesceEvent, ChannelEvent.inputClosed: context.close(promise: nil)
            default: context.fireUserInboundEventTriggered(event)
            }
        case .asking, .accepted, .upgrading:
            switch event {
            case let event as ChannelShouldQuiesceEvent: owedEvents.append(event)
            case let event as ChannelEvent where event == .inputClosed: owedEvents.append(event)
            default: context.fireUserInboundEventTriggered(event)
            }
        case .passing: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .upgrading = state { return early.append(data) }
        var part = unwrapInboundIn(data)
        if case .head(var head) = part {
            head.settleHost()
            part = .head(head)
        }
        read(context, part)
    }

    private func read(_ context: ChannelHandlerContext, _ part: HTTPServerRequestPart) {
        switch state {
        case .upgrading, .refused: break
        case .asking(let head, _):
            if case .end = part { state = .asking(head, hasEnded: true) }
        case .accepted(let head, let handshake):
            if case .end = part { upgrade(context, head, handshake) }
        case .passing: context.fireChannelRead(wrapInboundOut(Self.plain(part)))
        case .first: first(context, part)
        }
    }

    private func first(_ context: ChannelHandlerContext, _ part: HTTPServerRequestPart) {
        guard case .head(let head) = part else { return }
        switch examine(head) {
        case .ask:
            state = .asking(head, hasEnded: false)
            ask(head).assumeIsolated().whenComplete { [self] result in answered(context, result) }
        case .refuse(let problem): refuse(context, problem)
        case .upgrade(let handshake): state = .accepted(head, handshake)
        case .http:
            state = .passing
            do {
                outcome.succeed(try installHTTP(context.channel))
            } catch {
                outcome.fail(error)
                return context.close(promise: nil)
            }
            context.fireChannelRead(wrapInboundOut(Self.plain(part)))
        }
    }

    /// It is known what becomes of the handshake.
    private func answered(_ context: ChannelHandlerContext, _ result: Result<UpgradeDecision, any Error>) {
        guard !isGone, case .asking(let head, let hasEnded) = state else { return }
        switch result {
        case .success(.upgrade(let handshake)):
            state = .accepted(head, handshake)
            if hasEnded { upgrade(context, head, handshake) }
        case .success(.refuse(let problem)): refuse(context, problem)
        case .success, .failure: context.close(promise: nil)
        }
    }

    /// NIO's decoder stops behind any request with `Upgrade`: such a request is answered, and the connection closed.
    private static func plain(_ part: HTTPServerRequestPart) -> HTTPServerRequestPart {
        guard case .head(var head) = part, head.headers.contains(name: "upgrade") else { return part }
        head.headers.remove(name: "upgrade")
        head.headers.remove(name: "http2-settings")
        head.headers.replaceOrAdd(name: "connection", value: "close")
        return .head(head)
    }

    private func refuse(_ context: ChannelHandlerContext, _ problem: Problem) {
        state = .refused
        refused()
        let answer = ProblemAnswer(problem, isSecure: isSecure)
        logger.debug(
            "a first request was refused",
            metadata: ["request_id": "\(answer.id)", "status": "\(problem.status)", "code": "\(problem.code)"])
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        // Only our side at first: to close with input unread would reset the connection and destroy the answer.
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .output, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.refusalTimeout) { context.close(promise: nil) }
        outcome.succeed(.done)
    }

    private func upgrade(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ handshake: UpgradeDecision.Handshake
    ) {
        state = .upgrading
        let operations = context.pipeline.syncOperations
        // First the decoder, so that what the client already sent behind its handshake comes here as bytes.
        operations.removeHandler(decoder).assumeIsolated().whenComplete { [self] _ in
            let answer = HTTPResponseHead(
                version: .http1_1, status: .switchingProtocols, headers: handshake.headers)
            context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
            operations.removeHandler(encoder).assumeIsolated().whenComplete { [self] _ in
                install(context, head, handshake)
            }
        }
    }

    private func install(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ handshake: UpgradeDecision.Handshake
    ) {
        do {
            try installWebSocket(context.channel, head, handshake)
        } catch {
            outcome.fail(error)
            return context.close(promise: nil)
        }
        outcome.succeed(.done)
        for data in early { context.fireChannelRead(data) }
        for event in owedEvents { context.fireUserInboundEventTriggered(event) }
        early = []
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
