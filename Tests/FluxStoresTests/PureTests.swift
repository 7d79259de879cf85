import FluxEvents
import FluxTesting
import Testing

@testable import FluxStores

@Suite struct RenamePairingTests {
    @Test func halvesMeetByCookieAndLonelyOnesExpire() {
        var pairing = RenamePairing<String>()
        #expect(pairing.left(cookie: 1, "a", now: 0) == nil)
        #expect(pairing.left(cookie: 2, "b", now: 10) == nil)
        #expect(pairing.arrived(cookie: 2) == "b")
        #expect(pairing.arrived(cookie: 3) == nil)
        #expect(pairing.expired(now: 99).isEmpty)
        #expect(pairing.nextDeadline == 100)
        #expect(pairing.expired(now: 100) == ["a"])
        #expect(pairing.arrived(cookie: 1) == nil)
        #expect(pairing.nextDeadline == nil)
    }
}

extension RenamePairingTests {
    /// As a map by cookie that also knows how old its entries are, whatever comes in which order.
    @Test func noHalfIsLostOrGivenTwice() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var pairing = RenamePairing<UInt32>()
        var model: [UInt32: Int64] = [:]
        var now: Int64 = 0
        var cookie: UInt32 = 0
        for _ in 0..<20_000 {
            now += Int64.random(in: 0...12, using: &random)
            if Bool.random(using: &random) {
                cookie += 1
                #expect(pairing.left(cookie: cookie, cookie, now: now) == nil)
                model[cookie] = now + RenamePairing<UInt32>.wait
            } else {
                let back = cookie - min(cookie, UInt32.random(in: 0...30, using: &random))
                #expect(pairing.arrived(cookie: back) == (model.removeValue(forKey: back) == nil ? nil : back))
            }
            #expect(pairing.nextDeadline == model.values.min(), "seed \(seed)")
            guard Int.random(in: 0..<10, using: &random) == 0 else { continue }
            let expired = model.filter { $0.value <= now }.keys.sorted()
            for cookie in expired { model[cookie] = nil }
            #expect(pairing.expired(now: now) == expired, "seed \(seed)")
        }
    }

    @Test func pastTheLimitTheOldestIsGivenUp() {
        var pairing = RenamePairing<UInt32>()
        let limit = UInt32(RenamePairing<UInt32>.maximumWaiting)
        for cookie in 0..<limit { #expect(pairing.left(cookie: cookie, cookie, now: 0) == nil) }
        #expect(pairing.arrived(cookie: 0) == 0)
        #expect(pairing.left(cookie: limit, limit, now: 0) == nil)
        #expect(pairing.left(cookie: limit + 1, limit + 1, now: 0) == 1)
    }
}

@Suite struct WatchTreeTests {
    @Test func renamingAFolderMovesAllBelowIt() {
        var tree = WatchTree()
        tree.setRoot(1)
        let first = tree.place(2, parent: 1, name: Array("d".utf8))
        let second = tree.place(3, parent: 2, name: Array("e".utf8))
        #expect(first && second)
        #expect(tree.prefix(of: 3) == Array("d/e/".utf8))
        let moved = tree.place(2, parent: 1, name: Array("n".utf8))
        #expect(moved)
        // A folder never lies in itself, however stale the news.
        let swallowed = tree.place(2, parent: 3, name: Array("x".utf8))
        #expect(!swallowed)
        #expect(tree.prefix(of: 3) == Array("n/e/".utf8))
        #expect(tree.watch(at: Array("n/e/".utf8)) == 3)
        #expect(tree.watch(at: Array("d/".utf8)) == nil)
        #expect(Set(tree.remove(2)) == [2, 3])
        #expect(tree.prefix(of: 3) == nil)
        #expect(tree.prefix(of: 1) == [])
    }
}

@Suite struct DiffTests {
    func known(_ key: String, _ size: Int64 = 1, inode: UInt64 = 1) -> KnownObject {
        KnownObject(key: Array(key.utf8), size: size, mtimeNanoseconds: 5, inode: inode, lastOffset: 0)
    }

    func found(_ key: String, _ size: Int64 = 1, inode: UInt64 = 1) -> FoundObject {
        FoundObject(key: Array(key.utf8), status: FileStatus(size: size, mtimeNanoseconds: 5, inode: inode))
    }

