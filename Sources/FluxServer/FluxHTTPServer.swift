import FluxAccess
import FluxEvents
import FluxLive
import FluxLog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
public import ServiceLifecycle

/// The HTTP server: REST, live streams, metrics and the page on one port.
///
/// It serves until it is asked to stop. Then it is not ready any more, says goodbye to the streams, lets requests that
/// run finish, and returns within `drainTimeout`. The rooms that it was given are started and stopped by whoever made
/// them: stop the server first.
public struct FluxHTTPServer: Service {
    private let rooms: ServerDependencies
    private let api: API
    private let gateway: Gateway
    private let quick: QuickPost
    private let tls: TLSReloader?

    /// - Throws: `AccessError` where the public URL, the certificate or its key cannot be used.
    public init(_ rooms: ServerDependencies) throws {
        let configuration = rooms.configuration
        self.rooms = rooms
        var limits = RequestLimiter.Limits()
        limits.perSecond = configuration.requestsPerSecond
        limits.burst = configuration.requestBurst
        let doorkeeper = Doorkeeper(
            policy: try OriginPolicy(
                publicURL: configuration.publicURL, listenHost: configuration.host,
                scheme: configuration.usesTLS ? .https : .http),
            access: rooms.access, limits: limits, now: configuration.now)
        let drain = DrainState()
        api = API(
            rooms: rooms, doorkeeper: doorkeeper,
            statistics: EventStatistics(
                log: rooms.events, directory: configuration.dataDirectory, interval: configuration.statisticsInterval,
                logger: rooms.logger),
            simulations: SimulationBoard(
                log: rooms.simulated, limit: configuration.maxSimulations, now: configuration.now, logger: rooms.logger),
            exports: ExportGate(limit: configuration.maxExports), drain: drain, started: configuration.now())
        let page = StaticPage(root: configuration.webRoot)
        let metrics = RequestMetrics(registry: rooms.metrics)
        gateway = Gateway(
            routes: RouteTable(api.endpoints(page: page), fallback: page.fallback), doorkeeper: doorkeeper,
            configuration: configuration, metrics: metrics, drain: drain, logger: rooms.logger)
        quick = QuickPost(api: api, doorkeeper: doorkeeper, drain: drain, metrics: metrics)
        if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            tls = try TLSReloader(certificatePath: certificate, keyPath: key, logger: rooms.logger)
        } else {
            tls = nil
        }
    }

    public func run() async throws {
        api.collectMetrics { [tls] in tls?.expiry }
        let live = rooms.live
        rooms.access.onRevocation { live.endStreams(of: $0) }
        let api = api
        live.setServerStatistics { await api.stats() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await api.statistics.run() }
            group.addTask { try await serve() }
            // The server's end, by itself or by an error, is the end of what runs beside it.
            defer { group.cancelAll() }
            while (try await group.next()) != nil {
                return group.cancelAll()
            }
        }
    }
}

extension FluxHTTPServer {
    /// Serves until a graceful shutdown has ended, or its time is up.
    private func serve() async throws {
        let application = try application()
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let rooms = rooms
        let api = api
        let limit = rooms.configuration.drainTimeout
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                group.addTask {
                    for await _ in stops {
                        try await Task.sleep(for: limit)
                        rooms.logger.warning("the drain timeout is over; what still runs is cut off")
                        return
                    }
                    // Cancelled before any stop.
                    try await Task.sleep(for: .seconds(1))
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } onGracefulShutdown: {
            api.drain.begin()
            api.simulations.stopAll()
            stop.yield()
            Task { await rooms.live.drain(within: limit * 0.9) }
        }
    }

    private func application() throws -> Application<Gateway> {
        let configuration = rooms.configuration
        var options = LiveHTTPOptions()
        options.debugEcho = configuration.debugEcho
        options.headerTimeout = configuration.headerTimeout
        options.idleTimeout = configuration.idleTimeout
        options.writeStallTimeout = configuration.writeStallTimeout
        options.isSecure = api.doorkeeper.isSecure
        options.maxSockets = configuration.maxConnections + configuration.spareConnections
        options.maxHeaderBytes = configuration.maxHeaderBytes
        options.tls = try tls.map { try NIOSSLContext(configuration: $0.configuration()) }
        let hub = rooms.live
        let doorkeeper = api.doorkeeper
        let sockets = api.sockets
        let settings = options
        let quick = quick
        return Application(
            responder: gateway,
            server: HTTPServerBuilder { responder in
                LiveHTTPChannel(
                    responder: responder, hub: hub, options: settings, sockets: sockets, quick: quick
                ) { head, ends in
                    Self.authorise(head, ends, doorkeeper)
                }
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: configuration.backlog),
            onServerRunning: { channel in
                await configuration.onServerRunning(channel.localAddress?.port ?? configuration.port)
            },
            eventLoopGroupProvider: .shared(rooms.group), logger: rooms.logger)
    }

    /// Who opens a WebSocket.
    private static func authorise(
        _ head: HTTPRequestHead, _ ends: ConnectionEnds, _ doorkeeper: Doorkeeper
    ) -> Authorisation {
        let visit = Doorkeeper.Visit(head, ends)
        do {
            try doorkeeper.checkOrigin(visit)
            return .principal(try doorkeeper.admitToStream(visit).forStreams)
        } catch {
            return .refuse(error)
        }
    }
}
