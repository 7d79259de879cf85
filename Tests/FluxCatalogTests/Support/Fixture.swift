import FluxEvents
import FluxLog
import FluxStores
import FluxTesting
import Foundation
import GRDB
import Logging
import NIOCore
import Synchronization
import Testing

@testable import FluxCatalog

/// A data folder of its own, removed when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "cloudflux-catalog-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A clock that a test moves; the log's `recordedAt`.
final class TestClock: Sendable {
    private let time: Mutex<Int64>

    init(_ start: Int64 = Fixture.start) { time = Mutex(start) }
    var now: Timestamp { time.withLock { Timestamp(milliseconds: $0) } }
    func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

/// A real log and a real catalogue in a folder.
final class Fixture: Sendable {
    /// 2026-11-24T12:00:00Z.
    static let start: Int64 = 1_795_521_600_000

    let folder: TemporaryFolder
    let clock = TestClock()
    let embedded: EmbeddedLog
    let log: any EventLog
    private let counter = Mutex(0)

    init(
        folder: TemporaryFolder? = nil, change: (inout EmbeddedLogConfiguration) -> Void = { _ in }
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        var configuration = EmbeddedLogConfiguration()
        configuration.durability = .none
        configuration.dedupEvents = 0
        configuration.clock = { [clock] in clock.now }
        change(&configuration)
        embedded = try EmbeddedLog.open(directory: folder.path, configuration: configuration, logger: Self.silent)
        log = embedded.topic("events")
    }

    static var silent: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }

    var today: Int32 { clock.now.day }
    var file: String { folder.path + "/" + CatalogDatabase.fileName }
    var snapshotNames: [String] { FileTools.names(in: folder.path + "/snapshots").sorted() }

    /// What catalogues that were opened here logged.
    let lines = LogLines()

    func open(_ change: (inout CatalogConfiguration) -> Void = { _ in }) throws -> Catalog {
        var configuration = CatalogConfiguration()
        configuration.retryDelay = .milliseconds(20)
        change(&configuration)
        let logger = Logger(label: "test", factory: { [lines] _ in lines })
        return try Catalog.open(directory: folder.path, log: log, configuration: configuration, logger: logger)
    }

    /// Appends in one group, a millisecond after what was before.
    @discardableResult
    func append(_ events: [Event]) async throws -> Int64 {
        clock.advance(1)
        return try await log.append(events.map { $0.record() }).last?.offset ?? 0
    }

    /// Runs the catalogue until it has folded the whole log, does something with it, and stops it.
    func running<T>(_ catalog: Catalog, _ body: () async throws -> T) async throws -> T {
        let run = Task { try await catalog.run() }
        do {
            try await catalog.folded(through: log.bounds().head - 1)
            let result = try await body()
            run.cancel()
            try await run.value
            return result
        } catch {
            run.cancel()
            try? await run.value
            throw error
        }
    }

    func catchUp(_ catalog: Catalog) async throws { try await running(catalog) {} }

    func deleteCatalog() { CatalogDatabase.remove(file) }
    func deleteSnapshots() { try? FileManager.default.removeItem(atPath: folder.path + "/snapshots") }

    // MARK: Events

    func nextID() -> String {
        "t-"
            + String(
                counter.withLock { counter in
                    counter += 1
                    return counter
                })
    }

    func object(
        _ type: EventType, _ key: String, bucket: String = "/srv", size: Int64? = nil, at time: Int64? = nil,
        details: Details = [:]
    ) -> Event {
        object(type, bytes: Array(key.utf8), bucket: bucket, size: size, at: time, details: details)
    }

    func object(
        _ type: EventType, bytes key: [UInt8], bucket: String = "/srv", size: Int64? = nil, at time: Int64? = nil,
        details: Details = [:]
    ) -> Event {
        ObjectEventData(
            object: ObjectRef(provider: .file, bucket: bucket, key: key), sizeBytes: size, details: details
        ).event(
            type, id: nextID(), source: "file://" + bucket, time: time.map { Timestamp(milliseconds: $0) } ?? clock.now)
    }

