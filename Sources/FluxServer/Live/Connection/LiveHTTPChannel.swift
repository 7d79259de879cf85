import FluxEvents
import FluxLive
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// Limits and switches of the listener.
struct LiveHTTPOptions: Sendable {
    /// Whether `/ws/echo` exists.
    var debugEcho = false
    /// Nil for plain HTTP. The context may reload its certificate by itself.
    var tls: NIOSSLContext?
    /// A connection must have sent its first request's header by then.
    var headerTimeout: Duration = .seconds(10)
    /// A connection with no request under way is closed after this.
    var idleTimeout: Duration = .seconds(60)
    /// How long a peer may take not a byte of an answer that waits for it.
    var writeStallTimeout: Duration = .seconds(60)
    /// Whether browsers reach us over TLS, ours or a proxy's.
    var isSecure = false
    /// Connections of any kind that may be open at once.
    var maxSockets = 17_000
    /// Of a request's header lines together.
    var maxHeaderBytes = 32 << 10
}

/// HTTP/1.1 and WebSocket on one port, for Hummingbird:
/// `Application(router:, server: HTTPServerBuilder { LiveHTTPChannel(responder: $0, …) })`.
///
/// A connection that becomes a WebSocket lives on its event loop, without a task.
struct LiveHTTPChannel: ServerChildChannel, HTTPChannelHandler {
    typealias HTTPChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// What became of a connection.
    enum Outcome: Sendable {
        case http(HTTPChannel)
        /// A WebSocket, refused or gone: nothing to do for Hummingbird.
        case done
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let outcome: EventLoopFuture<Outcome>
    }

    let responder: HTTPChannelHandler.Responder
    private let hub: LiveHub
    private let options: LiveHTTPOptions
    private let quick: QuickPost?
    private let authorise: @Sendable (HTTPRequestHead, ConnectionEnds) async -> Authorisation
    private let sockets: SocketCount

