import Foundation
import GRDB
import Logging
import Synchronization
import Testing

@testable import FluxAccess

@Suite struct SecretsTests {
    @Test("A secret shows itself in no way of printing")
    func masked() {
        let secret = Secret("hunter2hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        dump([secret as Secret?], to: &dumped)
        dump(Credential.bearer(secret), to: &dumped)
        let texts = [
            "\(secret)", secret.description, secret.debugDescription, String(reflecting: secret), dumped, "\([secret])",
            "\(Optional(secret) as Any)", "\(Credential.session(secret))",
        ]
        for text in texts { #expect(!text.contains("hunter2")) }
        #expect(secret.reveal() == "hunter2hunter2")
    }

    @Test("No error, log line or file holds a planted secret")
    func planted() async throws {
        let folder = try TestFolder()
        let clock = TestClock()
        let lines = Recorder<String>()
        var logger = Logger(label: "test") { _ in CapturingHandler(lines: lines) }
        logger.logLevel = .trace
        let password = "PLANTED-password-1"
        let typed = "PLANTED-typed-2"
        var configuration = AccessConfiguration.quick
        configuration.maxPasswordQueue = 1
        let access = try AccessControl(
            path: folder.state, configuration: configuration, logger: logger, now: clock.now, sleep: { _ in })
        var secrets = [password, typed]
        var errors: [String] = []
        func collect(_ body: () async throws -> Void) async {
            do { try await body() } catch {
                errors.append("\(error)")
                errors.append(String(reflecting: error))
                var text = ""
                dump(error, to: &text)
                errors.append(text)
            }
        }
        let welcome = try await access.issueWelcome()
        secrets.append(welcome.reveal())
        await collect {
            _ = try await access.redeemWelcome(
                token: Secret(typed), username: typed, password: Secret(password), address: "192.0.2.1")
        }
        await collect {
            _ = try await access.redeemWelcome(
                token: welcome, username: "a b " + typed, password: Secret(password), address: "192.0.2.1")
        }
        let signedIn = try await access.redeemWelcome(
            token: welcome, username: "alice", password: Secret(password), address: "192.0.2.1", issueToken: true)
        secrets += [signedIn.cookie.reveal(), signedIn.csrfToken, try #require(signedIn.accessToken).reveal()]
        let made = try await access.tokens.create(name: "ci", scopes: [.read])
        secrets.append(made.secret.reveal())
        let ticket = access.issueTicket(signedIn.principal).ticket
        secrets.append(ticket.reveal())
        // A person may type the password into the field for the name.
        await collect { _ = try await access.login(username: typed, password: Secret(typed), address: "192.0.2.1") }
        await collect { _ = try await access.login(username: "alice", password: Secret(typed), address: "192.0.2.1") }
        await collect { _ = try await access.users.add(name: typed + " x", password: Secret(typed)) }
        await collect { _ = try await access.users.add(name: "bob", password: Secret("P!")) }
        await collect {
            _ = try await access.users.add(name: "bob", password: Secret(String(repeating: typed, count: 100)))
        }
        await collect { _ = try access.authenticate(.session(Secret(typed))) }
        await collect { _ = try access.authenticate(.bearer(Secret(typed))) }
        await collect { _ = try access.authenticate(authorization: "Basic \(typed)", cookie: typed) }
        await collect { _ = try access.redeemTicket(Secret(typed)) }
        await collect { try access.checkCSRF(signedIn.principal, header: typed) }
        await collect { try await access.tokens.revoke(typed) }
        await collect { try await access.tokens.revoke(made.secret.reveal()) }
        await collect {
            try await access.changePassword(
                signedIn.principal, current: Secret(typed), new: Secret(password + "x"), address: "192.0.2.1")
        }
        // A database that fails in the middle of everything.
        try await access.database.pool.write { db in
            for table in ["sessions", "tokens"] { try db.execute(sql: "DROP TABLE \(table)") }
        }
        await collect {
            _ = try await access.login(username: "alice", password: Secret(password), address: "192.0.2.1")
        }
        await collect { _ = try await access.tokens.create(name: "x", scopes: [.read]) }
        await collect { try await access.logout(signedIn.principal) }
        await collect { _ = try access.authenticate(.bearer(AccessToken.make().text)) }
        await access.tick()
        await access.close()
        #expect(errors.count >= 3 * 15)
        #expect(!lines.all.isEmpty)
        for text in errors + lines.all {
            for secret in secrets { #expect(!text.contains(secret), "\(text)") }
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
            for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)") }
        }
    }

    @Test("An address in a log line cannot forge another line")
    func printable() async throws {
        let folder = try TestFolder()
        let access = try AccessControl(path: folder.state, configuration: .quick)
        #expect(access.printable("1.2.3.4\n[error] forged\u{1B}[2J") == "1.2.3.4[error]forged[2J")
        #expect(access.printable(String(repeating: "x", count: 10_000)).count == 64)
    }

    @Test("Random texts have their length, their letters, and never repeat")
    func randomText() {
        let tokens = (0..<1_000).map { _ in AccessToken.make().text.reveal() }
        #expect(Set(tokens).count == 1_000)
        #expect(tokens.allSatisfy { AccessToken.isWellFormed($0) })
        let cookies = (0..<1_000).map { _ in RandomText.base64(bits: 256) }
        #expect(Set(cookies).count == 1_000)
        #expect(cookies.allSatisfy { $0.utf8.count == 43 && RandomText.decodeBase64($0)?.count == 32 })
        #expect(RandomText.base64(of: Array("hello?>".utf8)) == "aGVsbG8_Pg")
        #expect(RandomText.decodeBase64("aGVsbG8_Pg") == Array("hello?>".utf8))
        for bad in ["a", "aGVsbG8_Ph", "aGVs bG8", "aGVsbG8=", "é"] { #expect(RandomText.decodeBase64(bad) == nil) }
    }

    @Test("Comparing in constant time says equal only for what is equal")
    func constantTime() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([0, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
    }
}

/// Keeps every line with all its metadata.
private struct CapturingHandler: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.message) \(event.metadata ?? [:])")
    }
}