    /// Reads as an access log tells of them.
    func read(
        _ key: String = "", bytes name: [UInt8]? = nil, bucket: String = "/srv", count: Int64? = nil,
        sent: Int64? = nil,
        full: Double? = nil, by requester: String? = nil, at time: Int64? = nil
    ) -> Event {
        var details: Details = ["detected": .string("access-log")]
        if let requester { details["requester"] = .string(requester) }
        if let full { details["full_reads"] = .raw(ByteBuffer(string: "\(full)")) }
        var data = ObjectEventData(
            object: ObjectRef(provider: .file, bucket: bucket, key: name ?? Array(key.utf8)), accessCount: count,
            details: details
        ).data()
        if let sent {
            data.moveWriterIndex(to: data.writerIndex - 1)
            data.writeString(",\"bytes\":\(sent)}")
        }
        var event = object(.download, bytes: name ?? Array(key.utf8), bucket: bucket, at: time)
        event.data = data
        return event
    }

    /// The verdict on a scan.
    func scan(
        by requester: String, below prefix: [UInt8] = [], bucket: String = "/srv", days: ClosedRange<Int32>,
        at time: Int64? = nil
    ) -> Event {
        func date(_ day: Int32) -> String {
            String(Timestamp(milliseconds: Int64(day) * 86_400_000).rfc3339.prefix(10))
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("provider", "file")
        json.field("bucket", bucket)
        json.field("pattern_type", "scan")
        json.field("access_count", 100)
        json.key("details")
        json.beginObject()
        json.field("requester", requester)
        json.field("prefix", String(decoding: prefix, as: UTF8.self))
        json.field("first_day", date(days.lowerBound))
        json.field("last_day", date(days.upperBound))
        json.field("objects", 100)
        json.endObject()
        json.endObject()
        return Event(
            id: nextID(), source: "file://" + bucket, type: .patternDetected,
            time: time.map { Timestamp(milliseconds: $0) } ?? clock.now, data: json.buffer,
            key: ByteBuffer(string: "file://" + bucket))
    }

    func rename(_ from: String, _ to: String, bucket: String = "/srv", size: Int64? = nil) -> [Event] {
        [
            object(.delete, from, bucket: bucket, details: ["renamed_to": .string(to)]),
            object(.upload, to, bucket: bucket, size: size, details: ["renamed_from": .string(from)]),
        ]
    }

    func store(_ type: EventType, _ id: String = "st_a", bucket: String = "/srv", inode: Int64? = nil) -> Event {
        StoreNotice(
            storeID: id, url: "file://" + bucket, provider: .file, bucket: bucket,
            origin: type == .storeAdded ? "api" : nil,
            details: inode.map { ["root_inode": .integer($0)] } ?? [:]
        ).event(type, id: nextID(), source: "file://" + bucket, time: clock.now)
    }

    func inventory(
        _ entries: [InventoryEntry], store: String = "st_a", bucket: String = "/srv"
    ) -> [Event] {
        var writer = InventoryWriter(inventoryID: nextID(), storeID: store, provider: .file, bucket: bucket)
        var parts = entries.compactMap { writer.add($0) }
        parts.append(writer.finish())
        return parts.map {
            InventoryWriter.event(
                data: $0, id: nextID(), source: "file://" + bucket, storeID: store, time: clock.now)
        }
    }

    func list(_ catalog: Catalog, _ query: ObjectQuery = ObjectQuery()) async throws -> [String] {
        try await catalog.objects(query, today: today).objects.map { String(decoding: $0.key, as: UTF8.self) }
    }

    func find(_ catalog: Catalog, _ key: String, deleted: Bool = false) async throws -> CatalogObject? {
        try await catalog.objects(ObjectQuery(limit: 1000, deleted: deleted), today: today).objects.first {
            $0.key == Array(key.utf8)
        }
    }
}

/// Every row of every table, as text: two catalogues with the same dump have the same content.
func dump(_ catalog: Catalog) throws -> [String] {
    try catalog.pool.read { db in
        try CatalogSchema.tableNames.flatMap { table in
            try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1, 2").map { row in
                table + " "
                    + row.map { column, value in "\(column)=\(String(describing: value.storage))" }
                    .joined(separator: " ")
            }
        }
    }
}

/// Waits for a condition that some other task brings about.
func eventually(
    _ what: String, within: Duration = .seconds(240), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + within
    while try await !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("did not happen: \(what)")
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
