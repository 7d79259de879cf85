import FluxAccess
import FluxEvents
import FluxLog
import FoundationEssentials
import Glibc
import Logging
import Testing

@testable import FluxTools

@Suite struct UpgradeTests {
    private let scratch: ScratchFolder
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        scratch = try ScratchFolder()
    }

    /// A folder as version 1 left it: the same layout, and nothing that says so.
    private func versionOne(_ name: String = "data") async throws -> String {
        let data = scratch.path + "/" + name
        let log = try EmbeddedLog.open(directory: data, logger: logger)
        await log.close()
        let access = try AccessControl(path: data + "/state.sqlite")
        _ = try await access.tokens.create(name: "feeder", scopes: [.read])
        await access.close()
        return data
    }

    private func prepare(
        _ data: String, reserve: Int64 = 0, at moment: (FolderUpgrade.Moment) throws -> Void = { _ in }
    ) async throws {
        try await FolderUpgrade.prepare(
            data, version: "0.9", reserve: reserve, now: Timestamp(milliseconds: 1_800_000_000_000), logger: logger,
            at: moment
        ).unlock()
    }

    private func backups(_ data: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: data + "/backups").sorted()
    }

    private func check(_ data: String, _ comment: Comment) throws {
        #expect(try FolderStanding(of: data) == .current, comment)
        #expect(try FolderVersion.read(in: data) == FolderVersion(2, writtenBy: "0.9"), comment)
        #expect(try StateFile.tokens(in: data + "/state.sqlite").map(\.name) == ["feeder"], comment)
        #expect(try LogMaintenance.verify(directory: data).isSound, comment)
        #expect(access(data + "/upgrading", F_OK) != 0, comment)
        let backup = try #require(try backups(data).first, comment)
        #expect(try backups(data).count == 1, comment)
        let again = data + "-again"
        _ = try Restore.run(from: data + "/backups/" + backup, to: again) { _ in }
        #expect(try FolderStanding(of: again) == .older(1), comment)
        #expect(try StateFile.tokens(in: again + "/state.sqlite").map(\.name) == ["feeder"], comment)
    }

    @Test("Killed at any moment, the folder is whole, and the next start brings it to its end")
    func killed() async throws {
        let data = try await versionOne()
        var left: [(moment: FolderUpgrade.Moment, copy: String)] = []
        try await prepare(data) { moment in
            // What kill -9 leaves behind is what is there now.
            let copy = scratch.path + "/at-\(left.count)"
            try FileManager.default.copyItem(atPath: data, toPath: copy)
            left.append((moment, copy))
        }
        try check(data, "not killed")
        #expect(left.map(\.moment) == FolderUpgrade.Moment.allCases)
        for (moment, copy) in left {
            try await prepare(copy)
            try check(copy, "killed when \(moment.rawValue)")
        }
    }

    @Test("What fails on the way leaves the old folder, unlocked")
    func failed() async throws {
        struct Stop: Error {}
        let data = try await versionOne()
        for stop in [FolderUpgrade.Moment.locked, .saving, .saved] {
            await #expect(throws: Stop.self) {
                try await prepare(data) { if $0 == stop { throw Stop() } }
            }
            #expect(try FolderStanding(of: data) == .older(1))
        }
        try await prepare(data)
        try check(data, "after failures")
    }

    @Test("Only the newest backup of an upgrade is kept, and other files in the folder are nobody's business")
    func kept() async throws {
        let data = try await versionOne()
        mkdir(data + "/backups", 0o700)
        for name in ["version-1-20200101T000000Z.tar", "version-1-20200101T000000Z.tar.partial", "mine.tar"] {
            try Data().write(to: URL(filePath: data + "/backups/" + name))
        }
        try await prepare(data)
        #expect(try backups(data) == ["mine.tar", "version-1-20270115T080000Z.tar"])
    }

    @Test("Without room for the backup nothing is begun")
    func noRoom() async throws {
        let data = try await versionOne()
        let error = await #expect(throws: ToolError.self) { try await prepare(data, reserve: .max / 2) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("make room") == true)
        #expect(try FolderStanding(of: data) == .older(1))
        #expect(try backups(data).isEmpty)
    }

    @Test("A new folder says its version, and a folder of a later one is refused untouched")
    func newAndNewer() async throws {
        let data = scratch.path + "/new"
        mkdir(data, 0o700)
        #expect(try FolderStanding(of: data) == .new)
        try await prepare(data)
        #expect(try FolderVersion.read(in: data)?.number == FolderVersion.current)
        #expect(access(data + "/backups", F_OK) != 0)
        let later = "{\"version\": 3, \"written_by\": \"7.7\"}"
        try Data(later.utf8).write(to: URL(filePath: data + "/version.json"))
        let before = try FileManager.default.contentsOfDirectory(atPath: data).sorted()
        let error = await #expect(throws: ToolError.self) { try await prepare(data) }
        #expect(error?.code == .newerVersion)
        #expect(error?.message.contains("written by cloudflux 7.7") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).sorted() == before)
    }
}
