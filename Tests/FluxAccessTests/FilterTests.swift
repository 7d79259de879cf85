import GRDB
import Testing

@testable import FluxAccess

@Suite struct FilterTests {
    let folder: TestFolder
    let clock = TestClock()

    init() throws {
        folder = try TestFolder()
    }

    private func person(_ name: String) -> Principal {
        Principal(
            kind: .session, name: name, user: name, scopes: [.read], grant: "ses_x", csrfToken: nil, expiresAt: nil)
    }

    @Test("What one person keeps, another one does not see; a name in another case is the same name")
    func eachTheirOwn() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        try await access.users.add(name: "bob", password: alicePassword)
        #expect(try await access.filters.keep("size>1GB", as: "Big files", of: person("alice")).isNew)
        #expect(try await access.filters.keep("type:cloud.*", as: "Ours", of: person("alice")).isNew)
        #expect(try await access.filters.keep("size>2GB", as: "Big files", of: person("bob")).isNew)
        #expect(try await access.filters.keep("size>3GB", as: "BIG files", of: person("ALICE")).isNew == false)
        #expect(
            try await access.filters.list(of: person("alice")).map { "\($0.name)=\($0.expression)" }
                == ["BIG files=size>3GB", "Ours=type:cloud.*"])
        #expect(try await access.filters.list(of: person("bob")).map(\.expression) == ["size>2GB"])
        try await access.filters.remove("big files", of: person("alice"))
        #expect(try await access.filters.list(of: person("alice")).map(\.name) == ["Ours"])
        #expect(try await access.filters.list(of: person("bob")).count == 1)
        let error = try await accessError { try await access.filters.remove("nothing", of: person("alice")) }
        #expect(error.code == .notFound)
        try await access.users.remove("bob")
        let left = try await access.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM filters") }
        #expect(left == 1)
        await access.close()
    }

    @Test("They are there after a restart, for whoever is the one person under --auth none too")
    func kept() async throws {
        var access = try await AccessControl.withAlice(folder, clock: clock)
        _ = try await access.filters.keep("a", as: "one", of: person("alice"))
        _ = try await access.filters.keep("b", as: "one", of: .localAdmin)
        await access.close()
        access = try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
        #expect(try await access.filters.list(of: person("alice")).map(\.expression) == ["a"])
        #expect(try await access.filters.list(of: .localAdmin).map(\.expression) == ["b"])
        await access.close()
    }

    @Test("A token of nobody keeps none, and is told why")
    func noPerson() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        var token = person("job")
        token.kind = .token
        token.user = nil
        #expect(try await access.filters.list(of: token) == [])
        let error = try await accessError { _ = try await access.filters.keep("a", as: "one", of: token) }
        #expect(error.code == .noPerson)
        await access.close()
    }

    @Test("There is a limit a person, and what is there may still be changed at it")
    func limit() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxFiltersPerPerson = 2
        let access = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        for name in ["one", "two", "one"] { _ = try await access.filters.keep("a", as: name, of: person("alice")) }
        let error = try await accessError { _ = try await access.filters.keep("a", as: "three", of: person("alice")) }
        #expect(error.code == .limit)
        _ = try await access.filters.keep("a", as: "three", of: .localAdmin)
        await access.close()
    }

    @Test(
        "Names that cannot be told apart or seen are refused",
        arguments: ["", " a", "a ", "a\u{202E}b", "a\nb", "a\u{0}", String(repeating: "x", count: 65)])
    func names(name: String) async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let error = try await accessError { _ = try await access.filters.keep("a", as: name, of: person("alice")) }
        #expect(error.code == .invalid)
        _ = try await access.filters.keep("a", as: "Größe 📦", of: person("alice"))
        await access.close()
    }

    @Test("A file from before there were filters gets their table and loses nothing")
    func migration() async throws {
        let before = try DatabaseQueue(path: folder.state)
        try StateSchema.migrator.migrate(before, upTo: "1 accounts, sessions, tokens")
        try await before.write {
            _ = try StateQueries.insertUser($0, name: "alice", password: "x", scopes: [.admin], now: 1)
        }
        try before.close()
        let access = try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
        #expect(try await access.users.list().map(\.name) == ["alice"])
        #expect(try await access.filters.keep("a", as: "one", of: person("alice")).isNew)
        await access.close()
    }
}
