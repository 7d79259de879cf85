import CFluxSystem
import FluxAccess
import FluxCatalog
import FluxEvents
import FluxIngest
import FluxLive
import FluxLog
import FluxServer
import FluxStores
import FluxTools
import Glibc
import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Plugs the rooms together and runs them.
enum ServerAssembly {
    static func run(_ settings: ResolvedSettings) async throws {
        let logger = LoggingSetup.start(settings)
        for warning in try ServeRules.check(settings) { logger.warning("\(warning)") }
        let manager = ServiceManager(environment: Environment.all)
        let address = settings.address("listen") ?? ("127.0.0.1", 8000)
        let mode = settings.authMode

        let folder = try DataFolder(making: settings.text("data") ?? ".cloudflux")
        let lock = try await FolderUpgrade.prepare(
            folder.path, version: CloudFlux.version, reserve: settings.bytes("disk-reserve") ?? 0, now: .now(),
            logger: logger)
        // What a killed server left behind names an address that is nobody's, or somebody else's.
        Announcement.clear(folder)
        lock.unlock()
        let fence = RetentionFence()
        let log = try EmbeddedLog.open(
            directory: folder.path, configuration: logConfiguration(settings, fence: fence, logger: logger),
            logger: logger)
        let events = log.topic("events")
        let simulated = log.topic("simulated")

        var accessConfiguration = AccessConfiguration()
        accessConfiguration.mode = mode
        accessConfiguration.welcomeFile = folder.file("welcome")
        let access = try AccessControl(
            path: folder.file("state.sqlite"), configuration: accessConfiguration, logger: logger)

        let catalog = try Catalog.open(directory: folder.path, log: events, logger: logger)
        fence.set(catalog)

        var storeOptions = StoreOptions(excluded: [folder.identity])
        storeOptions.maximumRescanDeletes = (settings.percent("max-rescan-deletes") ?? 10) / 100
        storeOptions.listBudget = ListBudget(amount: settings.dollars("list-budget") ?? 1)
        storeOptions.accessDetail = settings.text("access-detail").flatMap(AccessDetail.init(rawValue:)) ?? .automatic
        storeOptions.dedupReads = settings.count("dedup-reads") ?? storeOptions.dedupReads
        storeOptions.sourcesPath = folder.file("sources.sqlite")
        storeOptions.onProgress = ProgressBar.shared.show
        let group = MultiThreadedEventLoopGroup.singleton
        let s3 = S3Door(group: group)
        storeOptions.s3 = s3
        let stores = StoreSupervisor(
            log: events, known: catalog, stores: try catalog.storesNow(), options: storeOptions, logger: logger)

        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        let live = LiveHub(
            group: group, events: events, simulated: simulated, configuration: liveConfiguration(settings),
            now: { Timestamp.now() }, logger: logger)

        var configuration = serverConfiguration(settings, folder: folder)
        configuration.host = address.host
        configuration.port = address.port
        configuration.authentication = mode == .none ? .none : .password
        let announcement = Announcement(
            folder: folder, scheme: configuration.scheme, host: address.host, publicURL: configuration.publicURL,
            certificate: configuration.tlsCertificate.map(DataFolder.absolute))
        let welcome = mode == .password && !access.hasAccounts ? try await access.issueWelcome() : nil
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        configuration.onServerRunning = { running.yield($0) }
        let server = try FluxHTTPServer(
            ServerDependencies(
                log: log, events: events, simulated: simulated, catalog: catalog, stores: stores, access: access,
                live: live, group: group, metrics: metrics, configuration: configuration, logger: logger))

        let temperatures = ForecastWatch(
            catalog: catalog, log: events, configuration: forecastConfiguration(settings),
            reach: { ReadReach.of(stores.list()) }, logger: logger)

        live.start()
        let failure: (any Error)?
        do {
            try await serve(
                [
                    RoomService("catalogue") { try await catalog.run() },
                    RoomService("stores") { try await stores.run() },
                    RoomService("temperatures") { await temperatures.run() },
                    RoomService("memory") { try await Allocator.keepTrimmed() },
                    RoomService("watchdog") {
                        try await manager.watch(group)
                        try await gracefulShutdown()
                    },
                    RoomService("sessions in use") {
                        // A page that only listens is in use, though it sends no request.
                        while true {
                            try await Task.sleep(for: .seconds(2))
                            let open = await live.openGrants()
                            live.endStreams(of: access.ended(of: open))
                            access.touch(open)
                        }
                    },
                    RoomService("address") {
                        for await port in ports {
                            do {
                                try announcement.write(port: port, welcome: welcome)
                            } catch {
                                // One that nobody can find is no server.
                                throw ToolError(
                                    .file,
                                    "\((error as? ToolError)?.message ?? "\(error)"); so nobody could find the server, "
                                        + "and it stops. Is the disk full? Make room, and start again",
                                    underlying: error)
                            }
                            manager.ready()
                            do {
                                try announcement.say(port: port, welcome: welcome)
                            } catch {
                                logger.error("the address could not be printed, it is in ports.json: \(error)")
                            }
                        }
                    },
                    RoomService("stores of the settings") {
                        try await addStores(settings.texts("store"), to: stores, logger: logger)
                        try await gracefulShutdown()
                    },
                    server,
                ], drainTimeout: configuration.drainTimeout, manager: manager, logger: logger
            ) { Announcement.withdraw(folder) }
            failure = nil
        } catch {
            failure = explained(error, address: settings.text("listen") ?? "")
        }
        await s3.shutdown()
        catalog.close()
        await access.close()
        Announcement.clear(folder)
        await log.close()
        if let failure { throw failure }
        logger.info("stopped")
    }

