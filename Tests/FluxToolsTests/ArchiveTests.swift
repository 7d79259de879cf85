import FluxAccess
import FluxEvents
import FluxTesting
import FoundationEssentials
import Glibc
import Testing

@testable import FluxTools

@Suite struct ArchiveTests {
    /// Something that looks like a data folder.
    private func dataFolder(in scratch: ScratchFolder) throws -> String {
        let data = scratch.path + "/data"
        let files = FileManager.default
        try files.createDirectory(atPath: data + "/log/events-0", withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: URL(filePath: data + "/log/meta.json"))
        let segment = Data((0..<1_300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        try segment.write(to: URL(filePath: data + "/log/events-0/00000000000000000000.log"))
        try Data("old".utf8).write(to: URL(filePath: data + "/log/events-0/00000000000000000000.index"))
        return data
    }

    private func backup(_ data: String, _ target: String) async throws {
        _ = try await Backup.make(of: data, at: target, now: .init(milliseconds: 0)) { _ in }
    }

    @Test func whatIsRestoredIsWhatWasSaved() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        try await backup(data, scratch.path + "/b.tar")
        let restored = scratch.path + "/again"
        let summary = try Restore.run(from: scratch.path + "/b.tar", to: restored) { _ in }
        #expect(summary.files == 2)
        let name = "/log/events-0/00000000000000000000.log"
        #expect(try Data(contentsOf: URL(filePath: data + name)) == Data(contentsOf: URL(filePath: restored + name)))
        #expect(!FileManager.default.fileExists(atPath: restored + "/log/events-0/00000000000000000000.index"))
    }

    @Test func whatWasReadOfSourcesIsSavedAsItIs() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        // Any file of SQLite will do.
        try StateFile.migrate(data + "/sources.sqlite")
        try await backup(data, scratch.path + "/b.tar")
        let restored = scratch.path + "/again"
        #expect(try Restore.run(from: scratch.path + "/b.tar", to: restored) { _ in }.files == 3)
        guard case .current = try StateFile.standing(of: restored + "/sources.sqlite") else {
            Issue.record("it is not what was saved")
            return
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(left.sorted() == ["again", "b.tar", "data"])
    }

    @Test func hashesThatOutliveTheirSegmentAreSaved() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        let topic = "/log/events-0/"
        // The one beside its segment is made again from it.
        for name in ["00000000000000000000.ids", "00000000000000000007.ids"] {
            try Data("hashes".utf8).write(to: URL(filePath: data + topic + name))
        }
        try await backup(data, scratch.path + "/b.tar")
        let restored = scratch.path + "/again"
        _ = try Restore.run(from: scratch.path + "/b.tar", to: restored) { _ in }
        let names = try FileManager.default.contentsOfDirectory(atPath: restored + topic)
        #expect(names.sorted() == ["00000000000000000000.log", "00000000000000000007.ids"])
    }

