import Foundation
import Testing

@testable import FluxAccess

/// Every limit of sign-in has a name, a value in docs/operations.md, and a test: those that are about one thing stand
/// with it (`SignInTests`, `AccountTests`, `TableTests`), the rest here.
@Suite struct LimitsTests {
    private let folder: TestFolder
    private let clock = TestClock()

    init() throws {
        folder = try TestFolder()
    }

    @Test("The docs name every limit with its value")
    func docs() throws {
        let here = URL(filePath: #filePath).resolvingSymlinksInPath()
        let file = here.deletingLastPathComponent().appending(path: "../../docs/operations.md").standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let units = ["ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000]
        var told: [String: Int] = [:]
        let section = try #require(text.components(separatedBy: "### Of sign-in").last)
        for line in section.components(separatedBy: "\n") where line.hasPrefix("| `") {
            let cells = line.components(separatedBy: "|").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
            let value = cells[2].components(separatedBy: " ")
            told[cells[1]] = try #require(Int(value[0])) * (value.count > 1 ? try #require(units[value[1]]) : 1)
        }
        var real: [String: Int] = ["maximumHeaderBytes": SessionCookie.maximumHeaderBytes]
        for mirror in [Mirror(reflecting: AccessConfiguration()), Mirror(reflecting: LoginThrottle.Limits())] {
            for (name, value) in mirror.children {
                guard let name else { continue }
                if let value = value as? Int { real[name] = value }
                if let value = value as? Int64 { real[name] = Int(value) }
            }
        }
        // How often something is looked at is no limit.
        for name in ["watchInterval", "saveUsesInterval"] { real[name] = nil }
        #expect(told == real)
    }

    @Test("Commands have so many tokens of their own; past it the oldest ends, and no other kind")
    func localTokens() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxLocalTokens = 3
        let access = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        let api = try await access.tokens.create(name: "ci", scopes: [.read])
        var made: [Secret] = []
        for _ in 0..<5 {
            clock.advance(1)
            made.append(try await access.tokens.mintLocal(name: "cli", scopes: [.admin], lifetime: 600_000).secret)
        }
        let works = made.map { secret in (try? access.authenticate(.bearer(secret))) != nil }
        #expect(works == [false, false, true, true, true])
        #expect(try access.authenticate(.bearer(api.secret)).may(.read))
    }

    @Test(
        "Unknown tokens are looked up so often a second; then one made elsewhere waits a second, and known ones never")
    func lookups() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxMissLookupsPerSecond = 2
        // Nothing is seen by the watch while this test runs.
        configuration.watchInterval = 3_600_000
        let server = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        let known = try await server.tokens.create(name: "known", scopes: [.read])
        let elsewhere = try AccessControl(path: folder.state, configuration: .quick, now: clock.now)
        let stranger = try await AccessControl.withAlice(try TestFolder(), clock: clock)
        let junk = try await stranger.tokens.create(name: "junk", scopes: [.admin]).secret
        let new = try await elsewhere.tokens.create(name: "new", scopes: [.read]).secret
        for _ in 0..<2 { #expect(throws: AccessError.self) { try server.authenticate(.bearer(junk)) } }
        #expect(throws: AccessError.self) { try server.authenticate(.bearer(new)) }
        #expect(try server.authenticate(.bearer(known.secret)).may(.read))
        clock.advance(1000)
        #expect(try server.authenticate(.bearer(new)).may(.read))
    }

    @Test("So many attempts wait at once, from however many addresses")
    func pending() {
        var limits = LoginThrottle.Limits()
        limits.maxPending = 2
        var throttle = LoginThrottle(limits: limits)
        #expect(throttle.begin(address: "192.0.2.1", name: "a", now: 0) == .proceed(afterMilliseconds: 0))
        #expect(throttle.begin(address: "192.0.2.2", name: "b", now: 0) == .proceed(afterMilliseconds: 0))
        guard case .refuse(let wait) = throttle.begin(address: "192.0.2.3", name: "c", now: 0) else {
            Issue.record("a third was let in")
            return
        }
        #expect(wait > 0)
        throttle.end(address: "192.0.2.1", name: "a", succeeded: true, now: 1)
        #expect(throttle.begin(address: "192.0.2.3", name: "c", now: 1) == .proceed(afterMilliseconds: 0))
    }

    @Test("A Cookie header that is too long counts as none")
    func cookieHeader() async throws {
        let access = try await AccessControl.withAlice(folder, clock: clock)
        let signedIn = try await access.loginAlice()
        let pair = "cloudflux_session=" + signedIn.cookie.reveal()
        func header(of bytes: Int) -> String {
            pair + "; x=" + String(repeating: "y", count: bytes - pair.utf8.count - 4)
        }
        let longest = header(of: SessionCookie.maximumHeaderBytes)
        #expect(try access.authenticate(authorization: nil, cookie: longest).name == aliceName)
        #expect(throws: AccessError.self) {
            try access.authenticate(authorization: nil, cookie: header(of: SessionCookie.maximumHeaderBytes + 1))
        }
    }

    @Test("Open tickets are so many; past it the oldest is worth nothing")
    func tickets() async throws {
        var configuration = AccessConfiguration.quick
        configuration.maxTickets = 2
        let access = try await AccessControl.withAlice(folder, clock: clock, configuration: configuration)
        let principal = try await access.loginAlice().principal
        let made = (0..<3).map { _ in access.issueTicket(principal).ticket }
        #expect(made.map { (try? access.redeemTicket($0)) != nil } == [false, true, true])
    }
}
