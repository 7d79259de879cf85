import FluxEvents
import FluxLog
import FluxStores
import FluxTesting
import GRDB
import NIOCore
import Testing

@testable import FluxCatalog

@Suite struct QueryTests {
    /// Objects with many equal values, in two stores, two tiers, some deleted, some with odd names.
    private func filled(_ seed: UInt64) async throws -> (Fixture, Catalog) {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        try await fixture.append([fixture.store(.storeAdded), fixture.store(.storeAdded, "st_b", bucket: "/other")])
        for number in 0..<120 {
            let bucket = Bool.random(using: &random) ? "/srv" : "/other"
            let name = ["Report-\(number)", "foto/\u{C9}t\u{E9}-\(number)", "x\n\"\(number)"][
                Int.random(in: 0..<3, using: &random)]
            let tier: Details = Bool.random(using: &random) ? [:] : ["current_tier": .string("COLD")]
            let time = Fixture.start - Int64.random(in: 0..<5, using: &random) * 1000
            var events = [
                fixture.object(
                    .upload, name, bucket: bucket, size: .random(in: 0..<4, using: &random), at: time, details: tier)
            ]
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                events.append(fixture.object(.download, name, bucket: bucket, at: time))
            }
            if Int.random(in: 0..<8, using: &random) == 0 {
                events.append(fixture.object(.delete, name, bucket: bucket))
            }
            try await fixture.append(events)
        }
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        return (fixture, catalog)
    }

    @Test(arguments: SeededRandom.seeds(2))
    func everySortAndFilterPagesThroughAllObjectsOnceInOrder(seed: UInt64) async throws {
        let (fixture, catalog) = try await filled(seed)
        for sort in ObjectQuery.Sort.allCases {
            for order in ObjectQuery.Order.allCases {
                for search in [nil, "REPORT", "\u{E9}T\u{C9}", "\n\"1", "nothing like it"] as [String?] {
                    var query = ObjectQuery(
                        limit: Int.random(in: 1...17), search: search, store: Bool.random() ? "st_a" : nil,
                        tier: Bool.random() ? "COLD" : nil, deleted: Int.random(in: 0..<4) == 0, sort: sort,
                        order: order)
                    let expected = try await naive(catalog, fixture, query)
                    var seen: [String] = []
                    repeat {
                        let page = try await catalog.objects(query, today: fixture.today)
                        #expect(page.total == Int64(expected.count), "seed \(seed) \(query)")
                        #expect(page.objects.count <= query.limit)
                        seen += page.objects.map(\.id)
                        query.cursor = page.nextCursor
                    } while query.cursor != nil && seen.count <= 200
                    #expect(seen == expected, "seed \(seed) \(query)")
                }
            }
        }
    }

    /// The ids that a query must give, by filtering and sorting everything.
    private func naive(_ catalog: Catalog, _ fixture: Fixture, _ query: ObjectQuery) async throws -> [String] {
        let all = try await catalog.objects(ObjectQuery(limit: 1000, deleted: query.deleted), today: fixture.today)
        let rows = try await catalog.pool.read { db in
            try ObjectRowIDs.read(db)
        }
        let kept = all.objects.filter { object in
            (query.store == nil || object.storeID == query.store) && (query.tier == nil || object.tier == query.tier)
                && (query.search.map {
                    String(decoding: object.key, as: UTF8.self).lowercased().contains($0.lowercased())
                } ?? true)
        }
        func number(_ object: CatalogObject) -> Int64 {
            switch query.sort {
            case .name: 0
            case .size: object.size ?? -1
            case .lastChange: object.lastChange?.milliseconds ?? 0
            case .lastAccess, .lastRead: object.lastAccess?.milliseconds ?? 0
            case .accesses: object.accesses.total
            case .firstSeen: object.firstSeen.milliseconds
            }
        }
        let sorted = kept.sorted { a, b in
            if query.sort == .name, a.key != b.key { return a.key.lexicographicallyPrecedes(b.key) }
            if number(a) != number(b) { return number(a) < number(b) }
            return rows[a.id, default: 0] < rows[b.id, default: 0]
        }
        return (query.order == .ascending ? sorted : sorted.reversed()).map(\.id)
    }

    @Test func aCursorSurvivesWhatComesAndGoesMeanwhile() async throws {
        let fixture = try Fixture()
        try await fixture.append((0..<20).map { fixture.object(.upload, "f\($0 + 10)", size: 1) })
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let first = try await catalog.objects(ObjectQuery(limit: 10), today: 0)
        try await fixture.append([
            fixture.object(.upload, "a new one before", size: 1), fixture.object(.delete, "f12"),
            fixture.object(.delete, "f19"), fixture.object(.upload, "f295", size: 1),
        ])
        try await fixture.catchUp(catalog)
        let second = try await catalog.objects(ObjectQuery(limit: 100, cursor: first.nextCursor), today: 0)
        #expect(second.objects.map { String(decoding: $0.key, as: UTF8.self) } == (20..<30).map { "f\($0)" } + ["f295"])
        #expect(second.nextCursor == nil)
        #expect(second.total == 20)
    }

    @Test func withoutTheIndexASearchLooksAtRowsAndSaysThatItDidNotCount() async throws {
        let fixture = try Fixture()
        try await fixture.append((0..<50).map { fixture.object(.upload, "f\($0)/X", size: Int64($0)) })
        let catalog = try fixture.open {
            $0.searchBytes = 0
            $0.scanRows = 7
        }
        try await fixture.catchUp(catalog)
        var query = ObjectQuery(limit: 3, search: "4/x", sort: .size)
        var found: [String] = []
        var pages = 0
        repeat {
            let page = try await catalog.objects(query, today: 0)
            #expect(page.total == nil)
            found += page.objects.map { String(decoding: $0.key, as: UTF8.self) }
            query.cursor = page.nextCursor
            pages += 1
        } while query.cursor != nil && pages < 100
        #expect(found == ["f44/X", "f34/X", "f24/X", "f14/X", "f4/X"])
        #expect(pages >= 50 / 7)
        #expect(catalog.index.isTooLarge)
    }

    @Test func badParametersAreNamedWithWhatIsAllowed() throws {
        let cases: [([(name: String, value: String)], String, String)] = [
            ([("limt", "5")], "limt", "limit"), ([("limit", "0")], "limit", "1000"),
            ([("limit", "1001")], "limit", "1000"),
            ([("limit", "x")], "limit", "number"), ([("sort", "nam")], "sort", "name"),
            ([("order", "up")], "order", "asc"),
            ([("deleted", "yes")], "deleted", "0 or 1"), ([("q", "a"), ("q", "b")], "q", "once"),
            ([("q", String(repeating: "x", count: 1025))], "q", "1024"),
        ]
        for (items, parameter, hint) in cases {
            let error = #expect(throws: CatalogError.self) { try ObjectQuery(parameters: items) }
            #expect(error?.code == .badParameter)
            #expect(error?.parameter == parameter)
            #expect(error?.message.contains(hint) == true, "\(String(describing: error))")
        }
        let items: [(name: String, value: String)] = [
            ("limit", "7"), ("q", "a"), ("sort", "size"), ("deleted", "1"), ("tier", "T"), ("store", "s"),
        ]
        let query = try ObjectQuery(parameters: items)
        let expected = ObjectQuery(
            limit: 7, search: "a", store: "s", tier: "T", deleted: true, sort: .size, order: .descending)
        #expect(query == expected)
    }

    @Test func cursorsOfOtherQueriesAndAnyOtherTextAreRefused() async throws {
        let (fixture, catalog) = try await filled(7)
        var random = SeededRandom(seed: 11)
        for sort in [ObjectQuery.Sort.name, .size] {
            let text = try #require(
                try await catalog.objects(ObjectQuery(limit: 5, sort: sort), today: fixture.today).nextCursor)
            for query in [
                ObjectQuery(cursor: text, search: "x", sort: sort), ObjectQuery(cursor: text, sort: .accesses),
                ObjectQuery(cursor: text, store: "st_a", sort: sort),
                ObjectQuery(cursor: text, deleted: true, sort: sort),
            ] {
                await #expect(throws: CatalogError.self) { try await catalog.objects(query, today: 0) }
            }
            for _ in 0..<500 {
                var bytes = Array(text.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0:
                        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
                            in: 0x20...0x7E, using: &random)
                    case 1: bytes.removeLast(min(bytes.count - 1, Int.random(in: 1...9, using: &random)))
                    default: bytes.append(.random(in: 0x20...0x7E, using: &random))
                    }
                }
                // A changed place is a place like any other; all else is told, and nothing crashes.
                do {
                    let query = ObjectQuery(cursor: String(decoding: bytes, as: UTF8.self), sort: sort)
                    _ = try await catalog.objects(query, today: 0)
                } catch {
                    #expect(error.code == .badCursor)
                }
            }
        }
        let long = ObjectQuery(cursor: String(repeating: "A", count: 20_000))
        await #expect(throws: CatalogError.self) { try await catalog.objects(long, today: 0) }
    }

    @Test func restBodiesHaveTheAgreedShape() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.store(.storeAdded), fixture.object(.upload, "a\"*b.txt", size: 3),
            fixture.object(.download, "a\"*b.txt", size: 3), fixture.object(.upload, bytes: [0xFF, 0x61]),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let page = try await catalog.objects(ObjectQuery(limit: 1), today: fixture.today)
        var buffer = ByteBuffer(string: "prefix")
        page.writeJSON(into: &buffer)
        buffer.moveReaderIndex(forwardBy: 6)
        let root = try JSONDocument.parse(buffer).root
        #expect(root.members.map(\.key) == ["objects", "total", "limit", "next_cursor", "as_of"])
        let object = try #require(root["objects"]?[0])
        #expect(
            object.members.map(\.key) == [
                "id", "store_id", "provider", "bucket", "file_name", "size_bytes", "storage_class", "tier", "etag",
                "version_id", "first_seen", "last_modified", "last_change", "last_access", "accesses",
                "last_read", "reads", "bytes_read", "scan_reads", "requesters",
                "data_temperature", "confidence", "chance_30_days", "judged_at", "deleted",
            ])
        #expect(object["accesses"]?.members.map(\.key) == ["d1", "d7", "d30", "d90", "total"])
        #expect(object["store_id"]?.string == "st_a" && object["tier"]?.isNull == true)
        #expect(root["total"]?.int64 == 2 && root["next_cursor"]?.string == page.nextCursor)
        #expect(root["as_of"]?["lag_events"]?.int64 == 0)
        let cursor = try Cursor(text: try #require(root["as_of"]?["cursor"]?.string))
        #expect(cursor.offset(.events) == 4 && cursor.epoch == fixture.embedded.epoch)

        let detail = try #require(try await catalog.object(id: page.objects[0].id, today: fixture.today))
        var body = ByteBuffer()
        detail.writeJSON(into: &body)
        let one = try JSONDocument.parse(body).root
        #expect(one["accesses_by_day"]?[0]?["day"]?.string == "2026-11-24")
        #expect(one["accesses_by_day"]?[0]?["count"]?.int64 == 1)
        #expect(one["history"]?.count == 1)
        #expect(one["history"]?[0]?.members.map(\.key) == ["day", "reads", "bytes", "scan_reads"])
        #expect(object["reads"]?.members.map(\.key) == ["days_1", "days_7", "days_30", "days_90"])
        #expect(object["bytes_read"]?["days_1"]?.int64 == 3)
        #expect(object["last_read"]?.string == object["last_access"]?.string)
        #expect(one["renamed_from"]?.isNull == true)
        // The filter shows this object's events, and no others.
        let filter = try Filter(try #require(one["filter"]?.string), now: fixture.clock.now)
        let records = try await fixture.log.read(from: 0, maxBytes: 1 << 20).records
        let shown = try records.filter { filter.matches(FilterView(try StoredEvent($0, simulated: false))) }
        #expect(shown.map(\.offset) == [1, 2])
        let odd = try await catalog.objects(ObjectQuery(limit: 1, cursor: page.nextCursor), today: fixture.today)
        var second = ByteBuffer()
        odd.writeJSON(into: &second)
        #expect(try JSONDocument.parse(second).root["objects"]?[0]?["file_name_base64"]?.string == "/2E=")
        #expect(try await catalog.object(id: "obj_nothing", today: 0) == nil)
    }
}

/// Row ids by public id, for the order of equal values.
enum ObjectRowIDs {
    static func read(_ db: Database) throws -> [String: Int64] {
        let directory = try FoldDirectory.read(db)
        var ids: [String: Int64] = [:]
        for found in try Row.fetchAll(db, sql: "SELECT \(ObjectColumns.names) FROM object") {
            let row = ObjectColumns.row(found, directory: directory)
            ids[ObjectHash.publicID(directory.place(row.place), key: row.key)] = row.id
        }
        return ids
    }
}
