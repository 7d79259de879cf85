import Foundation
import Logging
import Testing

@testable import FluxAccess

@Suite struct SignInTests {
    let folder: TestFolder
    let clock = TestClock()

    init() throws {
        folder = try TestFolder()
    }

    private func fresh() throws -> AccessControl {
        try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
    }

    // MARK: Welcome

    @Test("The first link makes an administrator, signs in, and is then worth nothing")
    func welcome() async throws {
        let access = try fresh()
        #expect(!access.hasAccounts)
        let token = try await access.issueWelcome()
        let signedIn = try await access.redeemWelcome(
            token: token, username: "alice", password: alicePassword, address: "192.0.2.1", issueToken: true)
        #expect(access.hasAccounts)
        #expect(signedIn.principal.name == "alice")
        #expect(signedIn.principal.scopes == [.admin])
        #expect(try access.authenticate(.session(signedIn.cookie)) == signedIn.principal)
        #expect(try access.authenticate(.bearer(#require(signedIn.accessToken))).user == "alice")
        let again = try await accessError {
            _ = try await access.redeemWelcome(
                token: token, username: "mallory", password: alicePassword, address: "192.0.2.1")
        }
        #expect(again.code == .welcomeInvalid)
        #expect(try await accessError { _ = try await access.issueWelcome() }.code == .welcomeInvalid)
        #expect(try await access.users.list().map(\.name) == ["alice"])
        // Not even when there is no account again.
        try await access.users.remove("alice", force: true)
        let later = try await accessError {
            _ = try await access.redeemWelcome(
                token: token, username: "mallory", password: alicePassword, address: "192.0.2.1")
        }
        #expect(later.code == .welcomeInvalid)
    }

    @Test("Each start makes a new link and ends the one before")
    func welcomeReplaced() async throws {
        let access = try fresh()
        let first = try await access.issueWelcome()
        let second = try await access.issueWelcome()
        #expect(first.reveal() != second.reveal())
        let error = try await accessError {
            _ = try await access.redeemWelcome(
                token: first, username: "alice", password: alicePassword, address: "192.0.2.1")
        }
        #expect(error.code == .welcomeInvalid)
        _ = try await access.redeemWelcome(
            token: second, username: "alice", password: alicePassword, address: "192.0.2.1")
    }

    @Test("A link is good for 24 hours, to the millisecond")
    func welcomeExpires() async throws {
        let access = try fresh()
        let token = try await access.issueWelcome()
        clock.advance(24 * 3_600_000)
        let error = try await accessError {
            _ = try await access.redeemWelcome(
                token: token, username: "alice", password: alicePassword, address: "192.0.2.1")
        }
        #expect(error.code == .welcomeInvalid)
        let next = try await access.issueWelcome()
        clock.advance(24 * 3_600_000 - 1)
        _ = try await access.redeemWelcome(
            token: next, username: "alice", password: alicePassword, address: "192.0.2.1")
    }

    @Test("A bad name or password does not use the link up")
    func welcomeSurvivesBadPassword() async throws {
        let access = try fresh()
        let token = try await access.issueWelcome()
        for (name, password) in [("alice", "short"), ("", "long enough it is"), ("a b", "long enough it is")] {
            let error = try await accessError {
                _ = try await access.redeemWelcome(
                    token: token, username: name, password: Secret(password), address: "192.0.2.1")
            }
            #expect(error.code == .invalid)
        }
        _ = try await access.redeemWelcome(
            token: token, username: "alice", password: alicePassword, address: "192.0.2.1")
    }

    @Test("Of many who redeem one link at once, one wins")
    func welcomeRace() async throws {
        let access = try fresh()
        let token = try await access.issueWelcome()
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    (try? await access.redeemWelcome(
                        token: token, username: "user\(number)", password: alicePassword, address: "192.0.2.\(number)"))
                        != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(winners == 1)
        #expect(try await access.users.list().count == 1)
    }

