import FluxEvents
import FluxLog
import FluxStores
import Glibc
import Testing

@testable import FluxIngest

@Suite struct AddTests {
    func refusal(_ world: World, _ url: String, excluded: Bool = false) async -> IngestError? {
        do throws(IngestError) {
            try await world.supervisor.add(url: url, origin: .api, by: nil)
            return nil
        } catch {
            return error
        }
    }

    @Test func withoutACatalogueNoStoreIsWatchedButTheServerGoesOn() async throws {
        let world = try World()
        await world.embedded.close()
        let supervisor = world.supervisor
        let running = Task { try await supervisor.run() }
        #expect(await refusal(world, StoreURL(folder: world.folder).source)?.code == .logFailed)
        running.cancel()
        // An error out of here would stop everything else that runs beside it.
        try await running.value
        await world.end()
    }

    @Test func badStoresAreRefusedInWordsAndLeaveNoEvent() async throws {
        let world = try World()
        world.start()
        world.write("file", "1")
        let source = StoreURL(folder: world.folder).source
        let cases = [
            (source + "/missing", "does not exist"), (source + "/file", "is not a folder"),
            ("az://account/box", "not in this version"), ("s3://bucket", "not watched here"),
            ("s3://b", "names no bucket"), ("ftp://host", "is not known"), ("/tmp", "file:///tmp"),
            (source + "?colour=red", "has no parameter"), (source + "?interval=soon", "interval"),
        ]
        for (url, words) in cases {
            let error = await refusal(world, url)
            #expect(error?.message.contains(words) == true, "\(url): \(error?.message ?? "accepted")")
        }
        #expect(try await world.fold.events().isEmpty)
        await world.end()
    }

    @Test func storesThatOverlapAreRefusedAlsoThroughLinks() async throws {
        let world = try World()
        world.run("mkdir -p d/e; ln -s d link; mkdir ../other")
        world.start()
        let source = StoreURL(folder: world.folder).source
        try await world.supervisor.add(url: source + "/d", origin: .api, by: nil)
        #expect(await refusal(world, source)?.code == .overlapping)
        #expect(await refusal(world, source + "/d/e")?.code == .overlapping)
        #expect(await refusal(world, source + "/link/e")?.code == .overlapping)
        #expect(await refusal(world, source + "/link")?.code == .exists)
        #expect(await refusal(world, StoreURL(folder: world.base + "/other").source) == nil)
        await world.end()
    }

    @Test func aConfiguredStoreThatIsThereIsNoError() async throws {
        let world = try World()
        try await world.startWatching()
        let source = StoreURL(folder: world.folder).source
        let before = try await world.fold.events().count
        try await world.supervisor.add(url: source + "/", origin: .configuration, by: nil)
        #expect(try await world.fold.events().count == before)
        // Other parameters are taken over.
        try await world.supervisor.add(url: source + "?ignore=*.tmp", origin: .configuration, by: nil)
        try await world.supervisor.waitUntilSettled()
        world.write("a.tmp", "1")
        world.write("b", "1")
        try await world.waitFor("upload create b 1")
        #expect(try await world.told() == ["upload create b 1"])
        await world.end()
    }

    @Test func aRemovedStoreIsForgottenAndMayBeAddedAnew() async throws {
        let world = try World()
        world.write("a", "1")
        try await world.startWatching()
        try await world.supervisor.remove(world.id, by: "ann")
        #expect(world.supervisor.list().isEmpty)
        world.write("b", "1")
        try await world.supervisor.add(url: StoreURL(folder: world.folder).source, origin: .api, by: nil)
        try await world.supervisor.waitUntilSettled()
        #expect(try await world.told() == [])
        #expect(try await world.fold.objects(world.id).count == 2)
        await world.end()
    }

    @Test func theDataFolderAndWhatLiesInItAreNoStores() async throws {
        var options = World.quick()
        var status = stat()
        let first = try World()
        stat(first.folder, &status)
        options.excluded = [FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))]
        let second = try World(options)
        first.run("mkdir inner")
        #expect(await refusal(second, StoreURL(folder: first.folder).source)?.message.contains("data folder") == true)
        #expect(await refusal(second, StoreURL(folder: first.folder + "/inner").source) != nil)
        await first.end()
        await second.end()
    }
}
