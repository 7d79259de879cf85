import FluxEvents
import FluxLog
import FluxStores
import Glibc
import Logging
import NIOCore
import Synchronization
import Testing

@testable import FluxIngest

/// A real folder, a real log in another, and a supervisor between them.
final class World {
    let base: String
    let folder: String
    var embedded: EmbeddedLog
    var fold: LogFold
    private(set) var supervisor: StoreSupervisor
    private var task: Task<Void, any Error>?
    var options: StoreOptions

    static func quick() -> StoreOptions {
        var options = StoreOptions()
        options.burst.quiet = 80
        options.burst.maximumDelay = 300
        options.burst.unclosed = 600
        options.rootInterval = .milliseconds(50)
        options.awayRescanInterval = .milliseconds(150)
        options.retryInterval = .milliseconds(50)
        return options
    }

    init(_ options: StoreOptions = World.quick()) throws {
        var template = Array("/tmp/cloudflux-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(call: "mkdtemp", errno: errno) }
        base = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        folder = base + "/folder"
        self.options = options
        mkdir(folder, 0o755)
        mkdir(base + "/data", 0o755)
        embedded = try Self.open(base)
        fold = LogFold(log: embedded.topic("events"))
        supervisor = StoreSupervisor(
            log: embedded.topic("events"), known: fold, stores: [], options: options, logger: Self.quiet)
    }

    /// Takes another log, and another catalogue if need be, before anything is started.
    func use(_ log: any EventLog, known: (any KnownObjects)? = nil, logger: Logger = World.quiet) {
        supervisor = StoreSupervisor(
            log: log, known: known ?? fold, stores: [], options: options, logger: logger)
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func open(_ base: String) throws -> EmbeddedLog {
        var configuration = EmbeddedLogConfiguration()
        configuration.identify = { RecordIdentity.hash(of: $0, key: $1) }
        configuration.diskReserveBytes = 0
        return try EmbeddedLog.open(directory: base + "/data", configuration: configuration, logger: quiet)
    }

    var id: String { StoreURL(folder: folder).id }

    func start() {
        let supervisor = supervisor
        task = Task { try await supervisor.run() }
    }

    /// Starts with the folder as a store, and waits for its inventory.
    func startWatching(_ parameters: String = "") async throws {
        start()
        try await supervisor.add(url: StoreURL(folder: folder).source + parameters, origin: .api, by: nil)
        try await supervisor.waitUntilSettled()
    }

    func stop() async {
        task?.cancel()
        _ = await task?.result
        task = nil
    }

    /// Ends everything and begins anew on what is on disk, as after a crash: nothing in memory is carried over.
    func restart(_ change: @escaping @Sendable (inout StoreRecord) -> Void = { _ in }) async throws {
        await stop()
        await embedded.close()
        embedded = try Self.open(base)
        fold = LogFold(log: embedded.topic("events"), adjust: change)
        supervisor = StoreSupervisor(
            log: embedded.topic("events"), known: fold, stores: [], options: options, logger: Self.quiet)
        start()
        let stores = try await fold.stores().count
        try await wait("the stores are there") { supervisor.list().count == stores }
        try await supervisor.waitUntilSettled()
    }

    func end() async {
        await stop()
        await embedded.close()
        var status: Int32 = 0
        waitpid(fork2("chmod -R u+rwx '\(base)'; rm -rf '\(base)'", "/tmp"), &status, 0)
    }

    // MARK: Doing things to the folder

    @discardableResult
    func run(_ script: String) -> Int32 {
        let process = fork2(script, folder)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return status
    }

    func write(_ name: String, _ text: String) { write(Array(name.utf8), text) }

    func write(_ name: [UInt8], _ text: String) {
        let path = Array(folder.utf8) + [0x2F] + name + [0]
        let file = path.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                Glibc.open($0.baseAddress!, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            }
        }
        #expect(file >= 0)
        _ = text.withCString { Glibc.write(file, $0, strlen($0)) }
        close(file)
    }

    func rename(_ from: String, _ to: String) { #expect(Glibc.rename(folder + "/" + from, folder + "/" + to) == 0) }

    // MARK: Seeing what was told

    /// The told changes of objects, as short text: `upload create a 3`.
    func told() async throws -> [String] {
        try await fold.events().compactMap(Self.line)
    }

    /// The same, read from the log itself: the catalogue folds nothing by it.
    func logged() async throws -> [String] {
        let log = embedded.topic("events")
        var lines: [String] = []
        var from = log.bounds().earliest
        while true {
            let chunk = try await log.read(from: from, maxBytes: 1 << 20)
            lines += try chunk.records.compactMap { Self.line(try StoredEvent($0, simulated: false)) }
            if chunk.next == from { return lines }
            from = chunk.next
        }
    }

    static func line(_ stored: StoredEvent) -> String? {
        guard let data = try? JSONDocument.parse(stored.event.data).root else { return nil }
        let name = data["file_name"]?.string ?? "?"
        let operation = data["operation"]?.string ?? "?"
        let rescan = data["details"]?["detected"]?.string == "rescan" ? " rescan" : ""
        switch stored.event.type {
        case .upload:
            let from = data["details"]?["renamed_from"]?.string.map { " from \($0)" } ?? ""
            return "upload \(operation) \(name) \(data["size_bytes"]?.int64 ?? -1)\(from)\(rescan)"
        case .delete:
            let to = data["details"]?["renamed_to"]?.string.map { " to \($0)" } ?? ""
            return "delete \(operation) \(name)\(to)\(rescan)"
        case .download: return "download \(name) \(data["details"]?["reads"]?.int64 ?? -1)"
        case .storeAway: return "away \(data["details"]?["cause"]?.string ?? "?")"
        case .storeBack: return "back"
        case .watchOverflow: return "overflow"
        default: return nil
        }
    }

    /// Waits until a condition holds.
    func wait(
        _ what: String, _ location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = Monotonic.now() + 240_000
        while Monotonic.now() < deadline {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record(
            "did not happen in time: \(what); told: \(try await told().suffix(40)); status: \(supervisor.list())",
            sourceLocation: location)
    }

    /// Waits until something was told.
    func waitFor(_ line: String, _ location: SourceLocation = #_sourceLocation) async throws {
        try await wait(line, location) { try await told().contains(line) }
    }

    /// The files of the folder as they are: key and size.
    func tree() -> [[UInt8]: Int64] {
        var found: [[UInt8]: Int64] = [:]
        let store = FolderStore(root: folder, options: FolderOptions(), onEvents: {})
        var walk = store.walk([])
        while true {
            let batch = store.next(&walk, limit: 1000)
            for object in batch.found { found[object.key] = object.status.size }
            if batch.through == nil { return found }
        }
    }

    /// Waits until the objects that the log tells of are the files that are there.
    func waitUntilEqual(_ note: String = "", _ location: SourceLocation = #_sourceLocation) async throws {
        let deadline = Monotonic.now() + 240_000
        while Monotonic.now() < deadline {
            if try await fold.objects(id) == tree() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        let log = try await fold.objects(id)
        let real = tree()
        let wrong = Set(log.keys).union(real.keys).filter { log[$0] != real[$0] }.map {
            "\(String(decoding: $0, as: UTF8.self)): log \(log[$0] ?? -1), folder \(real[$0] ?? -1)"
        }
        Issue.record(
            "\(note) log and folder differ: \(wrong.sorted().prefix(20)); status \(supervisor.list())",
            sourceLocation: location)
    }
}

/// Runs a shell script in a folder; gives the process.
private func fork2(_ script: String, _ folder: String) -> pid_t {
    var process: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = ["/bin/sh", "-c", "cd \"$0\" && \(script)", folder].map {
        (text: String) in strdup(text)
    }
    arguments.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = ["PATH=/usr/bin:/bin", "LC_ALL=C"].map {
        (text: String) in strdup(text)
    }
    environment.append(nil)
    let result = posix_spawn(&process, "/bin/sh", nil, nil, &arguments, &environment)
    for pointer in arguments + environment { free(pointer) }
    #expect(result == 0)
    return process
}
