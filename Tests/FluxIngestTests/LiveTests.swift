import FluxEvents
import FluxStores
import Glibc
import Testing

@testable import FluxIngest

@Suite struct LiveTests {
    func world(_ body: (World) async throws -> Void) async throws {
        let world = try World()
        try await body(world)
        await world.end()
    }

    @Test func whatLiesThereAtFirstIsInventoryAndNoUpload() async throws {
        try await world { world in
            world.write("a", "one")
            world.run("mkdir -p d/e && echo hello > d/e/f && ln -s a link && mkfifo pipe")
            try await world.startWatching()
            #expect(try await world.told() == [])
            #expect(try await world.fold.objects(world.id) == [Array("a".utf8): 3, Array("d/e/f".utf8): 6])
            #expect(try await world.fold.isInventoried(world.id))
            let status = try world.supervisor.status(world.id)
            #expect(status.state == .watching)
            #expect(status.objects == 2)
            #expect(status.bytes == 9)
            #expect(status.watches == 3)
        }
    }

    @Test func aNewFileIsOneUploadWithItsSize() async throws {
        try await world { world in
            try await world.startWatching()
            world.write("new", "12345")
            try await world.waitFor("upload create new 5")
            // What is left of a burst that began later is told later.
            world.write("marker", "1")
            try await world.waitFor("upload create marker 1")
            world.write("marker", "22")
            try await world.waitFor("upload modify marker 2")
            #expect(try await world.told().filter { $0.contains(" new ") } == ["upload create new 5"])
        }
    }

    @Test func aChangedFileIsAModification() async throws {
        try await world { world in
            world.write("a", "1")
            try await world.startWatching()
            world.write("a", "22")
            try await world.waitFor("upload modify a 2")
        }
    }

    @Test func aBurstIsItsFirstChangeAndItsLast() async throws {
        try await world { world in
            try await world.startWatching()
            for size in 1...20 { world.write("a", String(repeating: "x", count: size)) }
            try await world.wait("the last size") { try await world.fold.objects(world.id) == [Array("a".utf8): 20] }
            #expect(try await world.told().count <= 4)
        }
    }

    @Test func aFileThatStaysOpenIsToldNevertheless() async throws {
        try await world { world in
            try await world.startWatching()
            let file = open(world.folder + "/open", O_WRONLY | O_CREAT, 0o644)
            _ = write(file, "abc", 3)
            try await world.waitFor("upload create open 3")
            close(file)
        }
    }

    @Test func aDeletedFileIsADelete() async throws {
        try await world { world in
            world.write("a", "1")
            try await world.startWatching()
            unlink(world.folder + "/a")
            try await world.waitFor("delete delete a")
            #expect(try await world.fold.objects(world.id).isEmpty)
        }
    }

    @Test func aReadIsADownloadAndLookingIsNone() async throws {
        try await world { world in
            world.write("a", "12")
            try await world.startWatching()
            world.run("cat a > /dev/null; ls -lR > /dev/null; stat a > /dev/null")
            try await world.waitFor("download a 1")
            world.write("b", "1")
            try await world.waitFor("upload create b 1")
            #expect(try await world.told() == ["download a 1", "upload create b 1"])
        }
    }

    @Test func aRenameIsAPairWithOneCorrelation() async throws {
        try await world { world in
            world.write("a", "12")
            try await world.startWatching()
            world.rename("a", "b")
            try await world.waitFor("upload rename b 2 from a")
            #expect(try await world.told() == ["delete rename a to b", "upload rename b 2 from a"])
            let events = try await world.fold.events().suffix(2)
            #expect(Set(events.map(\.event.correlationID)).count == 1)
            #expect(events.first?.event.correlationID?.hasPrefix("ren_") == true)
        }
    }

