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
import Synchronization

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
    private let authorise: @Sendable (HTTPRequestHead, ConnectionEnds) async -> Authorisation
    private let sockets = SocketCount()

    /// - Parameter authorise: who opens a stream; asked off the event loop.
    init(
        responder: @escaping HTTPChannelHandler.Responder, hub: LiveHub, options: LiveHTTPOptions = LiveHTTPOptions(),
        authorise: @escaping @Sendable (HTTPRequestHead, ConnectionEnds) async -> Authorisation
    ) {
        self.responder = responder
        self.hub = hub
        self.options = options
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
            let timeout = channel.eventLoop.scheduleTask(in: .nanoseconds(options.headerTimeout.inNanoseconds)) {
                channel.close(promise: nil)
            }
            outcome.futureResult.whenComplete { _ in timeout.cancel() }
            return Value(channel: channel, outcome: outcome.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            guard case .http(let channel) = try await value.outcome.get() else { return }
            await handleHTTP(asyncChannel: channel, logger: logger)
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
                encoder: encoder, decoder: decoder, outcome: outcome, isSecure: options.isSecure, logger: logger,
                examine: { [options] head in UpgradeDecision.examine(head, echo: options.debugEcho) },
                ask: { [hub, authorise] head in
                    let ends = ConnectionEnds(of: channel)
                    let promise = channel.eventLoop.makePromise(of: UpgradeDecision.self)
                    promise.completeWithTask {
                        let found = await authorise(head, ends)
                        return UpgradeDecision.settle(head, found, hubRefusal: hub.refusal)
                    }
                    return promise.futureResult
                },
                installHTTP: { [options] channel in
                    try Self.installHTTP(channel, options: options, logger: logger)
                },
                installWebSocket: { [hub] channel, head, handshake in
                    try Self.installWebSocket(channel, hub: hub, head: head, handshake: handshake)
                }))
    }

    private static func installHTTP(
        _ channel: any Channel, options: LiveHTTPOptions, logger: Logger
    ) throws -> Outcome {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(MalformedRequestHandler(isSecure: options.isSecure))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: options.tls != nil))
        try pipeline.addHandler(
            WriteStallHandler(timeout: .nanoseconds(options.writeStallTimeout.inNanoseconds)))
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: options.idleTimeout, logger: logger))
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

/// How many connections are open.
final class SocketCount: Sendable {
    /// Anybody can be refused as often as they like: the log has a line this often, with how many there were.
    static let tellEvery: TimeAmount = .seconds(10)

    private let open = Atomic<Int>(0)
    private let refused = Mutex<(count: Int, nextLine: NIODeadline)>((0, .uptimeNanoseconds(0)))

    /// Counts one that was refused. How many there were since the last line, where it is time for one.
    func refusedToTell(at now: NIODeadline) -> Int? {
        refused.withLock { state in
            state.count += 1
            guard now >= state.nextLine else { return nil }
            let count = state.count
            state = (0, now + Self.tellEvery)
            return count
        }
    }

    /// False, and not counted, where `limit` are open already.
    func enter(limit: Int) -> Bool {
        guard open.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            leave()
            return false
        }
        return true
    }

    func leave() { open.wrappingSubtract(1, ordering: .relaxed) }

    var count: Int { open.load(ordering: .relaxed) }
}

extension Duration {
    fileprivate var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
