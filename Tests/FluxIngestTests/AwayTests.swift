import FluxEvents
import FluxStores
import Glibc
import Testing

@testable import FluxIngest

@Suite struct AwayTests {
    func world(_ options: StoreOptions = World.quick(), _ body: (World) async throws -> Void) async throws {
        let world = try World(options)
        world.run("for i in $(seq 40); do echo $i > f$i; done")
        try await body(world)
        await world.end()
    }

    func state(_ world: World) -> StoreStatus.State? { world.supervisor.list().first?.state }

    @Test func aFolderThatIsGoneDeletesNothingAndComesBack() async throws {
        try await world { world in
            try await world.startWatching()
            rename(world.folder, world.base + "/elsewhere")
            try await world.waitFor("away root_gone")
            try await world.wait("it is shown as away") { state(world) == .away }
            #expect(try await world.fold.objects(world.id).count == 40)
            // What happens to it meanwhile is found when it is back.
            unlink(world.base + "/elsewhere/f1")
            rename(world.base + "/elsewhere", world.folder)
            try await world.waitFor("back")
            try await world.waitUntilEqual()
            #expect(try await world.told() == ["away root_gone", "back", "delete delete f1 rescan"])
            world.write("live", "1")
            try await world.waitFor("upload create live 1")
        }
    }

    /// Nothing of it; its names, but no files by name; its files by name, but no names.
    @Test(.enabled(if: geteuid() != 0, "the superuser reads everything"), arguments: [0o000, 0o444, 0o311] as [mode_t])
    func aFolderThatCannotBeReadIsAwayAndComparedWhenItCan(_ mode: mode_t) async throws {
        try await world { world in
            try await world.startWatching()
            chmod(world.folder, mode)
            try await world.waitFor("away root_unreadable")
            try await world.wait("it is shown as away") { state(world) == .away }
            #expect(world.supervisor.list().first?.message?.contains("cannot be read") == true)
            chmod(world.folder, 0o755)
            try await world.waitFor("back")
            try await world.wait("watching") { state(world) == .watching }
            // The same from a start on.
            await world.stop()
            world.write("late", "1")
            unlink(world.folder + "/f1")
            chmod(world.folder, mode)
            try await world.restart()
            #expect(state(world) == .away)
            #expect(try await world.told() == ["away root_unreadable", "back", "away root_unreadable"])
            chmod(world.folder, 0o755)
            try await world.wait("back") { try await world.told().count { $0 == "back" } == 2 }
            try await world.waitUntilEqual()
            #expect(
                try await world.told().dropFirst(3).sorted()
                    == ["back", "delete delete f1 rescan", "upload create late 1 rescan"])
            world.write("live", "1")
            try await world.waitFor("upload create live 1")
        }
    }

    @Test func aFolderThatIsReachedThroughALinkNowIsAwayAndStaysAsItWas() async throws {
        try await world { world in
            try await world.startWatching()
            rename(world.base, world.base + "-moved")
            symlink(world.base + "-moved", world.base)
            // No comparison could enter it, so nothing must look as if it were compared.
            try await world.waitFor("away root_unreadable")
            try await world.wait("it is shown as away") { state(world) == .away }
            unlink(world.base)
            rename(world.base + "-moved", world.base)
            try await world.waitFor("back")
            #expect(try await world.told() == ["away root_unreadable", "back"])
        }
    }

    @Test(arguments: ["away", "paused"])
    func aStoreThatIsNotComparedAtTheStartShowsWhatIsKnownOfIt(_ how: String) async throws {
        try await world { world in
            try await world.startWatching()
            if how == "paused" { try await world.supervisor.pause(world.id, by: nil) }
            await world.stop()
            if how == "away" { rename(world.folder, world.base + "/elsewhere") }
            try await world.restart()
            try await world.wait("it is shown") { state(world)?.rawValue == how }
            try await world.wait("its objects are counted") { world.supervisor.list().first?.objects == 40 }
            // "1" to "40", each with a new line.
            #expect(world.supervisor.list().first?.bytes == 111)
        }
    }

    @Test func anotherFolderInItsPlaceIsNotBelievedUntilConfirmed() async throws {
        try await world { world in
            try await world.startWatching()
            rename(world.folder, world.base + "/elsewhere")
            mkdir(world.folder, 0o755)
            try await world.wait("the other folder is seen") {
                world.supervisor.list().first?.message?.contains("Another folder") == true
            }
            #expect(try await world.fold.objects(world.id).count == 40)
            // Also a restart believes nothing.
            try await world.restart()
            #expect(state(world) == .away)
            #expect(try await world.fold.objects(world.id).count == 40)
            world.write("here", "1")
            try await world.supervisor.confirm(world.id, by: "ann")
            try await world.waitUntilEqual()
            let told = try await world.told()
            #expect(told.count { $0.hasPrefix("delete") } == 40)
            #expect(told.drop { $0 != "back" }.count { $0.hasPrefix("delete") } == 40)
            try await world.restart()
            #expect(state(world) == .watching)
        }
    }

    @Test func tooManyMissingAtOnceAreHeldBackUntilConfirmed() async throws {
        try await world { world in
            try await world.startWatching()
            await world.stop()
            world.run("mkdir ../aside; mv f1* ../aside")
            try await world.restart()
            #expect(try await world.told() == ["away too_many_deletes"])
            #expect(state(world) == .away)
            // Changes are told all the same; deletes are held.
            world.write("new", "1")
            try await world.waitFor("upload create new 1")
            unlink(world.folder + "/f2")
            // What came later is told, so the delete was seen.
            world.write("later", "1")
            try await world.waitFor("upload create later 1")
            #expect(try await world.fold.objects(world.id).count == 42)
            try await world.supervisor.confirm(world.id, by: "ann")
            try await world.waitUntilEqual()
            try await world.wait("watching") { state(world) == .watching }
            #expect(try await world.told().count { $0.hasPrefix("delete delete") } == 12)
        }
    }

    @Test func whatWasMissingAndReturnsIsBackByItself() async throws {
        try await world { world in
            try await world.startWatching()
            await world.stop()
            world.run("mkdir ../aside; mv f1* ../aside")
            try await world.restart()
            #expect(state(world) == .away)
            try await world.restart()
            #expect(try await world.told() == ["away too_many_deletes"])
            world.run("mv ../aside/* .")
            try await world.waitFor("back")
            try await world.waitUntilEqual()
            #expect(try await world.told().allSatisfy { !$0.hasPrefix("delete") })
        }
    }

    @Test func aSmallStoreMayLoseAllItsFewFiles() async throws {
        let world = try World()
        for name in ["a", "b", "c"] { world.write(name, "1") }
        try await world.startWatching()
        await world.stop()
        world.run("rm a b c")
        try await world.restart()
        #expect(try await world.told().count { $0.hasPrefix("delete") } == 3)
        await world.end()
    }

    @Test func deletesThatAreWatchedAreBelievedHoweverMany() async throws {
        try await world { world in
            try await world.startWatching()
            world.run("rm f*")
            try await world.waitUntilEqual()
            #expect(try await world.told().allSatisfy { $0.hasPrefix("delete delete") })
        }
    }

    @Test func nothingToConfirmIsSaid() async throws {
        try await world { world in
            try await world.startWatching()
            await #expect(throws: IngestError.self) { try await world.supervisor.confirm(world.id, by: nil) }
        }
    }
}
