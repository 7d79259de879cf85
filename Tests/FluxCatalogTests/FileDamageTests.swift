import FluxEvents
import FluxLog
import FluxStores
import FluxTesting
import Foundation
import GRDB
import Logging
import Testing

@testable import FluxCatalog

/// Pages of `catalog.sqlite` that a disk, or somebody, made unreadable.
@Suite struct FileDamageTests {
    /// A catalogue of a few hundred objects with a snapshot, and events behind that; stopped.
    private func stopped(_ fixture: Fixture) async throws -> [String] {
        try await fixture.append([fixture.store(.storeAdded, inode: 1)])
        try await fixture.append((0..<300).map { fixture.object(.upload, "f\($0)", size: Int64($0)) })
        let first = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(first)
        first.close()
        try await fixture.append((0..<20).map { fixture.object(.download, "f\($0)", size: 1) })
        let second = try fixture.open { $0.snapshotEventsAtStop = .max }
        try await fixture.catchUp(second)
        defer { second.close() }
        return try dump(second)
    }

    /// Overwrites the first page of a table or an index of a stopped catalogue.
    private func damage(_ file: String, _ name: String, _ random: inout SeededRandom) throws {
        let database = try DatabaseQueue(path: file)
        let root = try database.read {
            try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [name])
        }
        try database.close()
        var page = [UInt8]((0..<4096).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        // No kind of page begins so: chance must not make a right one.
        page[0] = 0xFF
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        try handle.seek(toOffset: UInt64(try #require(root) - 1) * 4096)
        try handle.write(contentsOf: Data(page))
        try handle.close()
    }

    private func exists(_ fixture: Fixture, _ name: String) -> Bool {
        FileManager.default.fileExists(atPath: fixture.folder.path + "/" + name)
    }

    @Test(arguments: ["state", "store", "place", "sqlite_autoindex_place_1", "shelf", "sqlite_autoindex_shelf_1"])
    func whatIsReadAtTheStartIsRebuiltInThatStart(_ table: String) async throws {
        var random = SeededRandom()
        let fixture = try Fixture()
        let before = try await stopped(fixture)
        try damage(fixture.file, table, &random)
        let catalog = try fixture.open()
        #expect(catalog.startedFrom.contains("snapshot"), "seed \(random.seed)")
        #expect(catalog.startedFrom.contains("kept as catalog.sqlite.damaged"), "seed \(random.seed)")
        let told = fixture.lines.of(.warning).filter { $0.hasPrefix(catalog.startedFrom) }
        #expect(told.count == 1 && told.allSatisfy { !$0.contains("\n") && !$0.contains("***") }, "\(told)")
        #expect(try catalog.storesNow().map(\.id) == ["st_a"])
        try await fixture.catchUp(catalog)
        #expect(try dump(catalog) == before, "seed \(random.seed)")
        catalog.close()
        #expect(exists(fixture, "catalog.sqlite.damaged"))
        let again = try fixture.open()
        #expect(again.startedFrom.contains("continues"))
    }

    /// Who meets the damage.
    enum Meeting: String, CaseIterable, CustomTestStringConvertible {
        case list, search, object, lookUp, lookUps, page, snapshot
        var testDescription: String { rawValue }

        /// The table or index that it reads and the start does not.
        var place: String {
            switch self {
            case .list: "object_size"
            case .search: "object"
            case .object, .lookUp, .lookUps: "object_hash"
            case .page: "object_name"
            case .snapshot: "object_first_seen"
            }
        }

        func happen(_ fixture: Fixture, _ catalog: Catalog) async throws {
            switch self {
            case .list: _ = try await catalog.objects(ObjectQuery(sort: .size), today: fixture.today)
            case .search: _ = try await catalog.objects(ObjectQuery(search: "f1"), today: fixture.today)
            case .object: _ = try await catalog.object(id: "obj_0123456789abcdef", today: fixture.today)
            case .lookUp: _ = try await catalog.known(store: "st_a", key: Array("f1".utf8))
            case .lookUps: _ = try await catalog.known(store: "st_a", keys: [Array("f1".utf8)])
            case .page: _ = try await catalog.known(store: "st_a", under: [], after: nil, limit: 10)
            case .snapshot:
                catalog.wantSnapshot(past: catalog.position)
                try await eventually("found damaged") { catalog.state.name == "stopped" }
                throw CatalogError(.damaged, catalog.state.message ?? "")
            }
        }
    }

    @Test(arguments: Meeting.allCases)
    func whatIsMetLaterStopsTheCatalogueAndIsRebuiltAtTheNextStart(_ meeting: Meeting) async throws {
        var random = SeededRandom()
        let fixture = try Fixture()
        let before = try await stopped(fixture)
        let snapshots = fixture.snapshotNames
        try damage(fixture.file, meeting.place, &random)
        let catalog = try fixture.open { $0.snapshotEventsAtStop = 1 }
        #expect(catalog.startedFrom.contains("continues"), "seed \(random.seed)")
        try await fixture.running(catalog) {
            // The filling of the search index may come first: then the state says so already.
            try await eventually("looked at the snapshots") { catalog.snapshotFence > 0 }
            let error = await #expect(throws: CatalogError.self, "seed \(random.seed)") {
                try await meeting.happen(fixture, catalog)
            }
            #expect(error?.code == .damaged, "seed \(random.seed)")
            guard case .stopped(let reason) = catalog.state else {
                Issue.record("not stopped: \(catalog.state); seed \(random.seed)")
                return
            }
            #expect(reason.contains("damaged") && reason.contains("Restart"))
            // Nobody waits for a fold that does not come, and what comes later changes nothing of the state.
            let offset = try await fixture.append([fixture.object(.upload, "f1", size: 1)])
            await #expect(throws: CatalogError.self) { try await catalog.folded(through: offset) }
            #expect(catalog.state == .stopped(reason: reason))
        }
        // A copy of it would bring the damage back.
        #expect(fixture.snapshotNames == snapshots)
        catalog.close()
        #expect(exists(fixture, "catalog.damaged"))
        let second = try fixture.open { $0.snapshotEventsAtStop = .max }
        #expect(second.startedFrom.contains("snapshot"), "seed \(random.seed)")
        try await fixture.catchUp(second)
        #expect(try dump(second).count == before.count, "seed \(random.seed)")
        #expect(try await fixture.list(second, ObjectQuery(limit: 1000, sort: .size)).count == 300)
        second.close()
        #expect(!exists(fixture, "catalog.damaged"))
        #expect(exists(fixture, "catalog.sqlite.damaged"))
    }

    @Test func afterTwoRunsThatWereCutOffDamageAnywhereIsFoundAtTheStart() async throws {
        var random = SeededRandom()
        let fixture = try Fixture()
        let before = try await stopped(fixture)
        #expect(!exists(fixture, "catalog.open"))
        let open = try fixture.open()
        #expect(exists(fixture, "catalog.open"))
        // What is in the file now is what a kill would leave, but for the damage.
        try open.pool.close()
        try damage(fixture.file, "object_size", &random)
        let second = try fixture.open()
        #expect(second.startedFrom.contains("continues"), "seed \(random.seed)")
        try second.pool.close()
        let catalog = try fixture.open { $0.snapshotEventsAtStop = .max }
        #expect(catalog.startedFrom.contains("snapshot"), "seed \(random.seed)")
        try await fixture.catchUp(catalog)
        #expect(try dump(catalog) == before, "seed \(random.seed)")
        // A file that is right is continued.
        try catalog.pool.close()
        let again = try fixture.open()
        #expect(again.startedFrom.contains("continues"))
        again.close()
        #expect(!exists(fixture, "catalog.open"))
    }

    @Test func aSnapshotWithDamageInItIsSetAsideAndTheOneBeforeTaken() async throws {
        var random = SeededRandom()
        let fixture = try Fixture()
        let before = try await stopped(fixture)
        // An earlier version copied damaged pages: the checksum is that of the damage.
        let folder = fixture.folder.path + "/snapshots/"
        let good = try #require(fixture.snapshotNames.first.flatMap { SnapshotName($0) })
        try FileManager.default.copyItem(atPath: fixture.file, toPath: folder + "new")
        try damage(folder + "new", "object", &random)
        let bad = SnapshotName(
            epoch: good.epoch, position: fixture.log.bounds().head, checksum: try FileTools.checksum(folder + "new"))
        try FileTools.rename(folder + "new", to: folder + bad.text)
        fixture.deleteCatalog()
        let catalog = try fixture.open { $0.snapshotEventsAtStop = .max }
        #expect(catalog.position == good.position, "seed \(random.seed)")
        #expect(fixture.snapshotNames == [good.text, SnapshotFolder.damaged].sorted())
        try await fixture.catchUp(catalog)
        #expect(try dump(catalog) == before)
    }
}
