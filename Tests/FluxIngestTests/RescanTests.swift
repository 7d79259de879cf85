import FluxEvents
import FluxLog
import FluxStores
import Glibc
import Synchronization
import Testing

@testable import FluxIngest

@Suite struct RescanTests {
    func world(_ options: StoreOptions = World.quick(), _ body: (World) async throws -> Void) async throws {
        let world = try World(options)
        try await body(world)
        await world.end()
    }

    @Test func whatHappenedWhileTheServerWasDownIsToldOnceAndMarked() async throws {
        try await world { world in
            for name in ["stays", "changes", "goes"] { world.write(name, "1") }
            world.write("moves", "12345")
            try await world.startWatching()
            await world.stop()
            world.run("echo 22 > changes; rm goes; echo 1 > comes; mkdir d; mv moves d/moved")
            try await world.restart()
            try await world.waitUntilEqual()
            let expected: Set = [
                "upload modify changes 3 rescan", "delete delete goes rescan", "upload create comes 2 rescan",
                "delete rename moves to d/moved rescan", "upload rename d/moved 5 from moves rescan",
            ]
            #expect(Set(try await world.told()) == expected)
            #expect(try await world.told().count == 5)
            // Nothing is told again by another start.
            try await world.restart()
            #expect(try await world.told().count == 5)
        }
    }

    @Test func aRestartWithoutChangesTellsNothing() async throws {
        try await world { world in
            world.run("for i in 1 2 3 4 5; do mkdir d$i; echo $i > d$i/f; done")
            try await world.startWatching()
            let before = try await world.fold.events().count
            try await world.restart()
            try await world.restart()
            #expect(try await world.fold.events().count == before)
        }
    }

    @Test func anInventoryThatWasCutOffIsFinishedWithoutTellingAnythingTwice() async throws {
        var options = World.quick()
        options.batch = 10
        try await world(options) { world in
            world.run("for i in $(seq 100); do echo $i > f$i; done")
            world.start()
            try await world.supervisor.add(url: StoreURL(folder: world.folder).source, origin: .api, by: nil)
            try await world.wait("some parts") {
                try await world.fold.events().count { $0.event.type == .inventory } >= 3
            }
            // As after a kill: the record says that no inventory ended.
            try await world.restart { $0.inventoryComplete = false }
            try await world.waitUntilEqual()
            #expect(try await world.told() == [])
            let told = try await world.fold.events().filter { $0.event.type == .inventory }.flatMap {
                try JSONDocument.parse($0.event.data).root["objects"]?.elements.compactMap { $0["file_name"]?.string }
                    ?? []
            }
            #expect(told.count == 100)
            #expect(Set(told).count == 100)
        }
    }

    @Test func changesWhileTheInventoryIsTakenAreNeitherLostNorToldTwice() async throws {
        var options = World.quick()
        options.batch = 5
        try await world(options) { world in
            world.run("for i in $(seq 300); do echo $i > f$i; done")
            world.start()
            try await world.supervisor.add(url: StoreURL(folder: world.folder).source, origin: .api, by: nil)
            for round in 0..<20 {
                world.write("f\(round * 13 + 1)", "changed \(round)")
                world.write("new\(round)", "n")
                unlink(world.folder + "/f\(round * 14 + 2)")
            }
            try await world.supervisor.waitUntilSettled()
            try await world.waitUntilEqual()
            var seen: [String: Int] = [:]
            for event in try await world.fold.events() where event.event.type == .inventory {
                let objects = try JSONDocument.parse(event.event.data).root["objects"]?.elements
                guard let objects else { continue }
                for object in objects { seen[object["file_name"]?.string ?? "", default: 0] += 1 }
            }
            #expect(seen.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func aCatalogueThatLagsMakesNothingToldTwice() async throws {
        try await world { world in
            try await world.startWatching()
            world.fold.lags.store(true, ordering: .relaxed)
            for round in 1...5 {
                world.write("a", String(repeating: "x", count: round))
                let line = round == 1 ? "upload create a 1" : "upload modify a \(round)"
                try await world.wait(line) { try await world.logged().contains(line) }
            }
            world.rename("a", "b")
            unlink(world.folder + "/b")
            world.write("marker", "1")
            try await world.wait("the marker") { try await world.logged().contains("upload create marker 1") }
            world.fold.lags.store(false, ordering: .relaxed)
            try await world.waitUntilEqual()
            #expect(try await world.told().count { $0.hasPrefix("delete") } <= 2)
            let before = try world.supervisor.status(world.id).lastRescan
            try await world.supervisor.retry(world.id, by: nil)
            try await world.wait("it is compared") { try world.supervisor.status(world.id).lastRescan != before }
            #expect(try await world.told().allSatisfy { !$0.hasSuffix("rescan") })
        }
    }

    @Test func whatHappensWhilePausedIsFoundAtResume() async throws {
        try await world { world in
            world.write("a", "1")
            try await world.startWatching()
            try await world.supervisor.pause(world.id, by: "ann")
            try await world.wait("paused") { world.supervisor.list().first?.state == .paused }
            world.write("a", "22")
            world.write("b", "1")
            try await world.supervisor.resume(world.id, by: "ann")
            try await world.waitUntilEqual()
            // Told live they would not be marked.
            #expect(try await world.told().sorted() == ["upload create b 1 rescan", "upload modify a 2 rescan"])
        }
    }

    @Test func folderThatCannotBeReadKeepsItsObjects() async throws {
        try await world { world in
            world.run("mkdir d; echo 1 > d/x")
            try await world.startWatching()
            await world.stop()
            guard getuid() != 0 else {
                // The superuser reads everything, so a mount point's like is used: there is none without mounting.
                return
            }
            world.run("chmod 000 d")
            try await world.restart()
            #expect(try await world.told() == [])
            #expect(try world.supervisor.status(world.id).message?.contains("cannot be read") == true)
        }
    }
}