    @Test func newChangedAndMissingAreTold() {
        let diff = ObjectDiff(
            known: [known("a"), known("b"), known("d")], found: [found("b", 2), found("c"), found("d")])
        #expect(diff.missing.map(\.key) == [Array("a".utf8)])
        #expect(diff.changed.map(\.key) == [Array("b".utf8)])
        #expect(diff.new.map(\.key) == [Array("c".utf8)])
    }

    @Test func aFileThatMovedIsRecognised() {
        var missing = [known("a", 1, inode: 7), known("b", 1, inode: 8)]
        var new = [found("x", 1, inode: 7), found("y", 2, inode: 8), found("z", 1, inode: 7)]
        let matches = RenameFinder.match(missing: &missing, new: &new)
        #expect(matches.map(\.to.key) == [Array("x".utf8)])
        #expect(missing.map(\.key) == [Array("b".utf8)])
        #expect(new.map(\.key) == [Array("y".utf8), Array("z".utf8)])
    }
}

@Suite struct AwayDetectorTests {
    let here = FileIdentity(device: 1, inode: 2)

    @Test func aRootThatIsGoneIsAwayUntilItIsThereAndCompared() {
        var detector = AwayDetector(root: (1, 2), away: false)
        #expect(detector.looked(.folder(here)) == .none)
        #expect(detector.looked(.gone) == .away(.rootGone))
        #expect(detector.looked(.gone) == .none)
        #expect(detector.looked(.folder(FileIdentity(device: 1, inode: 3))) == .stillAway(.rootReplaced))
        #expect(detector.looked(.folder(here)) == .compare)
        #expect(detector.looked(.folder(here)) == .none)
        #expect(detector.isAway)
        #expect(detector.compared(missing: 0, known: 100, confirmed: false) == .back(confirmed: false))
        #expect(!detector.isAway)
    }

    @Test func aTrialThatEndsAsItBeganIsSaidSoThatItsComparisonEnds() {
        var detector = AwayDetector(root: (1, 2), away: false)
        #expect(detector.looked(.unreadable("Permission denied")) == .away(.rootUnreadable))
        #expect(detector.looked(.folder(here)) == .compare)
        #expect(detector.looked(.unreadable("Permission denied")) == .stillAway(.rootUnreadable))
        #expect(detector.looked(.unreadable("Permission denied")) == .none)
        #expect(detector.looked(.folder(here)) == .compare)
    }

    @Test func moreThanATenthMissingIsAwayButAFewAreNot() {
        var detector = AwayDetector(root: (1, 2), away: false)
        _ = detector.looked(.folder(here))
        #expect(detector.compared(missing: 10, known: 12, confirmed: false) == .none)
        #expect(detector.compared(missing: 100, known: 1000, confirmed: false) == .none)
        #expect(detector.compared(missing: 101, known: 1000, confirmed: false) == .away(.tooManyDeletes))
        #expect(detector.confirm() == .compareConfirmed)
        #expect(detector.compared(missing: 101, known: 1000, confirmed: true) == .back(confirmed: true))
    }

    @Test func anotherRootIsTakenOnlyByAPerson() {
        var detector = AwayDetector(root: (1, 2), away: false)
        let other = FileIdentity(device: 1, inode: 9)
        #expect(detector.looked(.folder(other)) == .away(.rootReplaced))
        #expect(detector.confirm() == .adopt(other))
        #expect(detector.looked(.folder(other)) == .none)
    }

    @Test func whatCannotBeReadCannotBeConfirmed() {
        var detector = AwayDetector(root: (1, 2), away: false)
        #expect(detector.looked(.unreadable("Permission denied")) == .away(.rootUnreadable))
        guard case .refuse(let why) = detector.confirm() else {
            Issue.record("was confirmed")
            return
        }
        #expect(why.contains("Permission denied"))
    }

    @Test func afterARestartTheDevicesNumberMayDiffer() {
        var detector = AwayDetector(root: (nil, 2), away: false)
        #expect(detector.looked(.folder(FileIdentity(device: 77, inode: 2))) == .none)
        #expect(detector.looked(.folder(FileIdentity(device: 78, inode: 2))) == .away(.rootReplaced))
    }
}