    /// - Parameters:
    ///   - sockets: counts the connections.
    ///   - quick: answers short posts; nil leaves them to the responder like all others.
    ///   - authorise: who opens a stream; asked off the event loop.
    init(
        responder: @escaping HTTPChannelHandler.Responder, hub: LiveHub, options: LiveHTTPOptions = LiveHTTPOptions(),
        sockets: SocketCount, quick: QuickPost? = nil,
        authorise: @escaping @Sendable (HTTPRequestHead, ConnectionEnds) async -> Authorisation
    ) {
        self.responder = responder
        self.hub = hub
        self.options = options
        self.quick = quick
        self.sockets = sockets
        self.authorise = authorise
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let outcome = channel.eventLoop.makePromise(of: Outcome.self)
            guard sockets.enter(limit: options.maxSockets) else {
                if let refused = sockets.refusedToTell(at: .now()) {
                    logger.warning(
                        "connections refused: too many are open",
                        metadata: ["limit": "\(options.maxSockets)", "refused": "\(refused)"])
                }
                channel.close(promise: nil)
                outcome.succeed(.done)
                return Value(channel: channel, outcome: outcome.futureResult)
            }
            channel.closeFuture.whenComplete { [sockets] _ in
                sockets.leave()
                outcome.succeed(.done)
            }
            let pipeline = channel.pipeline.syncOperations
            if let tls = options.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
            try addHTTP(to: channel, outcome: outcome, logger: logger)
            let timeout = channel.eventLoop.scheduleTask(in: TimeAmount(options.headerTimeout)) {
                [sockets] in
                sockets.cut(.headerTimeout)
                channel.close(promise: nil)
            }
            outcome.futureResult.whenComplete { _ in timeout.cancel() }
            return Value(channel: channel, outcome: outcome.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            guard case .http(let channel) = try await value.outcome.get() else { return }
            // Most of a short request is waiting: for that it needs no thread but the one that its socket has.
            await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
                await handleHTTP(asyncChannel: channel, logger: logger)
            }
        } catch {
            logger.debug("a connection could not be set up", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }

    private func addHTTP(to channel: any Channel, outcome: EventLoopPromise<Outcome>, logger: Logger) throws {
        let pipeline = channel.pipeline.syncOperations
        let encoder = HTTPResponseEncoder()
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = options.maxHeaderBytes
        limits.maxHeaderFieldSize = options.maxHeaderBytes
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(
            UpgradeDecider(
                encoder: encoder, decoder: decoder, outcome: outcome, isSecure: options.isSecure,
                maxHeaderBytes: options.maxHeaderBytes, logger: logger,
                examine: { [options] head in UpgradeDecision.examine(head, echo: options.debugEcho) },
                refused: { [sockets] in sockets.cut(.refused) },
                ask: { [hub, authorise] head in
                    let ends = ConnectionEnds(of: channel)
                    let promise = channel.eventLoop.makePromise(of: UpgradeDecision.self)
                    promise.completeWithTask {
                        let found = await authorise(head, ends)
                        return UpgradeDecision.settle(head, found, hubRefusal: hub.refusal)
                    }
                    return promise.futureResult
                },
                installHTTP: { [options, sockets, quick] channel in
                    let front = try channel.pipeline.syncOperations.context(handler: encoder)
                    return try Self.installHTTP(
                        channel, front: front, options: options, sockets: sockets, quick: quick, logger: logger)
                },
                installWebSocket: { [hub] channel, head, handshake in
                    try Self.installWebSocket(channel, hub: hub, head: head, handshake: handshake)
                }))
    }

    private static func installHTTP(
        _ channel: any Channel, front: ChannelHandlerContext, options: LiveHTTPOptions, sockets: SocketCount,
        quick: QuickPost?, logger: Logger
    ) throws -> Outcome {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            MalformedRequestHandler(isSecure: options.isSecure, maxHeaderBytes: options.maxHeaderBytes))
        try pipeline.addHandler(
            WriteStallHandler(timeout: TimeAmount(options.writeStallTimeout)) {
                sockets.cut(.stalled)
            })
        let codec = HTTP1ToHTTPServerCodec(secure: options.tls != nil)
        let addState = { (channel: any Channel) in
            try channel.pipeline.syncOperations.addHandler(
                HTTPConnectionStateHandler(idleTimeout: options.idleTimeout, logger: logger), position: .after(codec))
        }
        if let quick {
            let idle = TimeAmount(options.idleTimeout)
            try pipeline.addHandler(
                PostingLane(quick: quick, front: front, idleTimeout: idle, becomeOrdinary: addState))
            try pipeline.addHandler(codec)
        } else {
            try pipeline.addHandler(codec)
            try addState(channel)
        }
        return .http(
            try HTTPChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
    }

    private static func installWebSocket(
        _ channel: any Channel, hub: LiveHub, head: HTTPRequestHead, handshake: UpgradeDecision.Handshake
    ) throws {
        let application: any WebSocketApplication
        let maxMessageBytes: Int
        switch handshake.endpoint {
        case .echo:
            application = EchoApplication(deflate: handshake.deflate)
            maxMessageBytes = EchoApplication.maxMessageBytes
        case .stream(let principal):
            let request = Result { () throws(StreamRequestError) in
                try StreamRequest(target: head.uri, now: hub.now())
            }
            application = StreamApplication(
                hub: hub.loopHub(for: channel.eventLoop), request: request, isCloudEvents: handshake.isCloudEvents,
                framing: WebSocketFraming(windowBits: handshake.deflate?.serverWindowBits), principal: principal)
            maxMessageBytes = hub.configuration.maxMessageBytes
        }
        let inflater = handshake.deflate.map { agreement -> any MessageInflater in
            agreement.clientKeepsContext ? Inflater(keepsContext: true) : MomentaryInflater()
        }
        try channel.pipeline.syncOperations.addHandler(
            WebSocketHandler(application: application, maxMessageBytes: maxMessageBytes, inflater: inflater))
    }
}
