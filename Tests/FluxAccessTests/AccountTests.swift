import Foundation
import GRDB
import Testing

@testable import FluxAccess

@Suite struct AccountTests {
    let folder: TestFolder
    let clock = TestClock()

    init() throws {
        folder = try TestFolder()
    }

    // MARK: Users

    @Test("People are added, listed and removed; a name is taken whatever its case")
    func users() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        try await access.users.add(name: "bob", password: Secret("staple battery"), scopes: [.read])
        #expect(
            try await accessError { try await access.users.add(name: "BOB", password: Secret("staple battery")) }.code
                == .nameTaken)
        #expect(try await access.users.list().map(\.name) == ["alice", "bob"])
        let bob = try await access.login(
            username: "bob", password: Secret("staple battery"), address: "192.0.2.9", issueToken: true)
        #expect(bob.principal.may(.read))
        #expect(!bob.principal.may(.ingest))
        #expect(try await accessError { try bob.principal.require(.admin) }.code == .scope)
        try await access.users.remove("Bob")
        #expect(throws: AccessError.self) { try access.authenticate(.session(bob.cookie)) }
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(#require(bob.accessToken))) }
        #expect(try await accessError { try await access.users.remove("bob") }.code == .notFound)
        #expect(
            try await accessError { try await access.users.setPassword(of: "bob", to: Secret("staple battery 2")) }.code
                == .notFound)
    }

    @Test("The last administrator is not removed unasked")
    func lastAdministrator() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        try await access.users.add(name: "bob", password: Secret("staple battery"), scopes: [.read])
        #expect(try await accessError { try await access.users.remove("alice") }.code == .lastAdministrator)
        try await access.users.add(name: "carol", password: Secret("staple battery"))
        try await access.users.remove("alice")
        try await access.users.remove("carol", force: true)
        try await access.users.remove("bob")
        #expect(!access.hasAccounts)
        _ = try await access.issueWelcome()
    }

    @Test(
        "Names that could mislead or break a terminal, a URL or a log line are refused",
        arguments: [
            "", " ", "a b", "a/b", "../x", ".a", "-a", "@a", "a\n", "a\u{0}", "a\u{1B}[31m", "аlice", "alicé", "a,b",
            "a:b",
            "a\"b", "a%20b", String(repeating: "a", count: 65),
        ])
    func badNames(name: String) async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        #expect(
            try await accessError { try await access.users.add(name: name, password: Secret("staple battery")) }.code
                == .invalid)
        #expect(
            try await accessError { _ = try await access.tokens.create(name: name, scopes: [.read]) }.code == .invalid)
    }

    @Test(
        "Passwords that are too short, too long or obvious are refused with what to do",
        arguments: [
            "", "1234567", "éééé", "password", "PassWord", "aaaaaaaaaaaa", "alice@example.com", "staple\u{0}battery",
            String(repeating: "é", count: 513), String(repeating: "x", count: 1025),
        ])
    func badPasswords(password: String) async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let error = try await accessError {
            try await access.users.add(name: "alice@example.com", password: Secret(password))
        }
        #expect(error.code == .invalid)
        #expect(password.isEmpty || !error.message.contains(password) || password.count == 8)
    }

    @Test("Passwords of 8 characters and of 1,024 bytes work, in any script")
    func goodPasswords() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        for (number, password) in ["abcdefg1", "密码密码密码密码", String(repeating: "ab", count: 512), " with spaces "]
            .enumerated()
        {
            try await access.users.add(name: "user\(number)", password: Secret(password))
            _ = try await access.login(
                username: "user\(number)", password: Secret(password), address: "10.1.1.\(number)")
        }
    }

    @Test("There are no more users and tokens than the limits say")
    func limits() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxUsers = 2
        configuration.maxTokens = 2
        let access = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        try await access.users.add(name: "bob", password: Secret("staple battery"))
        #expect(
            try await accessError { try await access.users.add(name: "carol", password: Secret("staple battery")) }.code
                == .limit)
        _ = try await access.tokens.create(name: "a", scopes: [.read])
        _ = try await access.tokens.create(name: "b", scopes: [.read])
        #expect(try await accessError { _ = try await access.tokens.create(name: "c", scopes: [.read]) }.code == .limit)
    }

    // MARK: Tokens

    @Test("A token works until it is revoked; its secret is told once and never kept")
    func tokens() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let made = try await access.tokens.create(name: "ci", scopes: [.ingest])
        let text = made.secret.reveal()
        #expect(text.hasPrefix("cfx_\(made.info.prefix)_"))
        #expect(text.count == AccessToken.length)
        let principal = try access.authenticate(authorization: "bearer \(text)", cookie: nil)
        #expect(principal.name == "ci")
        #expect(principal.user == nil)
        #expect(principal.scopes == [.ingest])
        #expect(principal.grant == made.info.id)
        #expect(try await access.tokens.list().map(\.id) == [made.info.id])
        let ended = Recorder<Set<GrantID>>()
        access.onRevocation { ended.add($0) }
        // A program that signs out does not throw its token away.
        try await access.logout(principal)
        _ = try access.authenticate(.bearer(made.secret))
        try await access.tokens.revoke("CI")
        #expect(ended.all == [[made.info.id]])
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(made.secret)) }
        #expect(try await access.tokens.list().isEmpty)
        #expect(try await accessError { try await access.tokens.revoke("ci") }.code == .notFound)
    }

    @Test("A token is revoked by its id, name or prefix")
    func revokeBy() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        for which in [\TokenInfo.id, \TokenInfo.name, \TokenInfo.prefix] {
            let made = try await access.tokens.create(name: "ci", scopes: [.read])
            #expect(try await access.tokens.revoke(made.info[keyPath: which]).id == made.info.id)
        }
    }

    @Test("The name of a token that has expired may be given again, and then there is one of it")
    func expiredName() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let old = try await access.tokens.create(name: "ci", scopes: [.read], expiresAt: clock.milliseconds + 1000)
        clock.advance(999)
        #expect(
            try await accessError { _ = try await access.tokens.create(name: "CI", scopes: [.read]) }.code == .nameTaken
        )
        clock.advance(1)
        let new = try await access.tokens.create(name: "CI", scopes: [.ingest])
        #expect(try await access.tokens.list().map(\.id) == [new.info.id])
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(old.secret)) }
        _ = try access.authenticate(.bearer(new.secret))
    }

    @Test("Two tokens have two names; one made in the past is refused; an owner must exist")
    func badTokens() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        _ = try await access.tokens.create(name: "ci", scopes: [.read])
        #expect(
            try await accessError { _ = try await access.tokens.create(name: "CI", scopes: [.read]) }.code == .nameTaken
        )
        #expect(try await accessError { _ = try await access.tokens.create(name: "x", scopes: []) }.code == .invalid)
        let now = clock.milliseconds
        #expect(
            try await accessError { _ = try await access.tokens.create(name: "x", scopes: [.read], expiresAt: now) }
                .code
                == .invalid)
        #expect(
            try await accessError { _ = try await access.tokens.create(name: "x", scopes: [.read], owner: "bob") }.code
                == .notFound)
    }

    @Test("An expired token stops at its millisecond, its streams are told, and the list still shows it")
    func tokenExpires() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let ended = Recorder<Set<GrantID>>()
        access.onRevocation { ended.add($0) }
        let made = try await access.tokens.create(name: "ci", scopes: [.read], expiresAt: clock.milliseconds + 5_000)
        clock.advance(4_999)
        #expect(try access.authenticate(.bearer(made.secret)).expiresAt == clock.milliseconds + 1)
        clock.advance(1)
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(made.secret)) }
        await access.tick()
        #expect(ended.all == [[made.info.id]])
        #expect(try await access.tokens.list().map(\.name) == ["ci"])
    }

    @Test(
        "A token cannot do more than the person it belongs to, also when that person's rights shrink, and ends with them"
    )
    func owned() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        try await access.users.add(name: "bob", password: Secret("staple battery"), scopes: [.read])
        let made = try await access.tokens.create(name: "bobs", scopes: [.read, .ingest], owner: "BOB")
        #expect(made.info.owner == "bob")
        #expect(try access.authenticate(.bearer(made.secret)).scopes == [.read])
        try await access.users.remove("bob")
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(made.secret)) }
        #expect(StateQueries.limit([.admin], to: [.read]) == [.read])
        #expect(StateQueries.limit([.read, .ingest], to: [.ingest]) == [.ingest])
        #expect(StateQueries.limit([.read], to: [.admin]) == [.read])
    }

    @Test("When a token was last used is kept, written at most once a minute")
    func lastUsed() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let made = try await access.tokens.create(name: "ci", scopes: [.read])
        #expect(try await access.tokens.list().first?.lastUsed == nil)
        clock.advance(1_000)
        let first = clock.milliseconds
        _ = try access.authenticate(.bearer(made.secret))
        await access.tick()
        #expect(try await access.tokens.list().first?.lastUsed == nil)
        clock.advance(60_000)
        await access.tick()
        #expect(try await access.tokens.list().first?.lastUsed == first)
        _ = try access.authenticate(.bearer(made.secret))
        await access.close()
        let again = try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
        #expect(try await again.tokens.list().first?.lastUsed == clock.milliseconds)
    }

    @Test("A command's own token is short-lived and in no list")
    func local() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let made = try await access.tokens.mintLocal(name: "cli", scopes: [.admin], lifetime: 600_000)
        _ = try await access.tokens.mintLocal(name: "cli", scopes: [.admin], lifetime: 600_000)
        #expect(try access.authenticate(.bearer(made.secret)).may(.admin))
        #expect(try await access.tokens.list().isEmpty)
        clock.advance(600_000)
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(made.secret)) }
    }

    @Test("Scopes are read as people write them")
    func scopes() async throws {
        #expect(try Scope.parse("read,ingest") == [.read, .ingest])
        #expect(try Scope.parse("admin, read") == [.admin, .read])
        for text in ["", ",", "Read", "write", "read;ingest", "read,*"] {
            #expect(try await accessError { _ = try Scope.parse(text) }.code == .invalid)
        }
    }

    // MARK: Beside a running server

    @Test("What the command line does beside a running server is known there within two seconds")
    func twoProcesses() async throws {
        let server = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await server.loginAlice()
        let command = try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
        // Without any request in between.
        let ended = Recorder<Set<GrantID>>()
        server.onRevocation { ended.add($0) }
        let start = ContinuousClock.now
        try await command.users.setPassword(of: "alice", to: Secret("another battery"))
        try await eventually("the session's streams were not told") {
            ended.all.contains([signedIn.principal.grant])
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(throws: AccessError.self) { try server.authenticate(.session(signedIn.cookie)) }
        let made = try await command.tokens.create(name: "ci", scopes: [.read])
        // At once: a token that is not known is looked for.
        _ = try server.authenticate(.bearer(made.secret))
        try await command.tokens.revoke("ci")
        await server.tick()
        #expect(throws: AccessError.self) { try server.authenticate(.bearer(made.secret)) }
        try await command.users.add(name: "bob", password: Secret("staple battery"), scopes: [.read])
        _ = try await server.login(username: "bob", password: Secret("staple battery"), address: "192.0.2.1")
    }

    @Test("A person whose rights were taken away loses the streams, and has the new rights")
    func fewerScopes() async throws {
        let server = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await server.loginAlice()
        let ended = Recorder<Set<GrantID>>()
        server.onRevocation { ended.add($0) }
        try await server.change { try $0.execute(sql: "UPDATE users SET scopes = 'read'") }
        #expect(ended.all == [[signedIn.principal.grant]])
        #expect(try server.authenticate(.session(signedIn.cookie)).scopes == [.read])
    }

    @Test("Two that write at once lose nothing, and both know all in the end")
    func concurrentWriters() async throws {
        let first = try await AccessControl.withAlice(folder, clock: clock)
        let second = try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
        let secrets = try await withThrowingTaskGroup(of: Secret.self) { group in
            for number in 0..<20 {
                for (side, access) in [first, second].enumerated() {
                    group.addTask {
                        let made = try await access.tokens.create(name: "t\(side)-\(number)", scopes: [.read])
                        if number % 2 == 0 { try await access.tokens.revoke("t\(side)-\(number)") }
                        return made.secret
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await first.tokens.list().count == 20)
        for access in [first, second] {
            await access.tick()
            let known = secrets.filter { (try? access.authenticate(.bearer($0))) != nil }
            #expect(known.count == 20)
        }
    }

    @Test("Requests from many threads while sessions come and go never let an ended one in")
    func concurrentRequests() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10 {
                        let signedIn = try await access.loginAlice()
                        _ = try access.authenticate(.session(signedIn.cookie))
                        let ticket = access.issueTicket(signedIn.principal).ticket
                        try await access.logout(signedIn.principal)
                        #expect(throws: AccessError.self) { try access.authenticate(.session(signedIn.cookie)) }
                        #expect(throws: AccessError.self) { try access.redeemTicket(ticket) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