    @Test func aFolderIsRenamedWithAllBelowIt() async throws {
        try await world { world in
            world.run("mkdir -p d/e; echo 1 > d/x; echo 22 > d/e/y")
            try await world.startWatching()
            world.rename("d", "n")
            try await world.waitFor("upload rename n/x 2 from d/x")
            #expect(
                Set(try await world.told()) == [
                    "delete rename d/x to n/x", "upload rename n/x 2 from d/x", "delete rename d/e/y to n/e/y",
                    "upload rename n/e/y 3 from d/e/y",
                ])
            // Its folders are watched under their new names.
            world.write("n/e/z", "4444")
            try await world.waitFor("upload create n/e/z 4")
        }
    }

    @Test func movesInAndOutAreCreatesAndDeletes() async throws {
        try await world { world in
            world.write("out", "1")
            world.run("mkdir gone; echo 1 > gone/x; mkdir ../came; echo 333 > ../came/y")
            try await world.startWatching()
            world.run("mv out ../out; mv gone ../gone; mv ../came came")
            try await world.waitFor("delete delete out")
            try await world.waitFor("delete delete gone/x")
            try await world.waitFor("upload create came/y 4")
            world.write("came/z", "1")
            try await world.waitFor("upload create came/z 1")
        }
    }

    @Test func aHardLinkIsAnObjectOfItsOwn() async throws {
        try await world { world in
            world.write("a", "12")
            try await world.startWatching()
            #expect(link(world.folder + "/a", world.folder + "/b") == 0)
            try await world.waitFor("upload create b 2")
        }
    }

    @Test func savingThroughATemporaryFileReplacesTheObject() async throws {
        try await world { world in
            world.write("doc", "old")
            try await world.startWatching()
            world.run("printf newer > .doc.tmp && mv .doc.tmp doc")
            try await world.wait("the new size") { try await world.fold.objects(world.id) == [Array("doc".utf8): 5] }
        }
    }

    @Test func newFoldersAreWatchedHoweverFastTheyFill() async throws {
        try await world { world in
            try await world.startWatching()
            world.run("for i in 1 2 3 4 5 6 7 8; do mkdir -p t$i/a/b/c; echo $i > t$i/a/b/c/f; echo $i > t$i/g; done")
            try await world.waitUntilEqual()
            #expect(try await world.fold.objects(world.id).count == 16)
        }
    }

    @Test func namesAreKeptByteForByte() async throws {
        try await world { world in
            let names: [[UInt8]] = [
                Array("new\nline".utf8), Array("quote\"\\".utf8), [0xFF, 0xFE, 0x41], Array(" space ".utf8),
                Array("ünïcödé".utf8), [0x01, 0x7F], Array("*?[".utf8), Array(repeating: 0x61, count: 255),
            ]
            for name in names.prefix(4) { world.write(name, "1") }
            try await world.startWatching()
            for name in names.dropFirst(4) { world.write(name, "1") }
            world.write([0xC3, 0x28], "22")
            try await world.waitUntilEqual()
            #expect(Set(try await world.fold.objects(world.id).keys) == Set(names + [[0xC3, 0x28]]))
        }
    }

    @Test func ignoredFoldersAndTheDataFolderAreNotSeen() async throws {
        let world = try World()
        world.run("mkdir -p .git .build/x node_modules src data")
        var status = stat()
        stat(world.folder + "/data", &status)
        await world.stop()
        var options = World.quick()
        options.excluded = [FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))]
        let second = try World(options)
        second.run("rmdir '\(second.folder)'; mv '\(world.folder)' '\(second.folder)'")
        try await second.startWatching("?ignore=*.tmp")
        second.run("echo 1 > .git/x; echo 1 > .build/x/y; echo 1 > node_modules/z; echo 1 > data/log; echo 1 > a.tmp")
        // Also under another name.
        second.run("mv data renamed; echo 1 > renamed/log2; echo 1 > src/seen")
        try await second.waitFor("upload create src/seen 2")
        #expect(try await second.told() == ["upload create src/seen 2"])
        await second.end()
        await world.end()
    }
}
