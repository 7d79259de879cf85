import FluxEvents
import FluxLog
import FluxStores
import GRDB
import Glibc
import Logging
import NIOCore
import Synchronization

@testable import FluxIngest

/// A bucket of access logs in memory.
final class FakeLogBucket: LogBucket {
    private struct State {
        var objects: [[UInt8]: (body: [UInt8], class: String)] = [:]
        var failing: [[UInt8]: StoreError] = [:]
        var lists = 0
        var reads: [String] = []
        var largest = 0
    }

    private let state = Mutex(State())
    let bucket = S3Bucket(name: "logs", region: "us-east-1")
    /// When everything was delivered.
    let modified: Timestamp

    init(modified: Timestamp = .now()) { self.modified = modified }

    func put(_ key: String, _ body: String, storageClass: String = "STANDARD") {
        state.withLock { $0.objects[Array(key.utf8)] = (Array(body.utf8), storageClass) }
    }

    func fail(_ key: String, _ error: StoreError?) { state.withLock { $0.failing[Array(key.utf8)] = error } }

    /// How often it was listed, which keys were read in which order, and the most bytes that were asked for at once.
    var lists: Int { state.withLock { $0.lists } }
    var reads: [String] { state.withLock { $0.reads } }
    var largest: Int { state.withLock { $0.largest } }

    func list(
        prefix: [UInt8], after: [UInt8]?, token: String?, delimiter: String?
    ) async throws(StoreError) -> ListPage {
        let after = token.flatMap { Base64.decode($0) } ?? after
        return state.withLock { state in
            state.lists += 1
            if let delimiter { return folders(state.objects, prefix, after, Array(delimiter.utf8)[0]) }
            var page = ListPage()
            let keys = state.objects.keys.filter { $0.starts(with: prefix) && (after.map($0.isAfter) ?? true) }.sorted {
                $1.isAfter($0)
            }
            for key in keys.prefix(1000) { page.objects.append(object(key, state.objects)) }
            if keys.count > 1000 { page.next = Base64.encode(keys[999]) }
            return page
        }
    }

    private func folders(
        _ objects: [[UInt8]: (body: [UInt8], class: String)], _ prefix: [UInt8], _ after: [UInt8]?, _ mark: UInt8
    ) -> ListPage {
        var entries: [[UInt8]: Bool] = [:]
        for key in objects.keys where key.starts(with: prefix) {
            if let end = key[prefix.count...].firstIndex(of: mark) {
                entries[Array(key[...end])] = true
            } else {
                entries[key] = false
            }
        }
        let names = entries.keys.filter { name in after.map(name.isAfter) ?? true }.sorted { $1.isAfter($0) }
        var page = ListPage()
        for name in names.prefix(1000) {
            if entries[name] == true {
                page.prefixes.append(name)
            } else {
                page.objects.append(object(name, objects))
            }
        }
        if names.count > 1000 { page.next = Base64.encode(names[999]) }
        return page
    }

    private func object(_ key: [UInt8], _ objects: [[UInt8]: (body: [UInt8], class: String)]) -> BucketObject {
        let found = objects[key]
        return BucketObject(
            key: key, size: Int64(found?.body.count ?? 0), lastModified: modified,
            etag: "\(found?.body.hashValue ?? 0)", storageClass: found?.class ?? "STANDARD")
    }

    func read(_ key: [UInt8], from offset: Int64, count: Int) async throws(StoreError) -> ByteBuffer {
        let result: Result<ByteBuffer, StoreError> = state.withLock { state in
            if let error = state.failing[key] { return .failure(error) }
            guard let body = state.objects[key]?.body else {
                return .failure(StoreError(code: .notFound, message: "gone"))
            }
            if offset == 0 { state.reads.append(String(decoding: key, as: UTF8.self)) }
            state.largest = max(state.largest, count)
            return .success(ByteBuffer(bytes: body[min(Int(offset), body.count)...].prefix(count)))
        }
        return try result.get()
    }
}

/// A bucket of logs, a real log and `sources.sqlite` in a folder of its own, and what was told.
final class LogWorld {
    let base: String
    let logs: FakeLogBucket
    var options = StoreOptions()
    private(set) var embedded: EmbeddedLog
    private(set) var sources: SourcesFile
    private(set) var runner: AccessLogRunner
    private(set) var fold: LogFold

    /// The newest status.
    var data: StoreStatus.AccessData {
        get async { await runner.data }
    }

    func forgetMarks() async throws { try await sources.forgetMarks() }

