import FluxTesting
import Testing

@testable import FluxAccess

@Suite struct OriginPolicyTests {
    let local: OriginPolicy
    let proxied: OriginPolicy

    init() throws {
        local = try OriginPolicy(listenHost: "127.0.0.1", scheme: .http)
        proxied = try OriginPolicy(publicURL: "https://flux.example.com", listenHost: "0.0.0.0", scheme: .http)
    }

    @Test(
        "A Host that is ours is answered",
        arguments: [
            "127.0.0.1:8000", "127.0.0.1", "localhost:8000", "LOCALHOST:8000", "localhost", "localhost.:8000",
            "[::1]:8000", "[::1]",
            "192.168.1.7:8000", "[2001:db8::1]:8000", "[2001:DB8:0::1]", "10.0.0.1", "localhost:9000",
        ])
    func ours(host: String) {
        #expect(local.allows(host: host, origin: nil, path: "/api/stores") == .allow)
    }

    @Test(
        "A Host that is not ours is refused: rebinding, odd numbers, users, ports, junk",
        arguments: [
            "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "localhost..",
            "localhost.localdomain", "user@localhost", "localhost@evil.example", "127.0.0.1:8000@evil.example", "",
            " localhost", "localhost ", "localhost:", "localhost:0", "localhost:65536", "localhost:+80",
            "localhost:8000:80",
            "localhost:8O", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01", "127.0.0.1.",
            "127.0.0.256",
            "::1", "[::1", "[::1]x", "[::1]:", "[::1%lo]", "[localhost]", "[127.0.0.1]", "[]", "localhost/",
            "localhost\\",
            "local host", "localhost\u{0}", "localhost\r\nX: y", "lоcalhost", "ｌocalhost", "localhost,evil.example",
            "*", ".",
            "-", "flux.example.com", "0x7f.1", "1.2.3.4.5", "null",
        ])
    func foreign(host: String) {
        #expect(!local.allows(host: host, origin: nil, path: "/api/stores").isAllowed)
        #expect(!local.allows(host: host, origin: nil, path: "/").isAllowed)
        #expect(!local.allows(host: host, origin: nil, path: "/healthz/").isAllowed)
        #expect(!local.allows(host: host, origin: nil, path: "//healthz").isAllowed)
        #expect(local.allows(host: host, origin: nil, path: "/healthz").isAllowed)
        #expect(local.allows(host: host, origin: nil, path: "/readyz?verbose=1").isAllowed)
    }

    @Test("A very long Host is refused")
    func longHost() {
        #expect(!local.allows(host: String(repeating: "a.", count: 40_000), origin: nil, path: "/").isAllowed)
        #expect(!local.allows(host: "localhost" + String(repeating: ".", count: 300), origin: nil, path: "/").isAllowed)
    }

    @Test("No Host is refused, but for health checks")
    func noHost() {
        #expect(!local.allows(host: nil, origin: nil, path: "/").isAllowed)
        #expect(local.allows(host: nil, origin: nil, path: "/readyz").isAllowed)
    }