    /// A second signal that comes so soon is the first one's echo: `timeout`, and terminals, send one to the process and
    /// one to its group.
    private static let echo = Duration.milliseconds(250)

    /// What stops the server. A terminal that closes hangs up; `nohup` has that ignored, and then it stays so.
    private static var stopSignals: [UnixSignal] {
        cflux_ignores_signal(SIGHUP) ? [.sigterm, .sigint] : [.sigterm, .sigint, .sighup]
    }

    /// Runs the services until a signal; they stop in reverse order. The second signal stops at once, but for a hang-up:
    /// nobody hangs up to hurry, and a shell that ends sends several.
    private static func serve(
        _ services: [any Service], drainTimeout: Duration, manager: ServiceManager, logger: Logger,
        onStop: @escaping @Sendable () -> Void
    ) async throws {
        let hardLimit = drainTimeout + .seconds(10)
        var configuration = ServiceGroupConfiguration(services: services, logger: logger)
        // The server drains within the timeout by itself; this is for whatever hangs behind it.
        configuration.maximumGracefulShutdownDuration = hardLimit
        let group = ServiceGroup(configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                var first: ContinuousClock.Instant?
                for await signal in await UnixSignalsSequence(trapping: stopSignals) {
                    if let first {
                        guard signal != .sighup, first.duration(to: .now) > echo else { continue }
                        logger.warning("stopping at once (\(signal))")
                        _exit(1)
                    }
                    first = .now
                    // Half as long again for what is closed behind the services: log, catalogue, accounts.
                    manager.stopping(within: hardLimit * 1.5)
                    logger.info("stopping (\(signal)); once more stops at once")
                    onStop()
                    await group.triggerGracefulShutdown()
                }
            }
            defer { tasks.cancelAll() }
            try await group.run()
        }
    }

    /// Says in words what the system said in numbers.
    private static func explained(_ error: any Error, address: String) -> any Error {
        let reason: String
        switch error {
        case let error as IOError:
            reason =
                switch error.errnoCode {
                case EADDRINUSE: "another program listens there; choose another port, or 0 for a free one"
                case EADDRNOTAVAIL: "this machine has no such address; choose one of its own, or 127.0.0.1"
                case EACCES: "ports below 1024 need a right of their own; choose a higher one"
                default: String(cString: strerror(error.errnoCode))
                }
        case is SocketAddressError.UnknownHost:
            reason = "there is no host of that name; give an address of this machine, such as 127.0.0.1:8000"
        default: return error
        }
        return ToolError(.connection, "cannot listen on \(address): \(reason)", underlying: error)
    }

    /// How long a store that could not be added waits for its next try: its disk may not be mounted yet.
    private static let storeRetry = Duration.seconds(15)

    /// Adds the stores that flags or the file name. One that cannot be added stops nothing else, and is tried again.
    private static func addStores(_ urls: [String], to stores: StoreSupervisor, logger: Logger) async throws {
        var waiting = urls
        var told: [String: String] = [:]
        while true {
            var failed: [String] = []
            for url in waiting {
                let name = url.prefix { $0 != "?" }
                do {
                    _ = try await stores.add(url: url, origin: .configuration, by: nil)
                    if told[url] != nil { logger.info("the store \(name) is watched now") }
                } catch {
                    failed.append(url)
                    if told[url] != error.message {
                        logger.error(
                            "the store \(name) could not be added, and is tried again every \(storeRetry.components.seconds) s: \(error)"
                        )
                    }
                    told[url] = error.message
                }
            }
            waiting = failed
            if waiting.isEmpty { return }
            try await Task.sleep(for: storeRetry)
        }
    }
}

/// A room's loop as a service: cancelled at the graceful shutdown.
struct RoomService: Service {
    var name: String
    var body: @Sendable () async throws -> Void

    init(_ name: String, body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.body = body
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await body()
            } catch is CancellationError {
                return
            }
        }
    }
}

/// Asks the catalogue how far the log may be trimmed, once there is a catalogue.
final class RetentionFence: Sendable {
    private let catalog = Mutex<Catalog?>(nil)

    func set(_ catalog: Catalog) {
        self.catalog.withLock { $0 = catalog }
    }

    func offset(topic: String) -> Int64 {
        guard topic == "events" else { return .max }
        return catalog.withLock { $0 }?.snapshotFence ?? 0
    }

    /// Retention would remove what lies before this offset.
    func wanted(_ offset: Int64) {
        catalog.withLock { $0 }?.wantSnapshot(past: offset)
    }
}
