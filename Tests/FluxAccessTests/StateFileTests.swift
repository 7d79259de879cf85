import Foundation
import GRDB
import Testing

@testable import FluxAccess

@Suite struct StateFileTests {
    let folder: TestFolder
    let clock = TestClock()

    init() throws {
        folder = try TestFolder()
    }

    private func open() throws -> AccessControl {
        try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
    }

    @Test(
        "Only the owner may read the file and what SQLite keeps beside it, also where a file with other rights was there"
    )
    func mode() async throws {
        #expect(
            FileManager.default.createFile(
                atPath: folder.state, contents: nil, attributes: [.posixPermissions: NSNumber(value: 0o644)]))
        let access = try await AccessControl.withAlice(folder, clock: clock)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(try permissions(folder.path + "/" + name) & 0o077 == 0, "\(name)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).contains("state.sqlite-wal"))
        await access.close()
    }

    @Test("What was granted or revoked is synced: WAL with synchronous FULL")
    func synchronous() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let (synchronous, journal) = try await access.database.pool.writeWithoutTransaction { db in
            (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
    }

    @Test("A file of a newer CloudFlux is refused with words, and left as it is")
    func newer() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        try await access.database.pool.write {
            try $0.execute(sql: "INSERT INTO grdb_migrations(identifier) VALUES ('9 from the future')")
        }
        await access.close()
        let error = try await accessError { _ = try open() }
        #expect(error.code == .newerVersion)
        #expect(error.message.contains("newer CloudFlux"))
        let left = try await DatabaseQueue(path: folder.state).read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM users")
        }
        #expect(left == 1)
    }

    @Test("A file that is no database, a folder, a link, and a missing or unwritable folder are refused with words")
    func unusable() async throws {
        try Data("not a database, but long enough to be looked at".utf8).write(to: URL(fileURLWithPath: folder.state))
        #expect(try await accessError { _ = try open() }.code == .database)
        for path in [folder.path, folder.path + "/missing/state.sqlite"] {
            let error = try await accessError { _ = try AccessControl(path: path, now: clock.now) }
            #expect(error.code == .database)
            #expect(error.message.contains(path))
        }
        let link = folder.path + "/link.sqlite"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
        #expect(try await accessError { _ = try AccessControl(path: link, now: clock.now) }.code == .database)
    }

    @Test("Many that open one new file at once all succeed")
    func openTogether() async throws {
        let count = try await withThrowingTaskGroup(of: AccessControl.self) { group in
            for _ in 0..<6 { group.addTask { try open() } }
            return try await group.reduce(into: 0) { count, access in
                count += access.hasAccounts ? 0 : 1
            }
        }
        #expect(count == 6)
    }

    @Test("After closing, what would write is refused, and reading memory still works")
    func closed() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let cookie = try await access.loginAlice().cookie
        await access.close()
        _ = try access.authenticate(.session(cookie))
        #expect(
            try await accessError { _ = try await access.tokens.create(name: "ci", scopes: [.read]) }.code == .closed)
        #expect(try await accessError { _ = try await access.tokens.list() }.code == .database)
        #expect(throws: AccessError.self) {
            try access.authenticate(.bearer(Secret("cfx_aaaaaaaa_" + String(repeating: "a", count: 52))))
        }
    }

    @Test("A consistent copy can be made while it runs, for a backup")
    func copy() async throws {
        _ = try await AccessControl.withAlice(folder, clock: clock)
        let target = folder.path + "/copy.sqlite"
        try StateFile.copy(folder.state, to: target)
        #expect(try permissions(target) == 0o600)
        #expect(try await accessError { try StateFile.copy(folder.state, to: target) }.code == .database)
        let restored = try AccessControl(path: target, configuration: .quick, now: clock.now)
        _ = try await restored.loginAlice()
    }

    @Test("It can be looked into without making, migrating or changing anything")
    func looking() async throws {
        #expect(try StateFile.standing(of: folder.state) == .none)
        #expect(try StateFile.users(in: folder.state).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        let access = try await AccessControl.withAlice(folder, clock: clock)
        _ = try await access.tokens.create(name: "ci", scopes: [.read])
        for _ in 0..<2 {
            #expect(try StateFile.standing(of: folder.state) == .current)
            #expect(try StateFile.users(in: folder.state).map(\.name) == ["alice"])
            #expect(try StateFile.tokens(in: folder.state).map(\.name) == ["ci"])
            await access.close()
        }
        // A state file of which one more change is known to this code than was made.
        let queue = try DatabaseQueue(path: folder.state)
        let newest = try #require(StateSchema.migrator.migrations.last)
        try await queue.write { db in
            try db.execute(
                sql: "UPDATE grdb_migrations SET identifier = '0 once' WHERE identifier = ?", arguments: [newest])
        }
        #expect(try StateFile.standing(of: folder.state) == .newer)
    }
}
