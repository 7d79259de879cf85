import FluxAccess
import FluxCatalog
import FluxEvents
import FluxIngest
import FluxLive
import FluxLog
import FluxServer
import FluxStores
import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

/// The whole server on a real folder and a real socket, with everything below it real too.
struct ServerUnderTest: Sendable {
    let http: RawHTTP
    let log: EmbeddedLog
    let events: any EventLog
    let simulated: any EventLog
    let access: AccessControl
    let live: LiveHub
    let directory: String
    let group: ServiceGroup
    /// Bearer tokens by scope.
    let tokens: [Scope: String]

    /// `Authorization` of a token with one scope.
    func bearer(_ scope: Scope) -> (String, String) { ("Authorization", "Bearer \(tokens[scope] ?? "")") }

    /// Any request, as an administrator unless told otherwise.
    func ask(
        _ method: String, _ target: String, as scope: Scope? = .admin, headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> HTTPAnswer {
        try await http.request(method, target, headers: headers + (scope.map { [bearer($0)] } ?? []), body: body)
    }

    /// Posts JSON.
    func post(
        _ target: String, as scope: Scope? = .admin, type: String = "application/json",
        headers: [(String, String)] = [], _ body: String
    ) async throws -> HTTPAnswer {
        try await ask("POST", target, as: scope, headers: headers + [("Content-Type", type)], body: body)
    }

    /// Appends events of a foreign type, each with its number in `data.n`.
    func fill(
        _ count: Int, type: String = "com.example.test", from first: Int = 0, padding: Int = 0
    ) async throws {
        let rest = padding > 0 ? ",\"p\":\"" + String(repeating: "x", count: padding) + "\"" : ""
        var next = first
        while next < first + count {
            let records = (next..<min(next + (padding > 0 ? 40 : 500), first + count)).map { n in
                Event(
                    id: "fill-\(type)-\(n)", source: "/test", type: EventType(rawValue: type), time: Timestamp.now(),
                    data: ByteBuffer(string: "{\"n\":\(n)\(rest)}"), key: ByteBuffer(string: type)
                ).record()
            }
            _ = try await events.append(records)
            next += records.count
        }
    }

    /// Tells of so many uploads, and waits until their objects are known.
    func fillObjects(_ count: Int) async throws {
        _ = try await events.append(
            (0..<count).map { n in
                ObjectEventData(
                    object: ObjectRef(provider: .file, bucket: "/srv", key: Array("file-\(n)".utf8)),
                    operation: "create", sizeBytes: Int64(n)
                ).event(.upload, id: "object-\(n)", source: "/test", time: Timestamp.now()).record()
            })
        #expect(
            try await eventually {
                try await ask("GET", "/api/objects", as: .read).json["total"]?.int64 == Int64(count)
            })
    }

    /// Appends one event of inventory, which lists leave out.
    func fillInventory(_ id: Int) async throws {
        _ = try await events.append([
            Event(
                id: "inventory-\(id)", source: "file:///nowhere", type: .inventory, time: Timestamp.now(),
                data: ByteBuffer(
                    string:
                        "{\"store_id\":\"st_x\",\"provider\":\"file\",\"bucket\":\"/nowhere\",\"inventory_id\":\"i\",\"part\":\(id),\"final\":false,\"objects\":[]}"
                ),
                key: ByteBuffer(string: "st_x")
            ).record()
        ])
    }

