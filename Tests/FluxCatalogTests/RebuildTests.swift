import FluxEvents
import FluxLog
import FluxStores
import Foundation
import GRDB
import Synchronization
import Testing

@testable import FluxCatalog

@Suite struct RebuildTests {
    /// A log with something of everything.
    private func fill(_ fixture: Fixture, rounds: Int = 3) async throws {
        try await fixture.append([fixture.store(.storeAdded, inode: 1)])
        try await fixture.append(
            fixture.inventory((0..<30).map { InventoryEntry(key: Array("i\($0)".utf8), sizeBytes: Int64($0)) }))
        for round in 0..<rounds {
            for number in 0..<20 {
                try await fixture.append([
                    fixture.object(.upload, "r\(round)/\(number)", size: Int64(number)),
                    fixture.object(.download, "i\(number)", size: 1), fixture.object(.download, "r0/\(number)"),
                ])
            }
            try await fixture.append(fixture.rename("r\(round)/1", "renamed\(round)"))
            try await fixture.append([fixture.object(.delete, "r\(round)/2"), fixture.object(.delete, "i\(round)")])
        }
    }

    @Test func deletedItIsRebuiltToTheSameContentAndAppendsNothing() async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        let head = fixture.log.bounds().head
        let first = try fixture.open()
        try await fixture.catchUp(first)
        let before = try dump(first)
        first.close()
        fixture.deleteCatalog()
        fixture.deleteSnapshots()
        let second = try fixture.open { $0.foldBytes = 1 }
        #expect(second.position == 0)
        try await fixture.catchUp(second)
        #expect(try dump(second) == before)
        #expect(before.count > 100)
        #expect(fixture.log.bounds().head == head)
    }

    @Test func deletedItIsRebuiltFromTheSnapshotWhenTheLogWasTrimmed() async throws {
        let fixture = try Fixture {
            $0.segmentBytes = 16 << 10
            $0.retentionBytes = 16 << 10
            $0.retentionFence = { _ in .max }
        }
        try await fill(fixture, rounds: 10)
        let first = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(first)
        #expect(first.snapshotFence == fixture.log.bounds().head)
        try await fill(fixture, rounds: 1)
        try await fixture.catchUp(first)
        let before = try dump(first)
        first.close()
        await fixture.embedded.applyRetention()
        #expect(fixture.log.bounds().earliest > 100)
        fixture.deleteCatalog()
        let second = try fixture.open()
        #expect(second.position > 0)
        #expect(second.startedFrom.contains("snapshot"))
        try await fixture.catchUp(second)
        #expect(try dump(second) == before)
    }

    @Test func withoutSnapshotAndWithATrimmedLogItSaysWhereItBegins() async throws {
        let fixture = try Fixture {
            $0.segmentBytes = 16 << 10
            $0.retentionBytes = 16 << 10
            $0.retentionFence = { _ in .max }
        }
        try await fill(fixture, rounds: 10)
        await fixture.embedded.applyRetention()
        let earliest = fixture.log.bounds().earliest
        #expect(earliest > 100)
        let catalog = try fixture.open()
        #expect(catalog.statistics.beginsAt == earliest)
        #expect(catalog.startedFrom.contains("earliest"))
        try await fixture.catchUp(catalog)
        #expect(catalog.position == fixture.log.bounds().head)
    }

    @Test func eventsThatWereTrimmedWhileItSleptMakeItBeginAnew() async throws {
        let fixture = try Fixture {
            $0.segmentBytes = 16 << 10
            $0.retentionBytes = 16 << 10
            $0.retentionFence = { _ in .max }
        }
        let catalog = try fixture.open()
        try await fixture.append([fixture.object(.upload, "trimmed away")])
        try await fixture.catchUp(catalog)
        try await fill(fixture, rounds: 10)
        await fixture.embedded.applyRetention()
        let earliest = fixture.log.bounds().earliest
        #expect(earliest > 1)
        try await fixture.running(catalog) {
            #expect(catalog.state == .following || catalog.position == fixture.log.bounds().head)
            #expect(catalog.statistics.beginsAt == earliest)
            let gone = try await fixture.find(catalog, "trimmed away")
            #expect(gone == nil)
        }
    }

    @Test(arguments: ["damaged", "cut", "not a database", "marked"])
    func aBrokenFileIsReplacedByTheNewestSoundSnapshot(_ how: String) async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        let first = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(first)
        try await fixture.append([fixture.object(.upload, "after the snapshot")])
        try await fixture.running(first) {}
        let before = try dump(first)
        first.close()
        let newest = try #require(fixture.snapshotNames.last)
        // The newest snapshot is damaged as well: its checksum tells, and the one before is taken.
        let snapshot = fixture.folder.path + "/snapshots/" + newest
        try overwrite(snapshot, at: 5000, with: [UInt8](repeating: 0xAA, count: 40))
        switch how {
        case "damaged": try overwrite(fixture.file, at: 0, with: [UInt8](repeating: 0xAA, count: 4096))
        case "cut": try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.file)).truncate(atOffset: 100)
        case "not a database":
            try Data("hello, this is no database at all".utf8).write(to: URL(fileURLWithPath: fixture.file))
        default:
            _ = FileManager.default.createFile(
                atPath: fixture.folder.path + "/" + CatalogOpening.damagedMark, contents: nil)
        }
        let second = try fixture.open()
        #expect(second.startedFrom.contains("snapshot"))
        try await fixture.catchUp(second)
        #expect(try dump(second) == before)
        second.close()
        let third = try fixture.open()
        #expect(third.startedFrom.contains("continues"))
    }

    private func overwrite(_ path: String, at offset: UInt64, with bytes: [UInt8]) throws {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try handle.seek(toOffset: offset)
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    @Test func aFileOfAnotherEpochOrAheadOfTheLogIsNotContinued() async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        let catalog = try fixture.open { $0.snapshotEventsAtStop = .max }
        try await fixture.catchUp(catalog)
        let before = try dump(catalog)
        for change in ["epoch = epoch + 1", "position = position + 1000"] {
            let other = try fixture.open()
            try await other.pool.write { try $0.execute(sql: "UPDATE state SET \(change)") }
            other.close()
            let again = try fixture.open()
            #expect(again.position == 0)
            try await fixture.catchUp(again)
            #expect(try dump(again) == before)
            again.close()
        }
    }

    @Test func aFileOfANewerVersionIsRefusedAndLeftAlone() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open()
        try await catalog.pool.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        catalog.close()
        let error = #expect(throws: CatalogError.self) { try fixture.open() }
        #expect(error?.code == .newerVersion)
        #expect(error?.message.contains("99") == true)
        #expect(FileManager.default.fileExists(atPath: fixture.file))
    }

    @Test func snapshotsAreMadeWhenTheLogGrewAndOnlyTheNewestAreKept() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open {
            $0.snapshotEvents = 40
            $0.snapshotEventsAtStop = .max
        }
        try await fixture.running(catalog) {
            for _ in 0..<5 {
                let fence = catalog.snapshotFence
                try await fill(fixture, rounds: 1)
                try await eventually("a snapshot") { catalog.snapshotFence > fence }
            }
        }
        #expect(fixture.snapshotNames.count == 2)
        let newest = try #require(fixture.snapshotNames.compactMap { SnapshotName($0) }.last)
        #expect(newest.position == catalog.snapshotFence)
        #expect(newest.epoch == fixture.embedded.epoch)
        #expect(try FileTools.checksum(fixture.folder.path + "/snapshots/" + newest.text) == newest.checksum)
    }

    @Test func aSnapshotThatWasCutOffByACrashIsNeverTakenAndIsCleanedUp() async throws {
        let fixture = try Fixture()
        let folder = fixture.folder.path + "/snapshots"
        try FileTools.makeFolder(folder)
        _ = FileManager.default.createFile(atPath: folder + "/.making-123", contents: Data([1, 2, 3]))
        let name = SnapshotName(epoch: fixture.embedded.epoch, position: 0, checksum: 7)
        _ = FileManager.default.createFile(atPath: folder + "/" + name.text, contents: Data([1, 2, 3]))
        let catalog = try fixture.open()
        #expect(catalog.startedFrom.contains("first event"))
        #expect(fixture.snapshotNames == [name.text])
    }

    @Test func snapshotNamesAreReadAsTheyAreWrittenAndNothingElseIs() {
        let name = SnapshotName(epoch: 0xDEAD_BEEF, position: 1042, checksum: .max)
        #expect(SnapshotName(name.text) == name)
        for text in ["", "catalog-.sqlite", name.text + "x", name.text.uppercased(), "catalog-1-2-3.sqlite"] {
            #expect(SnapshotName(text) == nil)
        }
    }

    @Test func whatARepairOfTheLogLeftOutIsPassedOver() async throws {
        let folder = try TemporaryFolder()
        let earlier = try Fixture(folder: folder) { $0.segmentBytes = 16 << 10 }
        try await fill(earlier, rounds: 10)
        await earlier.embedded.close()
        let segments = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/log/events-0")
            .filter { $0.hasSuffix(".log") }.sorted()
        try overwrite(folder.path + "/log/events-0/" + segments[1], at: 2000, with: [UInt8](repeating: 0x55, count: 64))
        let repair = try LogMaintenance.repair(directory: folder.path)
        let lost = repair.losses.reduce(0) { $0 + (($1.to ?? $1.from) - $1.from) }
        #expect(lost > 0)
        let fixture = try Fixture(folder: folder) { $0.segmentBytes = 16 << 10 }
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            let offset = try await fixture.append([fixture.object(.upload, "after the repair")])
            try await catalog.folded(through: offset)
            try await eventually("following") { catalog.state == .following }
        }
        #expect(catalog.statistics.repairedGapEvents == lost)
        #expect(catalog.position == fixture.log.bounds().head)
        #expect(try await fixture.find(catalog, "after the repair") != nil)
        // The same content again, however it is folded.
        let content = try dump(catalog)
        catalog.close()
        fixture.deleteCatalog()
        fixture.deleteSnapshots()
        let again = try fixture.open()
        try await fixture.catchUp(again)
        #expect(try dump(again) == content)
    }

    @Test func damageInTheLogStopsTheCatalogueWithAReasonAndQueriesGoOn() async throws {
        let folder = try TemporaryFolder()
        let earlier = try Fixture(folder: folder) { $0.segmentBytes = 16 << 10 }
        try await fill(earlier, rounds: 10)
        await earlier.embedded.close()
        let segments = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/log/events-0")
            .filter { $0.hasSuffix(".log") }.sorted()
        #expect(segments.count > 3)
        try overwrite(folder.path + "/log/events-0/" + segments[1], at: 2000, with: [UInt8](repeating: 0x55, count: 64))
        let fixture = try Fixture(folder: folder) { $0.segmentBytes = 16 << 10 }
        let catalog = try fixture.open()
        let run = Task { try await catalog.run() }
        await #expect(throws: CatalogError.self) {
            try await catalog.folded(through: fixture.log.bounds().head - 1)
        }
        guard case .stopped(let reason) = catalog.state else {
            Issue.record("not stopped: \(catalog.state)")
            return
        }
        #expect(reason.contains("damaged"))
        #expect(catalog.position > 0 && catalog.position < fixture.log.bounds().head)
        #expect(try await !fixture.list(catalog).isEmpty)
        // It stays, so that a group of services goes on, and ends when asked to.
        run.cancel()
        try await run.value
        #expect(catalog.state == .stopped(reason: reason))
    }

    /// What the tables hold, without the one row that says which log it is of.
    private func content(_ catalog: Catalog) throws -> [String] {
        try dump(catalog).filter { !$0.hasPrefix("state") }
    }

    @Test(arguments: ["only snapshots", "the file as well"])
    func aNewEpochKeepsWhatATrimmedLogNoLongerTells(_ left: String) async throws {
        let folder = try TemporaryFolder()
        // Nothing goes before the catalogue has folded it.
        let fence = Mutex<Int64>(0)
        let trimming: (inout EmbeddedLogConfiguration) -> Void = {
            $0.segmentBytes = 16 << 10
            $0.retentionBytes = 16 << 10
            $0.retentionFence = { _ in fence.withLock { $0 } }
        }
        let earlier = try Fixture(folder: folder, change: trimming)
        try await fill(earlier, rounds: 10)
        let first = try earlier.open { $0.snapshotEventsAtStop = 1 }
        try await earlier.catchUp(first)
        let before = try content(first)
        let known = try await earlier.list(first, ObjectQuery(limit: 1000))
        first.close()
        fence.withLock { $0 = .max }
        await earlier.embedded.applyRetention()
        #expect(earlier.log.bounds().earliest > 100)
        let old = earlier.embedded.epoch
        let head = earlier.log.bounds().head
        await earlier.embedded.close()
        if left == "only snapshots" { earlier.deleteCatalog() }
        // Twice: what an epoch goes on from, the next one goes on from as well.
        try LogMaintenance.startNewEpoch(directory: folder.path)
        let epoch = try LogMaintenance.startNewEpoch(directory: folder.path)
        let fixture = try Fixture(folder: folder, change: trimming)
        #expect(fixture.log.sharedHead(withEpoch: old) == head)
        #expect(fixture.log.sharedHead(withEpoch: 12) == nil)
        try await fixture.append([fixture.object(.upload, "of the new epoch")])
        let second = try fixture.open { $0.snapshotEventsAtStop = 1 }
        #expect(second.position == head)
        #expect(try content(second) == before)
        try await fixture.catchUp(second)
        let listed = try await fixture.list(second, ObjectQuery(limit: 1000))
        #expect(listed == (known + ["of the new epoch"]).sorted() && known.count > 100)
        // From now on there are snapshots of the new epoch alone.
        #expect(fixture.snapshotNames.allSatisfy { SnapshotName($0)?.epoch == epoch })
    }

    @Test func aSnapshotOfEventsThatTheNewEpochNeverHadIsNotTaken() async throws {
        let folder = try TemporaryFolder()
        let earlier = try Fixture(folder: folder)
        try await fill(earlier)
        await earlier.embedded.close()
        let backup = try TemporaryFolder()
        try FileManager.default.removeItem(atPath: backup.path)
        try FileManager.default.copyItem(atPath: folder.path, toPath: backup.path)
        let later = try Fixture(folder: folder)
        try await later.append([later.object(.upload, "after the backup")])
        let first = try later.open { $0.snapshotEventsAtStop = 1 }
        try await later.catchUp(first)
        first.close()
        await later.embedded.close()
        for name in ["snapshots", CatalogDatabase.fileName] {
            try FileManager.default.copyItem(atPath: folder.path + "/" + name, toPath: backup.path + "/" + name)
        }
        try LogMaintenance.startNewEpoch(directory: backup.path)
        let restored = try Fixture(folder: backup)
        try await restored.append([restored.object(.upload, "of the new epoch")])
        let catalog = try restored.open()
        try await restored.catchUp(catalog)
        #expect(try await restored.find(catalog, "after the backup") == nil)
        #expect(try await restored.find(catalog, "of the new epoch") != nil)
    }

    @Test func retentionThatWaitsForASnapshotGetsOne() async throws {
        let known = Mutex<Catalog?>(nil)
        let fixture = try Fixture {
            $0.segmentBytes = 16 << 10
            $0.retentionBytes = 16 << 10
            $0.retentionFence = { _ in known.withLock { $0 }?.snapshotFence ?? 0 }
            $0.onFenced = { topic, offset in
                if topic == "events" { known.withLock { $0 }?.wantSnapshot(past: offset) }
            }
        }
        try await fill(fixture, rounds: 10)
        let catalog = try fixture.open()
        known.withLock { $0 = catalog }
        try await fixture.running(catalog) {
            await fixture.embedded.applyRetention()
            try await eventually("trimmed behind a snapshot") {
                await fixture.embedded.applyRetention()
                return fixture.log.bounds().earliest > 100
            }
            #expect(catalog.snapshotFence >= fixture.log.bounds().earliest)
        }
    }

    @Test func theLogIsNotTrimmedBehindASnapshotThatIsDamaged() async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        let first = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(first)
        first.close()
        let name = try #require(fixture.snapshotNames.first)
        try overwrite(fixture.folder.path + "/snapshots/" + name, at: 5000, with: [1, 2, 3, 4, 5, 6, 7, 8])
        let second = try fixture.open()
        try await fixture.running(second) {
            try await eventually("looked at") { fixture.snapshotNames == [SnapshotFolder.damaged] }
            #expect(second.snapshotFence == 0)
        }
    }
}
