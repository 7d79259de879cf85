import FluxEvents
import FluxStores
import NIOCore
import Testing

@testable import FluxCatalog

@Suite struct FoldTests {
    @Test func anUploadedFileIsListedWithItsSizeAndTimes() async throws {
        let fixture = try Fixture()
        let time = Fixture.start - 5000
        try await fixture.append([
            fixture.object(
                .upload, "a/b.txt", size: 42, at: time,
                details: ["mtime_ns": .integer(1_700_000_000_123_456_789), "inode": .integer(77)])
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let object = try #require(try await fixture.find(catalog, "a/b.txt"))
        #expect(object.size == 42)
        #expect(object.firstSeen.milliseconds == time)
        #expect(object.lastChange?.milliseconds == time)
        #expect(object.lastModified?.milliseconds == 1_700_000_000_123)
        #expect(object.lastAccess == nil)
        #expect(object.accesses == AccessSums())
        #expect(object.deletedAt == nil)
        #expect(object.id == ObjectRef(provider: .file, bucket: "/srv", key: Array("a/b.txt".utf8)).publicID)
    }

    @Test func readsAreCountedByDayAndInTotal() async throws {
        let fixture = try Fixture()
        let day: Int64 = 86_400_000
        try await fixture.append([
            fixture.object(.upload, "f", size: 10, at: Fixture.start - 100 * day),
            fixture.object(.download, "f", size: 10, at: Fixture.start - 95 * day),
            fixture.object(.download, "f", size: 10, at: Fixture.start - 20 * day),
            fixture.object(.download, "f", size: 10, at: Fixture.start - 3 * day, details: ["reads": .integer(4)]),
            fixture.object(.download, "f", size: 10, at: Fixture.start),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let object = try #require(try await fixture.find(catalog, "f"))
        var sums = AccessSums()
        sums.d1 = 1
        sums.d7 = 5
        sums.d30 = 6
        sums.d90 = 6
        sums.total = 7
        #expect(object.accesses == sums)
        #expect(object.lastAccess?.milliseconds == Fixture.start)
        let detail = try #require(try await catalog.object(id: object.id, today: fixture.today))
        #expect(detail.accessesByDay.map(\.count) == [1, 1, 4, 1])
        #expect(detail.accessesByDay.map(\.bytes) == [10, 10, 40, 10])
    }

    @Test func daysOlderThanTheLimitGoAndTheTotalStays() async throws {
        let fixture = try Fixture()
        let day: Int64 = 86_400_000
        try await fixture.append([fixture.object(.upload, "f", at: Fixture.start - 50 * day)])
        for age in stride(from: Int64(40), through: 0, by: -10) {
            try await fixture.append([fixture.object(.download, "f", at: Fixture.start - age * day)])
        }
        // Late news of an old day, after newer ones.
        try await fixture.append([fixture.object(.download, "f", at: Fixture.start - 39 * day)])
        let catalog = try fixture.open { $0.accessDays = 15 }
        try await fixture.catchUp(catalog)
        let id = try #require(try await fixture.find(catalog, "f")).id
        let detail = try #require(try await catalog.object(id: id, today: fixture.today))
        #expect(detail.accessesByDay.map { fixture.today - $0.day } == [10, 0])
        #expect(detail.object.accesses.total == 6)
    }

    @Test func aClockThatRunsAheadDoesNotMoveDaysIntoTheFuture() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f"), fixture.object(.download, "f", at: Fixture.start + 900 * 86_400_000),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let object = try #require(try await fixture.find(catalog, "f"))
        #expect(object.lastAccess == fixture.clock.now)
        #expect(object.accesses.d1 == 1)
    }

    @Test func whatLayThereAtFirstIsNoUploadAndItsChangeIsItsModificationTime() async throws {
        let fixture = try Fixture()
        let modified = Timestamp(milliseconds: 1_600_000_000_000)
        try await fixture.append(
            fixture.inventory([
                InventoryEntry(key: Array("old".utf8), sizeBytes: 5, lastModified: modified, inode: 9),
                InventoryEntry(key: [0x66, 0xFF, 0x0A], sizeBytes: 6, storageClass: "STANDARD_IA"),
            ]))
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let old = try #require(try await fixture.find(catalog, "old"))
        #expect(old.lastChange == modified)
        #expect(old.lastModified == modified)
        #expect(old.accesses.total == 0)
        let odd = try await catalog.objects(ObjectQuery(tier: "STANDARD_IA"), today: fixture.today).objects
        #expect(odd.map(\.key) == [[0x66, 0xFF, 0x0A]])
        #expect(odd.first?.lastChange == nil)
        #expect(odd.first?.storageClass == "STANDARD_IA")
    }

    @Test func aDeletedFileIsOnlyInTheListOfDeletedOnesAndComesBackWithItsHistory() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f", size: 3), fixture.object(.download, "f", size: 3),
        ])
        try await fixture.append([fixture.object(.delete, "f"), fixture.object(.delete, "never-seen")])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog) == [])
        #expect(try await fixture.list(catalog, ObjectQuery(deleted: true)) == ["f"])
        #expect(try await fixture.find(catalog, "f", deleted: true)?.deletedAt?.milliseconds == Fixture.start + 1)
        try await fixture.append([fixture.object(.upload, "f", size: 4)])
        try await fixture.catchUp(catalog)
        let back = try #require(try await fixture.find(catalog, "f"))
        #expect(back.size == 4)
        #expect(back.accesses.total == 1)
        #expect(back.firstSeen.milliseconds == Fixture.start)
        #expect(try await fixture.list(catalog, ObjectQuery(deleted: true)) == [])
    }

    @Test func deletedFilesAreForgottenAfterTheNamedNumberOfEvents() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.object(.upload, "f"), fixture.object(.delete, "f")])
        let catalog = try fixture.open { $0.tombstoneEvents = 10 }
        try await fixture.append((0..<9).map { fixture.object(.upload, "other\($0)") })
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog, ObjectQuery(deleted: true)) == ["f"])
        try await fixture.append([fixture.object(.upload, "one more")])
        try await fixture.append([fixture.object(.upload, "and another")])
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog, ObjectQuery(deleted: true)) == [])
    }

    @Test func aRenamedFileKeepsItsHistoryUnderItsNewName() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.object(.upload, "a", size: 3), fixture.object(.download, "a")])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let before = try #require(try await fixture.find(catalog, "a"))
        try await fixture.append(fixture.rename("a", "b", size: 3))
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog) == ["b"])
        #expect(try await fixture.list(catalog, ObjectQuery(deleted: true)) == [])
        let after = try #require(try await fixture.find(catalog, "b"))
        #expect(after.accesses.total == 1)
        #expect(after.firstSeen == before.firstSeen)
        #expect(after.renamedFrom == Array("a".utf8))
        #expect(try await catalog.object(id: before.id, today: fixture.today) == nil)
        #expect(try await catalog.object(id: after.id, today: fixture.today) != nil)
    }

    @Test func aRenameOverAnotherFileReplacesThatOne() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "a", size: 3), fixture.object(.upload, "b", size: 9),
            fixture.object(.download, "b"), fixture.object(.download, "b"),
        ])
        try await fixture.append(fixture.rename("a", "b", size: 3))
        // A new file takes the old name: it is another object.
        try await fixture.append([fixture.object(.upload, "a", size: 1)])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog) == ["a", "b"])
        #expect(try await fixture.find(catalog, "b")?.accesses.total == 0)
        #expect(try await fixture.find(catalog, "b")?.size == 3)
        #expect(try await catalog.allTotals() == [:])
    }

    @Test func aChainOfRenamesInOneGroupEndsWhereItShould() async throws {
        let fixture = try Fixture()
        try await fixture.append(
            [fixture.object(.upload, "1", size: 1), fixture.object(.upload, "2", size: 2)]
                + fixture.rename("1", "tmp") + fixture.rename("2", "1") + fixture.rename("tmp", "2"))
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(try await fixture.find(catalog, "1")?.size == 2)
        #expect(try await fixture.find(catalog, "2")?.size == 1)
        #expect(try await fixture.list(catalog) == ["1", "2"])
    }

    @Test func storesAreAFoldOfTheirNotices() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.store(.storeAdded, inode: 5), fixture.store(.storeAdded, "st_b", bucket: "/other"),
            fixture.store(.storePaused, "st_b", bucket: "/other"),
        ])
        try await fixture.append(fixture.inventory([InventoryEntry(key: [0x61], sizeBytes: 1)]))
        try await fixture.append([fixture.store(.storeAway), fixture.store(.storeAway, "st_unknown")])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        var stores = try await catalog.stores()
        #expect(stores.map(\.id) == ["st_a", "st_b"])
        #expect(stores[0].away && stores[0].inventoryComplete && !stores[0].paused && stores[0].rootInode == 5)
        #expect(stores[1].paused && !stores[1].inventoryComplete)
        let now = try catalog.storesNow()
        #expect(now == stores)
        #expect(try await catalog.totals(store: "st_a") == StoreTotals(objects: 1, bytes: 1))
        try await fixture.append([
            fixture.store(.storeBack, inode: 6), fixture.store(.storeResumed, "st_b", bucket: "/other"),
            fixture.store(.storeAdded, inode: 7),
        ])
        try await fixture.catchUp(catalog)
        stores = try await catalog.stores()
        #expect(!stores[0].away && stores[0].rootInode == 7 && stores[0].inventoryComplete)
        #expect(!stores[1].paused)
    }

    @Test func nothingIsKnownOfARemovedStoreAndItsInventoryBeginsAnew() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.store(.storeAdded), fixture.object(.upload, "a", size: 4), fixture.object(.download, "a"),
            fixture.object(.upload, "c", bucket: "/elsewhere", size: 8), fixture.store(.storeRemoved),
            fixture.object(.upload, "late", size: 1),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(try await catalog.stores() == [])
        #expect(try await fixture.list(catalog) == ["c", "late"])
        #expect(try await catalog.known(store: "st_a", key: [0x61]) == nil)
        #expect(try dump(catalog).filter { $0.hasPrefix("access_day") } == [])
        try await fixture.append([fixture.store(.storeAdded)])
        try await fixture.catchUp(catalog)
        #expect(try await catalog.stores().first?.inventoryComplete == false)
    }

    @Test func eventsOfOthersAndBrokenOnesChangeNothingButACount() async throws {
        let fixture = try Fixture()
        var broken = fixture.object(.upload, "x")
        broken.data = ByteBuffer(string: "{\"file_name\":")
        var nameless = fixture.object(.upload, "x")
        nameless.key = ByteBuffer(string: "x")
        nameless.data = ByteBuffer(string: "{\"size_bytes\":1}")
        var foreign = fixture.object(.upload, "x")
        foreign.type = EventType(rawValue: "com.github.push")
        try await fixture.append([broken, nameless, foreign, fixture.object(.costAlert, "x")])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog) == [])
        #expect(catalog.statistics.unreadableEvents == 2)
        #expect(catalog.position == 4)
    }

    @Test func hugeNumbersInEventsStopAtTheLargestInsteadOfCrashing() async throws {
        let fixture = try Fixture()
        let reads: Details = ["reads": .integer(.max)]
        try await fixture.append([
            fixture.object(.upload, "x", size: 1 << 53), fixture.object(.upload, "y", size: .max),
            fixture.object(.download, "x", size: 1 << 53, details: reads),
        ])
        try await fixture.append([fixture.object(.download, "x", size: 1 << 53, details: reads)])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        try await fixture.append([fixture.object(.download, "x", size: 1 << 53, details: reads)])
        try await fixture.catchUp(catalog)
        let object = try #require(try await fixture.find(catalog, "x"))
        #expect(object.accesses.total == .max)
        #expect(object.accesses.d90 == .max)
        #expect(try await fixture.find(catalog, "y")?.size == nil)
    }
}
