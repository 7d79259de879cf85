import FluxEvents
import FluxStores
import FluxTesting
import GRDB
import Testing

@testable import FluxCatalog

/// Random events, cut into random groups and pieces, with restarts, lost files and snapshots in between: the catalogue
/// always holds what a naive model holds.
@Suite struct PropertyTests {
    private static let tombstones: Int64 = 25
    private static let days: Int64 = 4
    private static let requesterDays: Int64 = 2
    private static let buckets = ["/srv", "/other"]

    @Test(arguments: SeededRandom.seeds(12))
    func anyHistoryFoldsToWhatANaiveModelHolds(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        var model = Model(
            tombstoneEvents: Self.tombstones, accessDays: Self.days, requesterDays: Self.requesterDays)
        var catalog = try open(fixture, &random)
        var offset: Int64 = 0
        for _ in 0..<40 {
            var events: [Event] = []
            fixture.clock.advance(Int64.random(in: 0...40_000_000, using: &random))
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let time =
                    fixture.clock.now.milliseconds + 1
                    - (Bool.random(using: &random) ? 0 : Int64.random(in: 0...900_000_000, using: &random))
                for step in Self.steps(&random, day: time / 86_400_000) {
                    events.append(Self.event(step, fixture, time: time))
                    // The catalogue never takes a time later than the log's own.
                    model.apply(step, offset: offset, time: time)
                    offset += 1
                }
            }
            try await fixture.append(events)
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                // Stopped in the middle of whatever it does.
                let stopped = catalog
                let run = Task { try await stopped.run() }
                if Bool.random(using: &random) { await Task.yield() }
                run.cancel()
                try await run.value
            case 1:
                catalog.close()
                catalog = try open(fixture, &random)
            case 2:
                catalog.close()
                fixture.deleteCatalog()
                if Bool.random(using: &random) { fixture.deleteSnapshots() }
                catalog = try open(fixture, &random)
            case 3: break
            default: try await compare(catalog, fixture, model, seed)
            }
        }
        try await compare(catalog, fixture, model, seed)
        // Built once more from nothing, in other pieces: the same, to the last column.
        let last = try dump(catalog)
        catalog.close()
        fixture.deleteCatalog()
        fixture.deleteSnapshots()
        let again = try fixture.open { Self.limits(&$0) }
        try await fixture.catchUp(again)
        #expect(try dump(again) == last, "seed \(seed)")
    }

    private static func limits(_ configuration: inout CatalogConfiguration) {
        configuration.tombstoneEvents = tombstones
        configuration.accessDays = Int32(days)
        configuration.requesterDays = Int32(requesterDays)
    }

    private func open(_ fixture: Fixture, _ random: inout SeededRandom) throws -> Catalog {
        let bytes = Bool.random(using: &random) ? 1 : Int.random(in: 1...20_000, using: &random)
        let reads = Int.random(in: 1...5, using: &random)
        let snapshots = Int64.random(in: 5...200, using: &random)
        return try fixture.open {
            Self.limits(&$0)
            $0.foldBytes = bytes
            $0.catchUpReads = reads
            $0.snapshotEvents = snapshots
            $0.snapshotEventsAtStop = 10
        }
    }

    private func compare(_ catalog: Catalog, _ fixture: Fixture, _ model: Model, _ seed: UInt64) async throws {
        try await fixture.catchUp(catalog)
        #expect(try Self.lines(catalog) == model.lines(position: catalog.position), "seed \(seed)")
        // The counters that are kept by steps agree with counting.
        let wrong = try await catalog.pool.read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM shelf s WHERE objects != (SELECT count(*) FROM object WHERE shelf = s.id)
                    OR bytes != (SELECT ifnull(sum(max(size, 0)), 0) FROM object WHERE shelf = s.id)
                    """)
        }
        #expect(wrong == 0, "seed \(seed)")
        // The search index finds what is there: every key of the buckets has a letter or a byte of its own.
        let all = try await catalog.objects(ObjectQuery(limit: 1000), today: fixture.today).objects.map(\.key)
        let found = try await catalog.objects(ObjectQuery(limit: 1000, search: "K"), today: fixture.today)
        #expect(found.objects.map(\.key) == all, "seed \(seed)")
        #expect(found.total == Int64(all.count), "seed \(seed)")
    }

    /// The rows of a catalogue in the model's words.
    private static func lines(_ catalog: Catalog) throws -> [String] {
        try catalog.pool.read { db in
            let directory = try FoldDirectory.read(db)
            return try Row.fetchAll(db, sql: "SELECT \(ObjectColumns.names) FROM object ORDER BY id").map { found in
                let row = ObjectColumns.row(found, directory: directory)
                let days = try text(
                    db,
                    """
                    SELECT day || ':' || reads || '/' || full_reads || '/' || bytes || '/' || scan_reads || '/' || scan_bytes || '/' || last
                    FROM access_day WHERE object = ? ORDER BY day
                    """, row.id)
                let named = try text(
                    db,
                    """
                    SELECT a.day || ' ' || r.name || ' ' || a.reads || ' ' || a.bytes FROM access_requester a
                    JOIN requester r ON r.id = a.requester WHERE a.object = ?
                    """, row.id
                ).sorted()
                var object = Model.Object(
                    id: Int(row.id), bucket: directory.place(row.place).bucket, key: row.key, firstSeen: row.firstSeen)
                object.size = row.size < 0 ? nil : row.size
                object.tier = row.tier.isEmpty ? nil : row.tier
                object.inode = row.inode
                object.lastChange = row.lastChange == 0 ? nil : row.lastChange
                object.lastModified = row.lastModified
                object.deletedAt = row.deletedAt
                object.deletedOffset = row.deletedOffset
                object.renamedFrom = row.renamedFrom
                object.renamedTo = row.renamedTo
                return Model.line(
                    object, reads: row.accesses, bytes: row.accessBytes,
                    lastRead: row.lastAccess == 0 ? nil : row.lastAccess, days: days, named: named)
            }
                + text(
                    db,
                    """
                    SELECT p.bucket || ' ' || d.day || ' ' || d.reads || ' ' || d.bytes || ' ' || d.scan_reads || ' ' || d.scan_bytes
                    FROM place_day d JOIN place p ON p.id = d.place WHERE ? = 0
                    """, 0
                ).sorted()
        }
    }

    private static func text(_ db: Database, _ sql: String, _ id: Int64) throws -> [String] {
        try String.fetchAll(db, sql: sql, arguments: [id])
    }

    private static func key(_ random: inout SeededRandom) -> [UInt8] {
        let number = UInt8.random(in: 0..<14, using: &random)
        return number == 0 ? [0x6B, 0xFF, 0x0A, 0x22] : Array("k\(number)/\u{C4}".utf8)
    }

    static func steps(_ random: inout SeededRandom, day: Int64) -> [Model.Step] {
        let bucket = buckets[Int.random(in: 0..<2, using: &random)]
        let key = key(&random)
        let size = Int64.random(in: 0...1000, using: &random)
        switch Int.random(in: 0..<30, using: &random) {
        case 0..<6:
            let tier = Bool.random(using: &random) ? nil : ["HOT", "COLD"][Int.random(in: 0...1, using: &random)]
            return [.upload(bucket: bucket, key: key, size: size, inode: random.next(), tier: tier)]
        case 6..<11:
            return [.read(bucket: bucket, key: key, reads: reads(&random))]
        case 11..<15: return [.delete(bucket: bucket, key: key)]
        case 15..<18:
            let other = Self.key(&random)
            return [
                .renameStart(bucket: bucket, from: key, to: other),
                .renameEnd(bucket: bucket, from: key, to: other, size: size),
            ]
        case 18: return [.renameEnd(bucket: bucket, from: key, to: Self.key(&random), size: size)]
        case 19..<21:
            return [.found(bucket: bucket, key: key, size: size, modified: .random(in: 1...1_000_000, using: &random))]
        case 24..<28: return [.read(bucket: bucket, key: key, reads: reads(&random))]
        case 28:
            let first = day - Int64.random(in: 0...3, using: &random)
            return [
                .scan(
                    bucket: bucket, requester: requesters[Int.random(in: 0..<3, using: &random)],
                    prefix: Array(["", "k1", "k3/"][Int.random(in: 0..<3, using: &random)].utf8), first: first,
                    last: first + Int64.random(in: 0...4, using: &random))
            ]
        case 21: return [.storeAdded(bucket: bucket)]
        case 22: return Int.random(in: 0..<4, using: &random) == 0 ? [.storeRemoved(bucket: bucket)] : [.nothing]
        default: return [.nothing]
        }
    }

    private static let requesters = ["backup", "arn:aws:iam::1:user/\u{C4}", "app"]

    private static func reads(_ random: inout SeededRandom) -> Model.Reads {
        let count = Int64.random(in: 1...3, using: &random)
        return Model.Reads(
            count: count, bytes: .random(in: 0...1000, using: &random),
            full: .random(in: 0...count * 4, using: &random) * 250_000,
            requester: Int.random(in: 0..<4, using: &random) == 0
                ? nil : requesters[Int.random(in: 0..<3, using: &random)])
    }

    static func event(_ step: Model.Step, _ fixture: Fixture, time: Int64) -> Event {
        func details(_ name: String, _ key: [UInt8]) -> Details {
            var details: Details = [name: .string(String(decoding: key, as: UTF8.self))]
            if String(validating: key, as: UTF8.self) == nil {
                details[name + "_base64"] = .string(Base64.encode(key))
            }
            return details
        }
        switch step {
        case .upload(let bucket, let key, let size, let inode, let tier):
            var facts: Details = [:]
            var number = JSONWriter()
            number.integer(inode)
            facts["inode"] = .raw(number.buffer)
            if let tier { facts["current_tier"] = .string(tier) }
            return fixture.object(.upload, bytes: key, bucket: bucket, size: size, at: time, details: facts)
        case .read(let bucket, let key, let reads):
            return fixture.read(
                bytes: key, bucket: bucket, count: reads.count, sent: reads.bytes,
                full: Double(reads.full) / 1_000_000, by: reads.requester, at: time)
        case .scan(let bucket, let requester, let prefix, let first, let last):
            return fixture.scan(
                by: requester, below: prefix, bucket: bucket, days: Int32(first)...Int32(last), at: time)
        case .delete(let bucket, let key): return fixture.object(.delete, bytes: key, bucket: bucket, at: time)
        case .renameStart(let bucket, let from, let to):
            return fixture.object(.delete, bytes: from, bucket: bucket, at: time, details: details("renamed_to", to))
        case .renameEnd(let bucket, let from, let to, let size):
            return fixture.object(
                .upload, bytes: to, bucket: bucket, size: size, at: time, details: details("renamed_from", from))
        case .found(let bucket, let key, let size, let modified):
            let entry = InventoryEntry(
                key: key, sizeBytes: size, lastModified: Timestamp(milliseconds: modified))
            var events = fixture.inventory([entry], store: store(bucket), bucket: bucket)
            events[0].time = Timestamp(milliseconds: time)
            return events[0]
        case .storeAdded(let bucket): return fixture.store(.storeAdded, store(bucket), bucket: bucket)
        case .storeRemoved(let bucket): return fixture.store(.storeRemoved, store(bucket), bucket: bucket)
        case .nothing: return fixture.object(.patternDetected, "x", at: time)
        }
    }

    private static func store(_ bucket: String) -> String { "st_" + bucket.dropFirst() }
}