    @Test func aBackupOverwritesNothingAndARestoreNeither() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        try await backup(data, scratch.path + "/b.tar")
        await #expect(throws: ToolError.self) { try await backup(data, scratch.path + "/b.tar") }
        #expect(throws: ToolError.self) { try Restore.run(from: scratch.path + "/b.tar", to: data) { _ in } }
    }

    @Test func aDamagedOrCutBackupRestoresNothing() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        let target = scratch.path + "/b.tar"
        try await backup(data, target)
        let good = try Data(contentsOf: URL(filePath: target))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for round in 0..<24 {
            var bad = good
            if round % 2 == 0 {
                bad = bad.prefix(Int(random.next() % UInt64(good.count - 1024)))
            } else {
                bad[Int(random.next() % UInt64(good.count - 2048))] ^= 0x55
            }
            let file = scratch.path + "/bad.tar"
            try Data(bad).write(to: URL(filePath: file))
            let folder = scratch.path + "/bad"
            do {
                _ = try Restore.run(from: file, to: folder) { _ in }
                // Only padding and unused header bytes may change without harm.
                let name = "/log/events-0/00000000000000000000.log"
                #expect(
                    try Data(contentsOf: URL(filePath: folder + name)) == Data(contentsOf: URL(filePath: data + name)),
                    "seed \(seed), round \(round)")
                try FileManager.default.removeItem(atPath: folder)
            } catch {
                #expect(!FileManager.default.fileExists(atPath: folder), "seed \(seed), round \(round)")
                #expect(!FileManager.default.fileExists(atPath: folder + ".restoring"), "seed \(seed), round \(round)")
            }
        }
    }

    @Test func reportsOfRepairsComeAlong() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        try Data("{}".utf8).write(to: URL(filePath: data + "/log/repair-20261124-1.json"))
        try await backup(data, scratch.path + "/b.tar")
        _ = try Restore.run(from: scratch.path + "/b.tar", to: scratch.path + "/again") { _ in }
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/again/log/repair-20261124-1.json"))
    }

    /// A server goes on while it is saved: the log in the archive must reach as far as the snapshots beside it.
    @Test func theLogReachesAsFarAsItsSnapshots() throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        try FileManager.default.createDirectory(atPath: data + "/snapshots", withIntermediateDirectories: true)
        let first = data + "/log/events-0/00000000000000000000.log"
        let found = try Backup.sources(in: data) {
            let file = open(first, O_WRONLY | O_APPEND | O_CLOEXEC)
            _ = write(file, "more", 4)
            close(file)
            try? Data("new".utf8).write(to: URL(filePath: data + "/log/events-0/00000000000000000009.log"))
            try? Data("9".utf8).write(to: URL(filePath: data + "/snapshots/catalog-9.sqlite"))
        }
        let sizes = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.size) })
        #expect(sizes["snapshots/catalog-9.sqlite"] == 1)
        #expect(sizes["log/events-0/00000000000000000000.log"] == 1_300_004)
        #expect(sizes["log/events-0/00000000000000000009.log"] == 3)
    }

    @Test func whatCannotBeReadIsNotLeftOutInSilence() async throws {
        let scratch = try ScratchFolder()
        let data = try dataFolder(in: scratch)
        try FileManager.default.createSymbolicLink(
            atPath: data + "/log/events-0/00000000000000000001.log", withDestinationPath: "/etc/hostname")
        await #expect(throws: ToolError.self) { try await backup(data, scratch.path + "/b.tar") }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/b.tar"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/b.tar.partial"))
    }

    @Test func whatIsNoFileIsNoBackup() throws {
        let scratch = try ScratchFolder()
        for (path, word) in [(scratch.path, "is not a file"), (scratch.path + "/none", "there is no file")] {
            let error = #expect(throws: ToolError.self) {
                try Restore.run(from: path, to: scratch.path + "/again") { _ in }
            }
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: ["../evil", "/etc/passwd", "a/../../b", "a//b", ""])
    func aPathThatLeavesTheFolderIsRefused(path: String) {
        #expect(throws: ToolError.self) { try TarHeader(block: TarHeader(path: path, size: 0).block) }
    }

    @Test func whatStandsBehindTheEndIsRefused() async throws {
        let scratch = try ScratchFolder()
        let target = scratch.path + "/b.tar"
        try await backup(try dataFolder(in: scratch), target)
        let good = try Data(contentsOf: URL(filePath: target))
        let folder = scratch.path + "/again"
        for (index, more) in [Data("x".utf8), good, Data(count: 20_000), Data(count: 511) + Data([1])].enumerated() {
            try (good + more).write(to: URL(filePath: target))
            let error = #expect(throws: ToolError.self, "\(index)") {
                try Restore.run(from: target, to: folder) { _ in }
            }
            #expect(error?.code == .archive)
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
        // Tar itself fills up to a record.
        try (good + Data(count: 4096)).write(to: URL(filePath: target))
        _ = try Restore.run(from: target, to: folder) { _ in }
    }
}
