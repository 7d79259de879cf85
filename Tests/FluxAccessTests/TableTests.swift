import FluxTesting
import Testing

@testable import FluxAccess

@Suite struct TableTests {
    private func grant(
        _ id: GrantID, scopes: Set<Scope> = [.read], expiresAt: Int64? = nil, idle: Int64? = nil, lastUsed: Int64? = nil
    ) -> Grant {
        Grant(
            id: id, kind: .token, name: id, user: nil, scopes: scopes, expiresAt: expiresAt, idle: idle,
            lastUsed: lastUsed)
    }

    // MARK: Grants

    @Test("A newer copy ends what is gone or has lost a scope; an older copy is ignored")
    func replace() {
        let (a, b, c) = (Digest256(of: "a"), Digest256(of: "b"), Digest256(of: "c"))
        var table = GrantTable()
        #expect(table.replace(with: [a: grant("a"), b: grant("b", scopes: [.admin])], sequence: 2, now: 0) == [])
        #expect(table.replace(with: [:], sequence: 1, now: 0) == [])
        #expect(table.replace(with: [:], sequence: 2, now: 0) == [])
        #expect(table.count == 2)
        #expect(
            table.replace(
                with: [a: grant("a", scopes: [.admin]), b: grant("b", scopes: [.read, .ingest]), c: grant("c")],
                sequence: 3, now: 0) == ["b"])
        #expect(table.use(b, now: 0)?.scopes == [.read, .ingest])
        #expect(table.replace(with: [c: grant("c2")], sequence: 4, now: 0) == ["a", "b", "c"])
        #expect(table.find("c", now: 0) == nil)
        #expect(table.find("c2", now: 0) != nil)
    }

    @Test("A use in memory survives a copy that does not know of it yet, and is handed over once")
    func uses() {
        let a = Digest256(of: "a")
        var table = GrantTable()
        let row = grant("a", idle: 100, lastUsed: 0)
        _ = table.replace(with: [a: row], sequence: 1, now: 0)
        #expect(table.use(a, now: 90) != nil)
        #expect(table.replace(with: [a: row], sequence: 2, now: 150) == [])
        #expect(table.use(a, now: 189) != nil)
        #expect(table.takeUnsaved() == ["a": 189])
        #expect(table.takeUnsaved().isEmpty)
        #expect(table.use(a, now: 289) == nil)
        #expect(table.sweep(now: 289) == ["a"])
        #expect(table.sweep(now: 289) == [])
        #expect(table.count == 0)
    }

    @Test("A clock that runs backwards neither ends a session nor shortens it")
    func backwards() {
        let a = Digest256(of: "a")
        var table = GrantTable()
        _ = table.replace(with: [a: grant("a", idle: 100, lastUsed: 1_000)], sequence: 1, now: 1_000)
        #expect(table.use(a, now: 5) != nil)
        #expect(table.use(a, now: 1_099) != nil)
    }

    // MARK: Tickets

    @Test("Tickets are bounded: the oldest goes, expired ones first")
    func tickets() {
        var book = TicketBook(lifetime: 60, limit: 3)
        let hashes = (0..<5).map { Digest256(of: "\($0)") }
        for hash in hashes[..<4] { book.add(hash, for: .localAdmin, now: 0) }
        #expect(book.count == 3)
        #expect(book.redeem(hashes[0], now: 1) == nil)
        #expect(book.redeem(hashes[1], now: 1) == .localAdmin)
        book.add(hashes[4], for: .localAdmin, now: 59)
        book.add(hashes[0], for: .localAdmin, now: 60)
        #expect(book.count == 2)
        #expect(book.redeem(hashes[4], now: 60) == .localAdmin)
        book.remove(grants: ["local"])
        #expect(book.count == 0)
    }

    // MARK: Throttle

    @Test("Delays grow with wrong passwords, are bounded, and are forgotten")
    func delays() {
        var throttle = LoginThrottle()
        var now: Int64 = 0
        var delays: [Int64] = []
        for _ in 0..<14 {
            guard case .proceed(let delay) = throttle.begin(address: "192.0.2.1", name: nil, now: now) else {
                Issue.record("refused")
                return
            }
            delays.append(delay)
            throttle.end(address: "192.0.2.1", name: nil, succeeded: false, now: now)
            now += 1_000
        }
        #expect(delays == [0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000, 15000])
        #expect(throttle.begin(address: "192.0.2.2", name: nil, now: now) == .proceed(afterMilliseconds: 0))
        #expect(
            throttle.begin(address: "192.0.2.1", name: nil, now: now - 1_000 + 15 * 60_000)
                == .proceed(afterMilliseconds: 0))
    }

    @Test("Who attacks a name from everywhere slows its owner by 3 seconds at most, and never keeps them out")
    func names() {
        var throttle = LoginThrottle()
        for number in 0..<5_000 {
            let address = "10.\(number / 256 % 256).\(number % 256).1"
            _ = throttle.begin(address: address, name: "alice", now: 0)
            throttle.end(address: address, name: "ALICE", succeeded: false, now: 0)
        }
        #expect(throttle.begin(address: "192.0.2.1", name: "Alice", now: 0) == .proceed(afterMilliseconds: 3_000))
        throttle.end(address: "192.0.2.1", name: "alice", succeeded: true, now: 0)
        #expect(throttle.begin(address: "192.0.2.1", name: "alice", now: 0) == .proceed(afterMilliseconds: 0))
    }

    @Test("Signing in right between guesses does not forgive the address")
    func notForgiven() {
        var throttle = LoginThrottle()
        for _ in 0..<6 {
            _ = throttle.begin(address: "192.0.2.1", name: "alice", now: 0)
            throttle.end(address: "192.0.2.1", name: "alice", succeeded: false, now: 0)
            _ = throttle.begin(address: "192.0.2.1", name: "mallory", now: 0)
            throttle.end(address: "192.0.2.1", name: "mallory", succeeded: true, now: 0)
        }
        #expect(throttle.begin(address: "192.0.2.1", name: "mallory", now: 0) == .proceed(afterMilliseconds: 2_000))
    }

    @Test("An address has few attempts at once, counted by its IPv6 network")
    func pending() {
        var throttle = LoginThrottle()
        for number in 0..<8 {
            #expect(
                throttle.begin(address: "2001:db8:1:2::\(number)", name: nil, now: 0) == .proceed(afterMilliseconds: 0))
        }
        #expect(
            throttle.begin(address: "2001:db8:1:2:ffff::1", name: nil, now: 0)
                == .refuse(retryAfterMilliseconds: 1_000))
        #expect(throttle.begin(address: "2001:db8:1:3::1", name: nil, now: 0) == .proceed(afterMilliseconds: 0))
        throttle.end(address: "2001:db8:1:2::1", name: nil, succeeded: nil, now: 0)
        #expect(throttle.begin(address: "2001:db8:1:2::9", name: nil, now: 0) == .proceed(afterMilliseconds: 0))
    }

    @Test("However many addresses and names come, little is remembered")
    func bounded() {
        var limits = LoginThrottle.Limits()
        limits.maxRemembered = 100
        var throttle = LoginThrottle(limits: limits)
        var limiter = RequestLimiter(
            limits: {
                var l = RequestLimiter.Limits()
                l.maxAddresses = 100
                return l
            }())
        for number in 0..<20_000 {
            let address = "10.\(number / 65_536).\(number / 256 % 256).\(number % 256)"
            let name = "name\(number)" + String(repeating: "x", count: number % 200)
            _ = throttle.begin(address: address, name: name, now: 0)
            throttle.end(address: address, name: name, succeeded: false, now: 0)
            _ = limiter.admit(address: address, now: 0)
        }
        #expect(throttle.remembered <= 400)
        #expect(limiter.count <= 200)
    }

    // MARK: Requests

    @Test("An address may burst, then goes on at its rate, and others are not touched")
    func requests() {
        var limits = RequestLimiter.Limits()
        limits.perSecond = 10
        limits.burst = 5
        var limiter = RequestLimiter(limits: limits)
        for _ in 0..<5 { #expect(limiter.admit(address: "192.0.2.1", now: 0) == .allow) }
        #expect(limiter.admit(address: "192.0.2.1", now: 0) == .refuse(retryAfterMilliseconds: 100))
        #expect(limiter.admit(address: "::ffff:192.0.2.1", now: 0) == .refuse(retryAfterMilliseconds: 100))
        #expect(limiter.admit(address: "192.0.2.2", now: 0) == .allow)
        #expect(limiter.admit(address: "192.0.2.1", now: 99) == .refuse(retryAfterMilliseconds: 1))
        #expect(limiter.admit(address: "192.0.2.1", now: 100) == .allow)
        #expect(limiter.admit(address: "192.0.2.1", now: 50) == .refuse(retryAfterMilliseconds: 100))
        var admitted = 0
        for step in 1...1_000 where limiter.admit(address: "192.0.2.1", now: 100 + Int64(step) * 10) == .allow {
            admitted += 1
        }
        #expect((95...106).contains(admitted))
    }

    @Test("Addresses are counted by what one attacker can hold")
    func addressKeys() {
        #expect(AddressKey("192.0.2.1") != AddressKey("192.0.2.2"))
        #expect(AddressKey("192.0.2.1") == AddressKey("::ffff:192.0.2.1"))
        #expect(AddressKey("2001:db8::1") == AddressKey("[2001:DB8:0:0:1::]"))
        #expect(AddressKey("2001:db8::1") != AddressKey("2001:db8:0:1::1"))
        #expect(AddressKey("fe80::1%eth0") == AddressKey("fe80::2"))
        #expect(AddressKey(String(repeating: "x", count: 100)) == AddressKey(String(repeating: "x", count: 64)))
    }

    // MARK: Headers

    @Test("The session cookie is found among others, and two different ones are none")
    func cookies() {
        let found: [(String, String?)] = [
            ("cloudflux_session=abc", "abc"), ("a=b; cloudflux_session=abc; c=d", "abc"),
            ("a=b;cloudflux_session=abc", "abc"),
            ("cloudflux_session=abc ; x", "abc"), ("cloudflux_session=a=b", "a=b"), ("cloudflux_session=", ""),
            ("cloudflux_session=abc; cloudflux_session=abc", "abc"),
            ("cloudflux_session=abc; cloudflux_session=def", nil),
            ("cloudflux_session=abc; cloudflux_session=", nil), ("", nil), (";;;", nil), ("cloudflux_session", nil),
            ("xcloudflux_session=abc", nil), ("cloudflux_sessionx=abc", nil), ("Cloudflux_Session=abc", nil),
            ("a=cloudflux_session=abc", nil), (String(repeating: "a=b;", count: 5_000) + "cloudflux_session=abc", nil),
        ]
        for (header, value) in found {
            #expect(SessionCookie.value(in: header)?.reveal() == value, "\(header.prefix(80))")
        }
        #expect(
            SessionCookie.clearing(secure: false) == "cloudflux_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
    }

    @Test("The bearer token is found in its header only")
    func bearer() {
        let found: [(String, String?)] = [
            ("Bearer abc", "abc"), ("bearer   abc  ", "abc"), ("BEARER abc", "abc"), ("Bearer", nil), ("Bearer ", nil),
            ("", nil),
            ("Basic abc", nil), ("Bearerabc", nil), (" Bearer", nil),
            ("Bearer " + String(repeating: "a", count: 4_000), nil),
        ]
        for (header, value) in found {
            #expect(AccessToken.bearer(in: header)?.reveal() == value, "\(header.prefix(80))")
        }
        #expect(!AccessToken.isWellFormed(""))
        let good = AccessToken.make().text.reveal()
        #expect(AccessToken.isWellFormed(good))
        for bad in [
            good + "a", String(good.dropLast()), good.uppercased(), "cfy" + good.dropFirst(3), good.dropLast() + "1",
            good.dropLast() + "é",
        ] {
            #expect(!AccessToken.isWellFormed(bad))
        }
    }

    @Test("Random cookies, tokens, tickets, names and passwords are refused and break nothing")
    func fuzz() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let folder = try TestFolder()
        let access = try await AccessControl.withAlice(folder, clock: TestClock())
        let signedIn = try await access.loginAlice(issueToken: true)
        let cookie = signedIn.cookie.reveal()
        let token = try #require(signedIn.accessToken).reveal()
        let letters = "cloudflux_session=;, \t\"\u{0}\r\né🙂cfx_abBearer2"
        func mutated(_ text: String) -> String {
            var scalars = Array(text.unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: scalars.remove(at: index)
                case 1: scalars.insert(Array(letters.unicodeScalars).randomElement(using: &random) ?? "x", at: index)
                default: scalars[index] = Array(letters.unicodeScalars).randomElement(using: &random) ?? "x"
                }
            }
            return String(String.UnicodeScalarView(scalars))
        }
        for _ in 0..<5_000 {
            let header =
                Bool.random(using: &random)
                ? random.text(upTo: 80, of: letters) : mutated("a=b; cloudflux_session=\(cookie)")
            if let value = SessionCookie.value(in: header), value.reveal() != cookie {
                #expect((try? access.authenticate(.session(value))) == nil, "seed \(seed)")
            }
            let authorization =
                Bool.random(using: &random) ? random.text(upTo: 80, of: letters) : mutated("Bearer \(token)")
            if AccessToken.bearer(in: authorization)?.reveal() != token {
                #expect((try? access.authenticate(authorization: authorization, cookie: nil)) == nil, "seed \(seed)")
            }
            #expect((try? access.redeemTicket(Secret(random.text(upTo: 50, of: letters)))) == nil, "seed \(seed)")
            let name = random.text(upTo: 70, of: letters)
            if AccountName.isValid(name) { #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "seed \(seed)") }
            try? PasswordPolicy.check(Secret(random.text(upTo: 30, of: letters)), for: name)
            _ = PasswordHash(text: random.text(upTo: 90, of: "scrypt$15,83abcAB-_"))
        }
        for _ in 0..<30 {
            let name = random.text(upTo: 70, of: letters)
            let password = Secret(random.text(upTo: 30, of: letters))
            // From ever new addresses, so that nothing has to wait.
            let address = "10.9.\(Int.random(in: 0...255, using: &random)).\(Int.random(in: 0...255, using: &random))"
            let refused = await #expect(throws: AccessError.self, "seed \(seed)") {
                _ = try await access.login(username: name, password: password, address: address)
            }
            #expect(refused?.code == .wrongPassword, "seed \(seed)")
        }
    }

    // MARK: Passwords

    @Test("A hash is salted, round-trips as text, and matches its password alone")
    func passwordHash() throws {
        let cost = PasswordCost(logRounds: 4, blockSize: 8, parallelism: 1)
        let bytes = Array("correct horse".utf8)
        let first = try PasswordHash(password: bytes, cost: cost)
        let second = try PasswordHash(password: bytes, cost: cost)
        #expect(first.salt != second.salt)
        #expect(first.hash != second.hash)
        let read = try #require(PasswordHash(text: first.text))
        #expect(read == first)
        #expect(try read.matches(bytes))
        #expect(try !read.matches(Array("correct horsf".utf8)))
        #expect(try !read.matches([]))
        for damaged in [
            "", "scrypt", "scrypt$4,8,1$$", "scrypt$4,8$" + first.text.dropFirst(13),
            "scrypt$40,8,1" + first.text.dropFirst(12), "scrypt$20,32,1" + first.text.dropFirst(12), first.text + "A",
            "bcrypt" + first.text.dropFirst(6),
        ] {
            #expect(PasswordHash(text: damaged) == nil, "\(damaged)")
        }
    }

    @Test("The derivation is scrypt as RFC 7914 defines it")
    func rfcVector() throws {
        let hash = try PasswordHash(
            password: Array("pleaseletmein".utf8), cost: PasswordCost(logRounds: 14, blockSize: 8, parallelism: 1),
            salt: Array("SodiumChloride".utf8))
        let hex = hash.hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")
    }

    @Test("The standard cost takes 32 MiB and is one that is accepted again")
    func standardCost() {
        let cost = PasswordCost.standard
        #expect((128 * cost.blockSize) << cost.logRounds == 32 << 20)
        #expect(cost.isAcceptable)
    }
}