    @Test(
        "Our own pages' Origin is answered",
        arguments: [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"), ("localhost:8000", "http://localhost:8000"),
            ("LocalHost:8000", "HTTP://localhost:8000"), ("[::1]:8000", "http://[::1]:8000"),
            ("localhost", "http://localhost"),
            ("[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
            ("localhost:80", "http://localhost"), ("localhost:9000", "http://localhost:9000"),
        ])
    func ownOrigin(host: String, origin: String) {
        #expect(local.allows(host: host, origin: origin, path: "/ws/stream") == .allow)
    }

    @Test(
        "Another site's Origin is refused: scheme, host, port, null, junk",
        arguments: [
            "http://127.0.0.1:8001", "http://127.0.0.1", "https://127.0.0.1:8000", "http://localhost:8000", "null",
            "NULL", "",
            "http://evil.example", "http://127.0.0.1:8000.evil.example", "http://127.0.0.1:8000@evil.example",
            "http://evil.example@127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/x",
            "//127.0.0.1:8000",
            "127.0.0.1:8000", "http://", "http:127.0.0.1:8000", "ftp://127.0.0.1:8000", "file://",
            "http://127.0.0.1:08000x",
            "chrome-extension://abcdef", "http://127.0.0.1:8000 http://evil.example", "http://[::1]:8000",
            "http://[::ffff:127.0.0.1]:8000",
        ])
    func foreignOrigin(origin: String) {
        for path in ["/ws/stream", "/api/stores", "/", "/healthz"] {
            #expect(!local.allows(host: "127.0.0.1:8000", origin: origin, path: path).isAllowed)
        }
    }

    @Test("Behind a proxy the public URL is ours, also where the proxy names the upstream in Host")
    func publicURL() {
        for host in [
            "flux.example.com", "FLUX.example.com:443", "flux.example.com.", "127.0.0.1:8000", "localhost:8000",
        ] {
            #expect(proxied.allows(host: host, origin: "https://flux.example.com", path: "/ws/stream") == .allow)
        }
        #expect(proxied.allows(host: "flux.example.com", origin: "https://flux.example.com:443", path: "/") == .allow)
        #expect(proxied.isSecure)
        #expect(!local.isSecure)
    }

    @Test(
        "Behind a proxy neighbours of the public URL are not ours",
        arguments: [
            "http://flux.example.com", "https://flux.example.com:8443", "https://example.com",
            "https://www.flux.example.com",
            "https://flux.example.com.evil.example", "https://xflux.example.com", "null",
        ])
    func neighbours(origin: String) {
        #expect(!proxied.allows(host: "flux.example.com", origin: origin, path: "/ws/stream").isAllowed)
    }

    @Test("A health check with a foreign Host still has to have our Origin, or none")
    func healthOrigin() {
        #expect(!proxied.allows(host: "evil.example", origin: "http://evil.example", path: "/healthz").isAllowed)
        #expect(proxied.allows(host: "evil.example", origin: "https://flux.example.com", path: "/healthz").isAllowed)
    }

    @Test("What another site's page embeds is refused, a link to us is followed")
    func fetchMetadata() {
        func ask(_ site: String, _ mode: String?, _ dest: String?) -> Bool {
            local.allows(
                host: "127.0.0.1:8000", origin: nil, path: "/", fetchSite: site, fetchMode: mode, fetchDest: dest
            ).isAllowed
        }
        #expect(ask("same-origin", "cors", "empty"))
        #expect(ask("none", "navigate", "document"))
        #expect(ask("cross-site", "navigate", "document"))
        #expect(!ask("cross-site", "navigate", "iframe"))
        #expect(!ask("cross-site", "no-cors", "image"))
        #expect(!ask("same-site", "no-cors", "script"))
        #expect(!ask("Cross-Site", nil, nil))
    }

    @Test("A name to listen on is ours, the address that means all is not a name")
    func listenName() throws {
        let named = try OriginPolicy(listenHost: "flux.lan", scheme: .https)
        #expect(named.allows(host: "FLUX.lan:8000", origin: "https://flux.lan:8000", path: "/") == .allow)
        #expect(!named.allows(host: "flux.lan:8000", origin: "http://flux.lan:8000", path: "/").isAllowed)
        #expect(named.isSecure)
        let six = try OriginPolicy(listenHost: "::1", scheme: .http)
        #expect(six.allows(host: "[::1]:8000", origin: "http://[::1]:8000", path: "/") == .allow)
    }

    @Test(
        "A malformed public URL is refused at start",
        arguments: [
            "flux.example.com", "ftp://x.example", "https://", "https://a b", "https://u@x.example",
            "https://x.example?y", "https://x.example#y", "https://x.example:0", "https://x.example/flux",
            "https://x.example//",
        ])
    func badPublicURL(url: String) async throws {
        let error = try await accessError {
            _ = try OriginPolicy(publicURL: url, listenHost: "127.0.0.1", scheme: .http)
        }
        #expect(error.code == .configuration)
    }

    @Test("Random hosts and origins are never ours but by being ours")
    func fuzz() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            let host = random.text(upTo: 14, of: "localhst.:[]@/127%0x\u{0}é ")
            if local.allows(host: host, origin: nil, path: "/").isAllowed {
                let bare = host.lowercased()
                let isNamed = bare.hasPrefix("localhost")
                let isNumber = bare.first?.isNumber == true || bare.hasPrefix("[")
                #expect(isNamed || isNumber, "\(host) seed \(seed)")
            }
            let origin = random.text(upTo: 24, of: "htp:/localhost8.0@127")
            if local.allows(host: "localhost:8000", origin: origin, path: "/").isAllowed {
                #expect(origin.lowercased() == "http://localhost:8000", "\(origin) seed \(seed)")
            }
        }
    }

    @Test(
        "--auth none is refused on addresses that others reach, with words",
        arguments: [
            "0.0.0.0", "::", "[::]", "192.168.1.7", "flux.lan", "localhost.evil.example", "127.evil.example",
            "128.0.0.1", "", "[::ffff:10.0.0.1]",
        ])
    func listenRule(host: String) async throws {
        let error = try await accessError { try ListenRule.check(host: host, mode: .none) }
        #expect(error.code == .configuration)
        #expect(error.message.contains("--auth none"))
        try ListenRule.check(host: host, mode: .password)
        #expect(ListenRule.warning(host: host, mode: .password, behindTLS: false) != nil)
        #expect(ListenRule.warning(host: host, mode: .password, behindTLS: true) == nil)
    }

    @Test(
        "--auth none works on loopback",
        arguments: ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"])
    func loopback(host: String) throws {
        try ListenRule.check(host: host, mode: .none)
        #expect(ListenRule.warning(host: host, mode: .password, behindTLS: false) == nil)
    }
}