    /// Runs `body` against a server; stops it and removes its folder behind.
    static func run(
        in folder: String? = nil, authentication: ServerConfiguration.Authentication = .password,
        configure: Tweak = Tweak { _ in }, streams: StreamTweak = StreamTweak { _ in },
        logger given: Logger? = nil, _ body: (ServerUnderTest) async throws -> Void
    ) async throws {
        let directory = try folder ?? temporaryFolder()
        defer { if folder == nil { removeFolder(directory) } }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let logger = given ?? quiet
        var logSettings = EmbeddedLogConfiguration()
        logSettings.identify = { RecordIdentity.hash(of: $0, key: $1) }
        logSettings.diskReserveBytes = 1 << 20
        let log = try EmbeddedLog.open(directory: directory, configuration: logSettings, logger: logger)
        let events = log.topic("events")
        let catalog = try Catalog.open(directory: directory, log: events, logger: logger)
        var options = StoreOptions()
        var status = stat()
        if stat(directory, &status) == 0 {
            options.excluded = [FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))]
        }
        let stores = StoreSupervisor(
            log: events, known: catalog, stores: try catalog.storesNow(), options: options, logger: logger)
        var accessSettings = AccessConfiguration()
        accessSettings.mode = authentication == .none ? .none : .password
        accessSettings.passwordCost = PasswordCost(logRounds: 4, blockSize: 8, parallelism: 1)
        let access = try AccessControl(
            path: directory + "/state.sqlite", configuration: accessSettings, logger: logger)
        var tokens: [Scope: String] = [:]
        for scope in Scope.allCases {
            tokens[scope] = try await access.tokens.mintLocal(
                name: "test-\(scope.rawValue)", scopes: [scope], lifetime: 3_600_000
            ).secret.reveal()
        }
        var liveSettings = LiveConfiguration()
        streams.apply(&liveSettings)
        let live = LiveHub(
            group: loops, events: events, simulated: log.topic("simulated"), configuration: liveSettings,
            now: { Timestamp.now() }, logger: logger)
        live.start()
        var configuration = ServerConfiguration(dataDirectory: directory)
        configuration.port = 0
        configuration.authentication = authentication
        configuration.drainTimeout = .seconds(5)
        configure.apply(&configuration)
        let (ports, tell) = AsyncStream<Int>.makeStream()
        configuration.onServerRunning = { tell.yield($0) }
        let server = try FluxHTTPServer(
            ServerDependencies(
                log: log, events: events, simulated: log.topic("simulated"), catalog: catalog, stores: stores,
                access: access, live: live, group: loops, configuration: configuration, logger: logger))
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await catalog.run() }
            tasks.addTask { try await stores.run() }
            tasks.addTask {
                defer { tell.finish() }
                try await group.run()
            }
            var found: Int?
            for await port in ports {
                found = port
                break
            }
            let port = try #require(found)
            let outcome: (any Error)?
            do {
                try await body(
                    ServerUnderTest(
                        http: RawHTTP(port: port), log: log, events: events, simulated: log.topic("simulated"),
                        access: access, live: live, directory: directory, group: group, tokens: tokens))
                outcome = nil
            } catch {
                outcome = error
            }
            await group.triggerGracefulShutdown()
            try await tasks.next()
            tasks.cancelAll()
            while (try? await tasks.next()) != nil {}
            if let outcome { throw outcome }
        }
        live.stop()
        catalog.close()
        await access.close()
        await log.close()
        try await loops.shutdownGracefully()
    }

    static func temporaryFolder() throws -> String {
        var template = Array("/tmp/cloudflux-server-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RawHTTP.Failure(description: "mkdtemp: errno \(errno)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func removeFolder(_ path: String) {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let full = path + "/" + name
            if entry.pointee.d_type == UInt8(DT_DIR) { removeFolder(full) } else { unlink(full) }
        }
        closedir(folder)
        rmdir(path)
    }
}

/// What a test wants different of the streams.
struct StreamTweak {
    let apply: (inout LiveConfiguration) -> Void

    init(_ apply: @escaping (inout LiveConfiguration) -> Void) {
        self.apply = apply
    }
}

/// What a test wants different.
struct Tweak {
    let apply: (inout ServerConfiguration) -> Void

    init(_ apply: @escaping (inout ServerConfiguration) -> Void) {
        self.apply = apply
    }
}

/// Waits for a condition, at most so long; false where it never held.
func eventually(_ limit: Duration = .seconds(240), _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try await condition()
}
