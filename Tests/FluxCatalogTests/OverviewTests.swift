import FluxEvents
import FluxStores
import FluxTesting
import GRDB
import NIOCore
import Testing

@testable import FluxCatalog

@Suite struct OverviewTests {
    private static let day: Int64 = 86_400_000

    @Test func theOverviewTellsWhatIsThereByStoreAndClassAndHowItIsRead() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.store(.storeAdded), fixture.store(.storeAdded, "st_b", bucket: "/other")])
        try await fixture.append(
            fixture.inventory([
                InventoryEntry(key: Array("a".utf8), sizeBytes: 100, storageClass: "STANDARD"),
                InventoryEntry(key: Array("b".utf8), sizeBytes: 30, storageClass: "GLACIER"),
            ]))
        try await fixture.append([
            fixture.object(.upload, "c", bucket: "/other", size: 7), fixture.object(.upload, "d", size: 1),
            fixture.object(.delete, "d"), fixture.read("a", count: 5, sent: 50, at: Fixture.start - 29 * Self.day),
            fixture.read("c", bucket: "/other", count: 6, sent: 6, at: Fixture.start - 30 * Self.day),
            fixture.read("b", count: 2, sent: 2), fixture.read("a", sent: 1, at: Fixture.start - 90 * Self.day),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let overview = try await catalog.overview(now: fixture.clock.now)
        var body = ByteBuffer()
        overview.writeJSON(into: &body)
        let root = try JSONDocument.parse(body).root
        #expect(
            root.members.map(\.key) == [
                "objects", "bytes", "stores", "classes", "temperatures", "reads", "hottest", "coldest", "generated_at",
                "as_of",
            ])
        #expect(root["objects"]?.int64 == 3 && root["bytes"]?.int64 == 137)
        #expect(root["stores"]?.elements.compactMap { $0["objects"]?.int64 } == [2, 1])
        #expect(root["stores"]?[1]?["url"]?.string == "file:///other")
        let classes = try #require(root["classes"])
        #expect(classes.elements.map { $0["storage_class"]?.string } == ["STANDARD", "GLACIER", nil])
        #expect(classes.elements.compactMap { $0["bytes"]?.int64 } == [100, 30, 7])
        #expect(root["reads"]?.elements.compactMap { $0["reads"]?.int64 } == [6, 5, 2])
        #expect(root["hottest"]?.elements.compactMap { $0["file_name"]?.string } == ["a", "b"])
        // Nothing was judged yet, and nothing is cold.
        #expect(root["temperatures"]?.count == 1 && root["temperatures"]?[0]?["data_temperature"]?.isNull == true)
        #expect(root["temperatures"]?[0]?["objects"]?.int64 == 3 && root["coldest"]?.count == 0)
        #expect(root["generated_at"]?.string == fixture.clock.now.rfc3339)
    }

    /// The board is filled once and kept by the fold: it must never differ from what counting gives.
    @Test(arguments: SeededRandom.seeds(3))
    func theMostReadAreThoseThatCountingFinds(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        try await fixture.append([fixture.store(.storeAdded)])
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            for _ in 0..<30 {
                var events: [Event] = []
                for _ in 0..<20 {
                    let key = "k\(Int.random(in: 0..<40, using: &random))"
                    let time = fixture.clock.now.milliseconds - Int64.random(in: 0...45, using: &random) * Self.day
                    switch Int.random(in: 0..<12, using: &random) {
                    case 0..<2: events.append(fixture.object(.upload, key))
                    case 2: events.append(fixture.object(.delete, key))
                    case 3: events += fixture.rename(key, "k\(Int.random(in: 0..<40, using: &random))")
                    case 4:
                        events.append(
                            fixture.scan(by: "x", below: [0x6B, 0x31], days: (fixture.today - 3)...fixture.today))
                    default:
                        events.append(
                            fixture.read(key, count: .random(in: 1...9, using: &random), by: "x", at: time))
                    }
                }
                if Int.random(in: 0..<15, using: &random) == 0 {
                    events += [fixture.store(.storeRemoved), fixture.store(.storeAdded)]
                }
                fixture.clock.advance(Int64.random(in: 0...2, using: &random) * Self.day / 2)
                try await catalog.folded(through: try await fixture.append(events))
                let today = fixture.today
                let hottest = try #require(try await catalog.overview(now: fixture.clock.now).hottest)
                let counted = try await catalog.objects(ObjectQuery(limit: 1_000), today: today).objects
                    .map(\.accesses.d30).filter { $0 > 0 }.sorted(by: >).prefix(10)
                #expect(hottest.map(\.accesses.d30) == Array(counted), "seed \(seed)")
            }
        }
    }

    @Test func whereTheBoardWouldTakeTooMuchMemoryThereAreNoHottest() async throws {
        let fixture = try Fixture()
        try await fixture.append((0..<10).map { fixture.object(.upload, "f\($0)") } + [fixture.read("f1")])
        let catalog = try fixture.open { $0.hottestBytes = 10 }
        try await fixture.catchUp(catalog)
        let overview = try await catalog.overview(now: fixture.clock.now)
        #expect(overview.hottest == nil)
        #expect(overview.objects == 10)
    }

    @Test func historiesComeInTheOrderOfKeysAPieceAtATimeWhateverTheirClass() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.store(.storeAdded)])
        try await fixture.append(
            (0..<57).map { number in
                fixture.object(
                    .upload, "k\(number + 100)", size: Int64(number),
                    details: ["storage_class": .string(number % 3 == 0 ? "GLACIER" : "STANDARD")])
            })
        try await fixture.append([
            fixture.read("k120", count: 2, full: 0.25), fixture.read("k120", count: 2, full: 1.5),
            fixture.read("k120", at: Fixture.start - 399 * Self.day), fixture.object(.delete, "k130"),
            fixture.object(.upload, "z", bucket: "/elsewhere"),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        var found: [ReadHistory] = []
        var position: ReadHistoryPosition?
        repeat {
            let page = try await catalog.readHistories(
                store: "st_a", from: position, limit: 10, today: fixture.today)
            #expect(page.objects.count <= 10)
            found += page.objects
            position = page.next
        } while position != nil
        #expect(found.map(\.key) == (0..<57).filter { $0 != 30 }.map { Array("k\($0 + 100)".utf8) })
        let read = try #require(found.first { $0.key == Array("k120".utf8) })
        #expect(read.days.map(\.fullReads) == [1, 1.75])
        #expect(read.days.map { fixture.today - $0.day } == [399, 0])
        #expect(read.size == 20 && read.storageClass == "STANDARD")
        #expect(found.filter { !$0.days.isEmpty }.count == 1)
        let none = try await catalog.readHistories(store: "st_x", from: nil, limit: 10, today: fixture.today)
        #expect(none.objects.isEmpty && none.next == nil)
    }
}