    @Test("The file with the link goes when the account is made, and only its owner may read it")
    func welcomeFile() async throws {
        var configuration = AccessConfiguration.quick
        configuration.welcomeFile = folder.path + "/welcome"
        let access = try AccessControl(path: folder.state, configuration: configuration, now: clock.now)
        let token = try await access.issueWelcome()
        try WelcomeFile.write(link: Secret("http://x/welcome#\(token.reveal())"), to: folder.path + "/welcome")
        try WelcomeFile.write(link: Secret("http://x/welcome#\(token.reveal())"), to: folder.path + "/welcome")
        #expect(try permissions(folder.path + "/welcome") == 0o600)
        #expect(
            try String(contentsOfFile: folder.path + "/welcome", encoding: .utf8)
                == "http://x/welcome#\(token.reveal())\n")
        _ = try await access.redeemWelcome(
            token: token, username: "alice", password: alicePassword, address: "192.0.2.1")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/welcome"))
        let error = try await accessError { try WelcomeFile.write(link: token, to: folder.path + "/no/welcome") }
        #expect(!"\(error)".contains(token.reveal()))
    }

    // MARK: Login

    @Test("The right password signs in; the name's case does not matter")
    func login() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await access.login(username: "ALICE", password: alicePassword, address: "192.0.2.1")
        #expect(signedIn.principal.name == "alice")
        #expect(signedIn.accessToken == nil)
        let cookie = "theme=dark; cloudflux_session=\(signedIn.cookie.reveal())"
        let principal = try access.authenticate(authorization: nil, cookie: cookie)
        #expect(principal == signedIn.principal)
        #expect(principal.csrfToken == signedIn.csrfToken)
        #expect(
            signedIn.setCookie(secure: true)
                == "cloudflux_session=\(signedIn.cookie.reveal()); Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure"
        )
    }

    @Test(
        "Anything but the right password is refused in the same words",
        arguments: [
            ("alice", "wrong horse battery"), ("alice", ""), ("alice", "correct horse battery "),
            ("bob", "correct horse battery"),
            ("", ""), ("alice\u{0}", "correct horse battery"), ("alice'--", "correct horse battery"),
            (String(repeating: "a", count: 100_000), "x"), ("alice", String(repeating: "x", count: 100_000)),
        ])
    func wrong(name: String, password: String) async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let error = try await accessError {
            _ = try await access.login(username: name, password: Secret(password), address: "192.0.2.1")
        }
        #expect(error.code == .wrongPassword)
        #expect(error.message == AccessError.wrongPassword.message)
    }

    @Test("An unknown name costs the same derivation as a known one")
    func sameWork() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        for (name, password) in [
            ("alice", "wrong horse"), ("nobody", "wrong horse"), ("a b", ""),
            ("alice", String(repeating: "x", count: 2000)),
        ] {
            let before = access.passwords.finished
            _ = try? await access.login(username: name, password: Secret(password), address: "192.0.2.1")
            #expect(access.passwords.finished == before + 1)
        }
    }

    @Test("A password typed with composed or combining letters is one password")
    func unicodePassword() async throws {
        let access = try fresh()
        try await access.users.add(name: "zoé".replacing("é", with: "e"), password: Secret("caf\u{E9} au lait"))
        _ = try await access.login(username: "zoe", password: Secret("cafe\u{301} au lait"), address: "192.0.2.1")
    }

    @Test("A password of another cost still works, and is then stored at today's")
    func rehash() async throws {
        _ = try await AccessControl.withAlice(folder, clock: clock)
        var configuration = AccessConfiguration.quick
        configuration.passwordCost = PasswordCost(logRounds: 5, blockSize: 8, parallelism: 1)
        let access = try AccessControl(path: folder.state, configuration: configuration, now: clock.now)
        _ = try await access.loginAlice()
        let stored = try await access.database.read { try StateQueries.user($0, name: "alice")?.password }
        #expect(try #require(stored).hasPrefix("scrypt$5,8,1$"))
        _ = try await access.loginAlice()
    }

    @Test("An access token comes on request, works, and ends by itself")
    func issueToken() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await access.loginAlice(issueToken: true)
        let token = try #require(signedIn.accessToken)
        #expect(signedIn.expiresIn == Int64(43_200))
        let principal = try access.authenticate(authorization: "Bearer \(token.reveal())", cookie: nil)
        #expect(principal.user == "alice")
        #expect(principal.csrfToken == nil)
        #expect(try await access.tokens.list().isEmpty)
        clock.advance(12 * 3_600_000)
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(token)) }
        let other = try #require(try await access.loginAlice(issueToken: true).accessToken)
        try await access.logout(try access.authenticate(.bearer(other)))
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(other)) }
    }

    // MARK: Sessions

    @Test("A session ends when it is not used for 12 hours")
    func idle() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let cookie = try await access.loginAlice().cookie
        clock.advance(12 * 3_600_000 - 1)
        _ = try access.authenticate(.session(cookie))
        clock.advance(12 * 3_600_000 - 1)
        _ = try access.authenticate(.session(cookie))
        clock.advance(12 * 3_600_000)
        #expect(throws: AccessError.self) { try access.authenticate(.session(cookie)) }
    }

    @Test("A session ends after 30 days, however busy")
    func lifetime() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await access.loginAlice()
        for _ in 0..<(30 * 4 - 1) {
            clock.advance(6 * 3_600_000)
            _ = try access.authenticate(.session(signedIn.cookie))
        }
        clock.advance(6 * 3_600_000)
        #expect(throws: AccessError.self) { try access.authenticate(.session(signedIn.cookie)) }
    }

    @Test("An open stream that is touched keeps its session from ending idle")
    func touch() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await access.loginAlice()
        for _ in 0..<3 {
            clock.advance(8 * 3_600_000)
            access.touch([signedIn.principal.grant, "ses_unknown"])
        }
        _ = try access.authenticate(.session(signedIn.cookie))
    }

    @Test("Use outlives a restart, so a busy session does not end idle after one")
    func useIsSaved() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let cookie = try await access.loginAlice().cookie
        clock.advance(11 * 3_600_000)
        _ = try access.authenticate(.session(cookie))
        await access.close()
        await access.close()
        clock.advance(11 * 3_600_000)
        _ = try fresh().authenticate(.session(cookie))
    }

    @Test("Logout ends the session at once, tells its streams, and no other")
    func logout() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let ended = Recorder<Set<GrantID>>()
        access.onRevocation { ended.add($0) }
        let first = try await access.loginAlice()
        let second = try await access.loginAlice()
        try await access.logout(first.principal)
        #expect(ended.all == [[first.principal.grant]])
        #expect(throws: AccessError.self) { try access.authenticate(.session(first.cookie)) }
        _ = try access.authenticate(.session(second.cookie))
        try await access.logout(first.principal)
    }

    @Test("Changing the password needs the current one and ends all other sessions and sign-in tokens")
    func changePassword() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let mine = try await access.loginAlice()
        let other = try await access.loginAlice(issueToken: true)
        let api = try await access.tokens.create(name: "ci", scopes: [.ingest])
        let ended = Recorder<Set<GrantID>>()
        access.onRevocation { ended.add($0) }
        let wrong = try await accessError {
            try await access.changePassword(
                mine.principal, current: Secret("wrong horse"), new: Secret("another battery"), address: "192.0.2.1")
        }
        #expect(wrong.code == .wrongPassword)
        try await access.changePassword(
            mine.principal, current: alicePassword, new: Secret("another battery"), address: "192.0.2.1")
        _ = try access.authenticate(.session(mine.cookie))
        _ = try access.authenticate(.bearer(api.secret))
        #expect(throws: AccessError.self) { try access.authenticate(.session(other.cookie)) }
        #expect(throws: AccessError.self) { try access.authenticate(.bearer(#require(other.accessToken))) }
        #expect(ended.all.count == 1)
        #expect(ended.all.first?.contains(other.principal.grant) == true)
        #expect(ended.all.first?.count == 2)
        #expect(try await accessError { _ = try await access.loginAlice() }.code == .wrongPassword)
        _ = try await access.login(username: "alice", password: Secret("another battery"), address: "192.0.2.1")
    }

    @Test("A person has at most so many sessions; the oldest ends, the newest stays, also if the clock went back")
    func sessionLimit() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxSessionsPerUser = 3
        let access = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        var cookies: [Secret] = []
        for _ in 0..<5 {
            cookies.append(try await access.loginAlice(issueToken: true).cookie)
            clock.advance(-1000)
        }
        #expect(cookies.map { (try? access.authenticate(.session($0))) != nil } == [false, false, true, true, true])
    }

    // MARK: CSRF

    @Test("What changes something needs the session's own CSRF token; tokens need none")
    func csrf() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await access.loginAlice(issueToken: true)
        let other = try await access.loginAlice()
        let principal = try access.authenticate(.session(signedIn.cookie))
        try access.checkCSRF(principal, header: signedIn.csrfToken)
        for header in [
            nil, "", "null", other.csrfToken, signedIn.csrfToken + "x", String(signedIn.csrfToken.dropLast()),
        ] {
            let error = try await accessError { try access.checkCSRF(principal, header: header) }
            #expect(error.code == .csrf)
        }
        let bearer = try access.authenticate(.bearer(#require(signedIn.accessToken)))
        try access.checkCSRF(bearer, header: nil)
        try access.checkCSRF(.localAdmin, header: nil)
    }

    // MARK: Headers

    @Test("A bad Authorization header is refused even beside a good cookie")
    func bearerFirst() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let cookie = "cloudflux_session=\(try await access.loginAlice().cookie.reveal())"
        for header in ["", "Bearer", "Bearer ", "Basic YWxpY2U6eA==", "Bearer cfx_aaaaaaaa_x", "cfx_x"] {
            #expect(throws: AccessError.self) { try access.authenticate(authorization: header, cookie: cookie) }
        }
        _ = try access.authenticate(authorization: nil, cookie: cookie)
    }

    @Test("With --auth none everybody is the local administrator, with password nobody is")
    func authNone() async throws {
        var configuration = AccessConfiguration.quick
        configuration.mode = .none
        let open = try AccessControl(path: folder.state, configuration: configuration, now: clock.now)
        let principal = try open.authenticate(authorization: "Bearer junk", cookie: nil)
        #expect(principal == .localAdmin)
        #expect(try open.redeemTicket(open.issueTicket(principal).ticket) == .localAdmin)
        #expect(try open.redeemTicket(Secret("junk")) == .localAdmin)
        try await open.logout(principal)
        let closed = try fresh()
        #expect(throws: AccessError.self) { try closed.authenticate(authorization: nil, cookie: nil) }
        #expect(throws: AccessError.self) { try closed.redeemTicket(closed.issueTicket(.localAdmin).ticket) }
    }

    // MARK: Tickets

    @Test("A ticket opens one stream, within 60 seconds, as who asked for it")
    func tickets() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let principal = try await access.loginAlice().principal
        let first = access.issueTicket(principal)
        #expect(first.expiresIn == 60)
        #expect(try access.redeemTicket(first.ticket) == principal)
        #expect(throws: AccessError.self) { try access.redeemTicket(first.ticket) }
        let late = access.issueTicket(principal)
        clock.advance(60_000)
        #expect(throws: AccessError.self) { try access.redeemTicket(late.ticket) }
        let ended = access.issueTicket(principal)
        try await access.logout(principal)
        #expect(throws: AccessError.self) { try access.redeemTicket(ended.ticket) }
    }

    // MARK: Throttle

    @Test("Wrong passwords wait longer each time; the right one still gets in")
    func throttled() async throws {
        let waits = Recorder<Int64>()
        let access = try AccessControl(
            path: folder.state, configuration: .quick, logger: Logger(label: "test"), now: clock.now,
            sleep: { waits.add($0) })
        try await access.users.add(name: "alice", password: alicePassword)
        for _ in 0..<8 {
            _ = try? await access.login(username: "alice", password: Secret("wrong horse"), address: "192.0.2.1")
        }
        #expect(waits.all == [250, 500, 1000, 2000, 4000])
        _ = try await access.loginAlice()
        #expect(waits.all.last == 8000)
        _ = try await access.login(username: "alice", password: alicePassword, address: "198.51.100.7")
        #expect(waits.all.count == 6)
    }

    @Test("More sign-ins than the line holds are told to come back, and none is lost")
    func queueIsBounded() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxPasswordQueue = 2
        let access = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        let results = await withTaskGroup(of: AccessError.Code?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    do throws(AccessError) {
                        _ = try await access.login(
                            username: "alice", password: alicePassword, address: "10.0.0.\(number)")
                        return nil
                    } catch { return error.code }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0 == nil || $0 == .tooManyAttempts })
        #expect(results.contains(nil))
        _ = try await access.loginAlice()
    }
}
