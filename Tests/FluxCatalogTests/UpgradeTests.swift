import FluxEvents
import FluxLog
import Foundation
import GRDB
import Synchronization
import Testing

@testable import FluxCatalog

/// Snapshots as earlier versions of the format wrote them.
@Suite struct UpgradeTests {
    /// Makes the newest snapshot one of an earlier version.
    private func age(_ fixture: Fixture, to version: Int) throws {
        let folder = fixture.folder.path + "/snapshots/"
        let name = try #require(fixture.snapshotNames.compactMap { SnapshotName($0) }.last)
        let database = try DatabaseQueue(path: folder + name.text)
        try database.write { db in
            for column in ["confidence", "chance", "rate", "told_at"] {
                try db.execute(sql: "ALTER TABLE object DROP COLUMN \(column)")
            }
            try db.execute(
                sql: """
                    ALTER TABLE shelf RENAME TO newer;
                    CREATE TABLE shelf (id INTEGER PRIMARY KEY, place INTEGER NOT NULL, tier TEXT NOT NULL,
                    deleted INTEGER NOT NULL, objects INTEGER NOT NULL, bytes INTEGER NOT NULL,
                    UNIQUE (place, tier, deleted)) STRICT;
                    INSERT INTO shelf SELECT id, place, tier, deleted, objects, bytes FROM newer;
                    DROP TABLE newer; PRAGMA user_version = 2;
                    """)
            guard version < 2 else { return }
            try db.execute(
                sql: """
                    ALTER TABLE state DROP COLUMN next_requester;
                    ALTER TABLE place DROP COLUMN newest_day;
                    ALTER TABLE access_day RENAME TO newer;
                    CREATE TABLE access_day (object INTEGER NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL,
                    bytes INTEGER NOT NULL, PRIMARY KEY (object, day)) STRICT, WITHOUT ROWID;
                    INSERT INTO access_day SELECT object, day, reads, bytes FROM newer;
                    DROP TABLE newer; DROP TABLE access_requester; DROP TABLE requester; DROP TABLE verdict;
                    DROP TABLE place_day; PRAGMA user_version = 1;
                    """)
        }
        try database.close()
        let aged = SnapshotName(
            epoch: name.epoch, position: name.position, checksum: try FileTools.checksum(folder + name.text))
        try FileManager.default.moveItem(atPath: folder + name.text, toPath: folder + aged.text)
    }

    /// A catalogue of some objects with reads, stopped, with a snapshot of an earlier version and no file.
    private func stopped(
        _ fixture: Fixture, version: Int, beforeTrimming: () -> Void = {}
    ) async throws -> (objects: [CatalogObject], overview: CatalogOverview) {
        try await fixture.append([fixture.store(.storeAdded)])
        for number in 0..<300 { try await fixture.append([fixture.object(.upload, "f\(number)", size: 10)]) }
        try await fixture.append([
            fixture.read("f1", count: 3, sent: 30), fixture.read("f1", sent: 5, at: Fixture.start - 86_400_000),
            fixture.read("f2", count: 2, sent: 2), fixture.object(.delete, "f3"),
        ])
        let catalog = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(catalog)
        let objects = try await catalog.objects(ObjectQuery(limit: 1_000), today: fixture.today).objects
        let overview = try await catalog.overview(now: fixture.clock.now)
        catalog.close()
        beforeTrimming()
        await fixture.embedded.applyRetention()
        fixture.deleteCatalog()
        try age(fixture, to: version)
        return (objects, overview)
    }

    @Test(arguments: [1, 2])
    func whatATrimmedLogNoLongerTellsIsTakenFromASnapshotOfTheEarlierVersion(version: Int) async throws {
        // Nothing goes before the catalogue has folded it.
        let fence = Mutex<Int64>(0)
        let fixture = try Fixture {
            $0.segmentBytes = 16 << 10
            $0.retentionBytes = 16 << 10
            $0.retentionFence = { _ in fence.withLock { $0 } }
        }
        let before = try await stopped(fixture, version: version) { fence.withLock { $0 = .max } }
        #expect(fixture.log.bounds().earliest > 0)
        let catalog = try fixture.open()
        #expect(catalog.startedFrom.contains("snapshot"))
        // It is folded on as one of its own.
        try await fixture.append([
            fixture.read("f1", count: 4, sent: 40, by: "x"), fixture.object(.delete, "f4"),
            fixture.scan(by: "x", days: fixture.today...fixture.today),
        ])
        try await fixture.catchUp(catalog)
        let after = try await catalog.objects(ObjectQuery(limit: 1_000), today: fixture.today).objects
        let expected = before.objects.filter { $0.key != Array("f4".utf8) }
        #expect(after.map(\.key) == expected.map(\.key))
        #expect(after.map(\.accesses) == expected.map(\.accesses))
        #expect(after.map(\.lastAccess) == expected.map(\.lastAccess))
        #expect(after.map(\.scanReads).reduce(0, +) == 4)
        let overview = try await catalog.overview(now: fixture.clock.now)
        #expect(overview.reads.map(\.count) == before.overview.reads.map(\.count))
        #expect(overview.hottest?.map(\.key) == before.overview.hottest?.map(\.key))
        catalog.close()
        let again = try fixture.open()
        #expect(again.startedFrom.contains("continues"))
    }

    @Test(arguments: [1, 2]) func aLogThatHasEverythingIsFoldedAnew(version: Int) async throws {
        let fixture = try Fixture()
        _ = try await stopped(fixture, version: version)
        let catalog = try fixture.open()
        #expect(catalog.startedFrom.contains("first event"))
        try await fixture.catchUp(catalog)
        #expect(try await fixture.find(catalog, "f1")?.accesses.total == 4)
    }
}