@Suite struct StoreURLTests {
    @Test func oneFolderHasOneSpelling() throws {
        #expect(try StoreURL("file:///a//b/").source == "file:///a/b")
        #expect(try StoreURL("FILE://localhost/a/b").source == "file:///a/b")
        #expect(try StoreURL("file:///a%20b/%C3%BC").path == "/a b/ü")
        #expect(try StoreURL("file:///a b").id == StoreURL(folder: "/a b").id)
        #expect(try StoreURL("file:///x?ignore=*.tmp&hidden=0").description == "file:///x?ignore=*.tmp&hidden=0")
        #expect(try StoreURL("file:///").overlaps(StoreURL(folder: "/a")))
        #expect(try !StoreURL("file:///ab").overlaps(StoreURL(folder: "/a")))
    }

    @Test(arguments: [
        "", "x", "/srv", "file://srv", "file:///a/../b", "file:///%zz", "file:///%ff", "file:///a#b", "file:///%00",
        "s3://b", "https://x", "://",
    ]) func otherTextIsRefusedInWords(_ text: String) {
        #expect(throws: StoreError.self) { try StoreURL(text) }
    }

    @Test func parametersAreChecked() throws {
        let options = try FolderOptions(url: StoreURL("file:///x?hidden=0&interval=5m&ignore=*.o&mounts=1"))
        #expect(options.rules.ignoresFile(at: Array(".env".utf8)))
        #expect(options.rules.ignoresFile(at: Array("a.o".utf8)))
        #expect(options.interval == .seconds(300))
        #expect(options.entersMounts)
        for bad in ["hidden=2", "interval=0s", "interval=x", "color=1"] {
            #expect(throws: StoreError.self) { try FolderOptions(url: StoreURL("file:///x?\(bad)")) }
        }
    }
}

@Suite struct MountTableTests {
    @Test func theNearestMountDecides() {
        let table = """
            22 1 8:1 / / rw - ext4 /dev/sda1 rw
            40 22 0:30 / /mnt/with\\040space rw,relatime shared:5 - nfs4 host:/x rw
            broken line
            """
        #expect(MountTable.fileSystem(of: "/mnt/with space/x", in: table) == "nfs4")
        #expect(MountTable.fileSystem(of: "/mnt/with spaces", in: table) == "ext4")
        #expect(MountTable.isNetwork(type: "fuse.sshfs"))
        #expect(!MountTable.isNetwork(type: "fuseblk"))
    }
}

@Suite struct SignalCollectorTests {
    func key(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func aChainOfRenamesIsOneRename() {
        var collector = SignalCollector()
        collector.rename(from: key("a"), to: key("b"))
        collector.rename(from: key("b"), to: key("c"))
        #expect(collector.collected.contains(.renamed(from: key("a"), to: key("c"))))
        #expect(!collector.collected.contains(.renamed(from: key("a"), to: key("b"))))
    }

    @Test func aRenameThereAndBackIsNone() {
        var collector = SignalCollector()
        collector.rename(from: key("a"), to: key("b"))
        collector.rename(from: key("b"), to: key("a"))
        let renames = collector.collected.filter { if case .renamed = $0 { true } else { false } }
        #expect(renames.isEmpty)
    }

    @Test func whatIsCollectedBelowAFolderGoesAlongWithIt() {
        var collector = SignalCollector()
        collector.change(key("d/changed"), ChangeContent())
        collector.rename(from: key("x"), to: key("d/x"))
        collector.add(.compare(key("d/e/")))
        collector.change(key("other"), ChangeContent())
        collector.renameFolder(from: key("d/"), to: key("n/"))
        // Also what comes after the first rename of a folder, and what moved once.
        collector.change(key("n/later"), ChangeContent())
        collector.renameFolder(from: key("n/"), to: key("m/"))
        #expect(
            collector.collected == [
                .renamed(from: key("x"), to: key("m/x")), .change(key("other"), ChangeContent()),
                .folderGone(key("n/")), .renamedFolder(from: key("d/"), to: key("m/")), .compare(key("m/")),
            ])
    }

    @Test func changesOfOneObjectAreOneSignal() {
        var collector = SignalCollector()
        collector.change(key("a"), ChangeContent(created: true))
        collector.change(key("a"), ChangeContent(deleted: true))
        #expect(collector.collected == [.change(key("a"), ChangeContent(created: true, deleted: true))])
    }
}

@Suite struct RawEventTests {
    /// Whatever bytes come, reading them ends and does not trap.
    @Test func anyBytesAreReadWithoutATrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...3, using: &random)
            }
            bytes.withUnsafeBytes { _ = InotifyReader.parse($0) }
        }
    }
}
