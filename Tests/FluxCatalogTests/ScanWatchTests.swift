import FluxEvents
import FluxLog
import FluxTiering
import Testing

@testable import FluxCatalog

/// Scans are found among what was read, told once, and taken apart.
@Suite struct ScanWatchTests {
    private static let day: Int64 = 86_400_000

    private func watch(_ catalog: Catalog, _ fixture: Fixture) -> ScanWatch {
        ScanWatch(catalog: catalog, log: fixture.log, now: { fixture.clock.now }, logger: Fixture.silent)
    }

    /// A store with objects in two folders.
    private func store(_ fixture: Fixture, data: Int = 120, other: Int = 100) -> [Event] {
        [fixture.store(.storeAdded)]
            + (0..<data).map { fixture.object(.upload, "data/\($0)", size: 10) }
            + (0..<other).map { fixture.object(.upload, "other/\($0)", size: 10) }
    }

    @Test func aBackupOfOneFolderIsToldOnceAndHeatsNothing() async throws {
        let fixture = try Fixture()
        try await fixture.append(store(fixture, other: 200))
        try await fixture.append((0..<120).map { fixture.read("data/\($0)", sent: 10, full: 1, by: "backup") })
        try await fixture.append([fixture.read("data/7", count: 3, by: "app")])
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            #expect(try await watch(catalog, fixture).look() == 1)
            try await catalog.folded(through: fixture.log.bounds().head - 1)
            let seven = try #require(try await fixture.find(catalog, "data/7"))
            #expect(seven.accesses.d1 == 3 && seven.scanReads == 1)
            let eight = try #require(try await fixture.find(catalog, "data/8"))
            #expect(eight.accesses.d1 == 0 && eight.scanReads == 1 && eight.lastAccess == nil)
            #expect(try await watch(catalog, fixture).look() == 0)
            // What is read later on that day belongs to it.
            try await fixture.append([fixture.read("data/9", by: "backup")])
            try await catalog.folded(through: fixture.log.bounds().head - 1)
            #expect(try await watch(catalog, fixture).look() == 0)
            #expect(try await fixture.find(catalog, "data/9")?.scanReads == 2)
        }
        let last = try await fixture.log.read(from: 0, maxBytes: 1 << 22).records.map {
            try StoredEvent($0, simulated: false).event
        }
        let verdict = try #require(last.first { $0.type == .patternDetected })
        let data = try JSONDocument.parse(verdict.data).root
        #expect(Schemas.validate(data: data, type: .patternDetected).isEmpty)
        #expect(data["details"]?["prefix"]?.string == "data/" && data["details"]?["objects"]?.int64 == 120)
        #expect(data["details"]?["requester"]?.string == "backup" && data["access_count"]?.int64 == 120)
    }

    @Test func whoReadsSomeOfThemIsNoScan() async throws {
        let fixture = try Fixture()
        try await fixture.append(store(fixture))
        try await fixture.append((0..<90).map { fixture.read("data/\($0)", by: "app") })
        // All of them, and some again and again.
        try await fixture.append((0..<120).flatMap { [fixture.read("other/\($0 % 100)", count: 3, by: "people")] })
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            let found = try await watch(catalog, fixture).look()
            #expect(found == 0)
        }
    }

    @Test func aScanOfSeveralDaysIsFoundFromItsDays() async throws {
        let fixture = try Fixture()
        try await fixture.append(store(fixture))
        try await fixture.append(
            (0..<220).map { number in
                let key = number < 120 ? "data/\(number)" : "other/\(number - 120)"
                return fixture.read(key, by: "crawler", at: Fixture.start - Int64(number / 60) * Self.day)
            })
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            #expect(try await watch(catalog, fixture).look() > 0)
            try await catalog.folded(through: fixture.log.bounds().head - 1)
            #expect(try await watch(catalog, fixture).look() == 0)
            for key in ["data/0", "data/119", "other/99"] {
                #expect(try await fixture.find(catalog, key)?.scanReads == 1, "\(key)")
            }
        }
    }
}