    init(logs: FakeLogBucket = FakeLogBucket(), detail: AccessDetail = .each) throws {
        var template = Array("/tmp/cloudflux-reads-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(call: "mkdtemp", errno: errno) }
        base = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.logs = logs
        options.accessDetail = detail
        options.retryInterval = .milliseconds(5)
        embedded = try Self.open(base)
        fold = LogFold(log: embedded.topic("events"))
        sources = try SourcesFile(path: base + "/sources.sqlite")
        runner = Self.runner(logs, embedded.topic("events"), fold, base, options)
    }

    private static func open(_ base: String) throws -> EmbeddedLog {
        var configuration = EmbeddedLogConfiguration()
        configuration.identify = { RecordIdentity.hash(of: $0, key: $1) }
        configuration.diskReserveBytes = 0
        return try EmbeddedLog.open(directory: base + "/data", configuration: configuration, logger: World.quiet)
    }

    private static func runner(
        _ logs: FakeLogBucket, _ log: any EventLog, _ known: any KnownObjects, _ base: String, _ options: StoreOptions
    ) -> AccessLogRunner {
        let scope = ReadScope(
            bucket: Array("my-bucket".utf8), prefix: Array("data/".utf8), logBucket: Array("logs".utf8),
            logPrefix: Array("log/".utf8))
        return AccessLogRunner(
            setup: .init(
                storeID: "st_a", source: "s3://my-bucket/data/", storeURL: "s3://my-bucket/data/",
                place: "s3://logs/log/",
                scope: scope, interval: .milliseconds(10), options: options),
            bucket: logs, log: log, known: known, desk: SourcesDesk(path: base + "/sources.sqlite"),
            memory: RequestMemory(limit: options.dedupReads), logger: World.quiet)
    }

    /// Another runner on what is on disk, as after a crash; perhaps with another log.
    func restart(log: (any EventLog)? = nil) {
        runner = Self.runner(logs, log ?? embedded.topic("events"), fold, base, options)
    }

    func end() async {
        await embedded.close()
        sources.close()
        for file in ["sources.sqlite", "sources.sqlite-wal", "sources.sqlite-shm"] { unlink(base + "/" + file) }
    }

    /// The reads as events tell of them: `key requester count bytes`, and the ids must differ.
    func told() async throws -> [String] {
        try await fold.events().filter { $0.event.type == .download }.map { stored in
            let data = try JSONDocument.parse(stored.event.data).root
            let requester = data["details"]?["requester"]?.string ?? "?"
            return "\(data["file_name"]?.string ?? "?") \(requester) \(data["access_count"]?.int64 ?? -1) "
                + "\(data["bytes"]?.int64 ?? -1)"
        }
    }
}

extension SourcesFile {
    /// As if the process had ended before any file was marked.
    func forgetMarks() async throws {
        try await queue.write { db in
            try db.execute(sql: "UPDATE files SET done = 0; DELETE FROM series; DELETE FROM days; DELETE FROM sources")
        }
    }

    func addReads(_ count: Int64, store: String, day: Int32) async throws {
        try await queue.write { db in
            try db.execute(
                sql: "UPDATE days SET reads = reads + ? WHERE store = ? AND day = ?", arguments: [count, store, day])
        }
    }

    func remembered() async throws -> Int {
        try await queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM files") ?? 0 }
    }
}

/// Lines of access logs.
enum LogText {
    static func line(
        bucket: String = "my-bucket", time: Int64 = 1_795_996_800, requester: String = "arn:aws:iam::1:user/u",
        id: String, operation: String = "REST.GET.OBJECT", key: String = "data/a", status: String = "200",
        bytes: String = "100", size: String = "100", agent: String = "aws-cli"
    ) -> String {
        let stamp = Timestamp(milliseconds: time * 1000).rfc3339
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[(Int(stamp.dropFirst(5).prefix(2)) ?? 1) - 1]
        let when = "\(stamp.dropFirst(8).prefix(2))/\(month)/\(stamp.prefix(4)):\(stamp.dropFirst(11).prefix(8)) +0000"
        return "owner \(bucket) [\(when)] 192.0.2.3 \(requester) \(id) \(operation) \(key) \"GET /\(key) HTTP/1.1\" "
            + "\(status) - \(bytes) \(size) 7 6 \"-\" \"\(agent)\" - host= SigV4 ECDHE AuthHeader h TLSv1.2 - - us-east-1\n"
    }

    static func name(_ time: Int64, _ unique: String = "ABCDEF") -> String {
        let stamp = Timestamp(milliseconds: time * 1000).rfc3339
        return String(stamp.prefix(19)).replacing("T", with: "-").replacing(":", with: "-") + "-" + unique
    }
}
