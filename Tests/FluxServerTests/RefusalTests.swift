import FluxAccess
import FluxEvents
import FluxLive
import NIOCore
import NIOHTTP1
import Testing

@testable import FluxServer

/// Every refusal looks the same, wherever in the server it is made.
@Suite struct RefusalTests {
    private func check(_ answer: HTTPAnswer, _ status: Int, _ code: String, _ what: String) throws {
        #expect(answer.status == status, "\(what): \(answer.text)")
        #expect(answer[header: "Content-Type"] == "application/problem+json", "\(what)")
        let json = try answer.json
        #expect(json["type"]?.string == "urn:cloudflux:problem:" + code, "\(what): \(answer.text)")
        #expect(json["status"]?.int64 == Int64(status), "\(what)")
        #expect(json["code"]?.string == code, "\(what)")
        #expect(json["title"]?.string?.isEmpty == false && json["detail"]?.string?.isEmpty == false, "\(what)")
        #expect(json["request_id"]?.string?.count == 16, "\(what)")
        #expect(json["request_id"]?.string == answer[header: "X-Request-Id"], "\(what)")
        for field in [
            "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
            "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy",
        ] {
            #expect(answer[header: field] != nil, "\(what): no \(field)")
        }
        #expect(answer[header: "Cache-Control"] == "no-store", "\(what)")
    }

    private func shake(
        _ server: ServerUnderTest, _ headers: [(String, String)], version: String = "13"
    ) async throws -> HTTPAnswer {
        let text = RawSocket.handshake(port: server.http.port, headers: headers, version: version)
        return try RawHTTP.parse(try await server.http.exchange(Array(text.utf8)))
    }

    @Test func handshakesAndStreamsAreRefusedAsEverythingElse() async throws {
        try await ServerUnderTest.run(streams: StreamTweak { $0.maxConnections = 1 }) { server async throws in
            let reader = server.bearer(.read)
            let stranger = try await shake(server, [])
            try check(stranger, 401, "not_signed_in", "a stranger's handshake")
            #expect(stranger[header: "WWW-Authenticate"] != nil)
            try check(try await shake(server, [server.bearer(.ingest)]), 403, "scope", "a handshake without the scope")
            try check(
                try await shake(server, [reader, ("Origin", "http://evil.example")]), 403, "foreign_origin",
                "a foreign handshake")
            let old = try await shake(server, [reader], version: "8")
            try check(old, 426, "upgrade_required", "an old version")
            #expect(old[header: "Sec-WebSocket-Version"] == "13")
            try check(
                try await shake(server, [reader, ("Content-Length", "5")]), 400, "bad_handshake",
                "a handshake with a body")
            try check(
                try await shake(server, [reader, ("Transfer-Encoding", "chunked")]), 400, "bad_handshake",
                "a handshake with a body of any length")
            let long = try RawHTTP.parse(
                try await server.http.exchange(
                    Array(("GET / HTTP/1.1\r\nX: " + String(repeating: "y", count: 40_000) + "\r\n\r\n").utf8)))
            try check(long, 431, "header_too_large", "a large header")
            #expect(try long.json["detail"]?.string?.contains("32768 bytes") == true)
            try check(
                try RawHTTP.parse(try await server.http.exchange(Array("NONSENSE\r\n\r\n".utf8))), 400, "not_http",
                "nonsense")
            for (what, target, headers) in [
                ("an unknown parameter", "/api/stream/live?form=latest", []),
                ("a bad last event", "/api/stream/live", [("Last-Event-ID", "nonsense")]),
            ] as [(String, String, [(String, String)])] {
                let answer = try await server.ask("GET", target, as: .read, headers: headers)
                try check(answer, 400, try answer.json["code"]?.string ?? "", what)
            }
            let filter = try await server.ask("GET", "/api/stream/live?filter=zzzz:x", as: .read)
            try check(filter, 400, "bad_filter", "a bad filter")
            #expect(try filter.json["position"]?.int64 == 0 && filter.json["suggestion"] != nil)
            // One stream is the limit here.
            let socket = try await RawSocket(server, headers: [reader])
            #expect(try await socket.message()?["type"]?.string == "connection")
            let full = try await shake(server, [reader])
            try check(full, 503, "too_many_streams", "one WebSocket too many")
            #expect(full[header: "Retry-After"] == "30")
            let fullToo = try await server.ask("GET", "/api/stream/live", as: .read)
            try check(fullToo, 503, "too_many_streams", "one SSE stream too many")
            #expect(fullToo[header: "Retry-After"] == "30")
        }
    }

    @Test func aLaterRequestOfAConnectionIsRefusedAsTheFirst() async throws {
        try await ServerUnderTest.run { server async throws in
            let host = "Host: 127.0.0.1:\(server.http.port)\r\n"
            let (name, value) = server.bearer(.ingest)
            let post = "POST /api/stream/events HTTP/1.1\r\n\(host)\(name): \(value)\r\n"
            let long = "GET / HTTP/1.1\r\nX: " + String(repeating: "y", count: 40_000) + "\r\n\r\n"
            for (what, later, status, code) in [
                ("nonsense", "NONSENSE\r\n\r\n", 400, "not_http"),
                ("a large header", long, 431, "header_too_large"),
                ("a bad chunk", post + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n", 400, "not_http"),
            ] {
                let both = try await server.http.exchange(Array("GET /healthz HTTP/1.1\r\n\(host)\r\n\(later)".utf8))
                let text = String(decoding: both, as: UTF8.self)
                let second = try #require(text.firstRange(of: "HTTP/1.1 \(status)"), "\(what): \(text)")
                #expect(text.hasPrefix("HTTP/1.1 200"), "\(what)")
                try check(try RawHTTP.parse(Array(text[second.lowerBound...].utf8)), status, code, what)
            }
        }
    }

    @Test func ofSeveralHostsNoneCountsAndATargetsOwnHostGoesFirst() async throws {
        try await ServerUnderTest.run { server async throws in
            let ours = "127.0.0.1:\(server.http.port)"
            for (target, hosts, status) in [
                ("/healthz", [ours], 200), ("/api/openapi.json", [ours], 200),
                ("/api/openapi.json", [ours, "evil.example"], 400), ("/api/openapi.json", [ours, ours], 400),
                ("/api/openapi.json", [], 400), ("/healthz", [], 200),
                ("http://\(ours)/api/openapi.json", ["evil.example"], 200),
                ("http://evil.example/api/openapi.json", [ours], 403), ("http://evil.example", [ours], 403),
            ] as [(String, [String], Int)] {
                let fields = hosts.map { "Host: \($0)\r\n" }.joined()
                let text = "GET \(target) HTTP/1.1\r\n\(fields)Connection: close\r\n\r\n"
                let answer = try RawHTTP.parse(try await server.http.exchange(Array(text.utf8)))
                #expect(answer.status == status, "\(target) \(hosts)")
                if status == 400 { #expect(answer.text.contains("must have exactly one"), "\(answer.text)") }
            }
        }
    }

    @Test func aClientThatWaitsForItIsToldThatItsBodyIsWanted() async throws {
        try await ServerUnderTest.run { server async throws in
            let (name, value) = server.bearer(.ingest)
            let body = #"{"type":"com.example.waited","data":{}}"#
            func head(_ length: Int) -> String {
                "POST /api/stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n"
            }
            let wire = try await Wire(port: server.http.port)
            for _ in 0..<2 {
                wire.send(head(body.utf8.count))
                #expect(try await wire.until("\r\n\r\n").hasPrefix("HTTP/1.1 100"))
                wire.send(body)
                #expect(try await wire.until("\r\n\r\n").hasPrefix("HTTP/1.1 202"))
            }
            // Who announces too much is not asked for it.
            let large = try await Wire(port: server.http.port)
            large.send(head(1 << 40))
            #expect(try await large.until("\r\n\r\n").hasPrefix("HTTP/1.1 413"))
            let metrics = try await server.ask("GET", "/metrics", as: .read).text
            let counted =
                "cloudflux_http_requests_total{method=\"POST\",route=\"/api/stream/events\",status=\"413\"} 1"
            #expect(metrics.contains(counted), "\(metrics)")
        }
    }

    @Test func anOriginHasOurHostAndThePortThatItCameInAt() async throws {
        try await ServerUnderTest.run { server async throws in
            let port = server.http.port
            let table: [(host: String, origin: String, status: Int)] = [
                ("127.0.0.1:\(port)", "http://127.0.0.1:\(port)", 101),
                ("localhost:\(port)", "http://localhost:\(port)", 101),
                ("127.0.0.1:\(port)", "http://localhost:\(port)", 403),
                ("127.0.0.1:\(port)", "http://127.0.0.1:\(port + 1)", 403),
                // What the request itself says is not what we are.
                ("127.0.0.1:\(port + 1)", "http://127.0.0.1:\(port + 1)", 403),
                ("127.0.0.1", "http://127.0.0.1", 403), ("127.0.0.1:\(port)", "https://127.0.0.1:\(port)", 403),
                ("127.0.0.1:\(port)", "null", 403),
            ]
            for row in table {
                let headers = [("Host", row.host), ("Origin", row.origin)]
                if row.status == 101 {
                    let socket = try await RawSocket(server, headers: headers + [server.bearer(.read)])
                    #expect(try await socket.message()?["type"]?.string == "connection")
                } else {
                    let answer = try await shake(server, headers + [server.bearer(.read)])
                    #expect(answer.status == row.status, "\(row)")
                }
                let answer = try await server.ask("GET", "/api/auth/me", headers: headers)
                #expect(answer.status == (row.status == 101 ? 200 : 403), "\(row)")
            }
        }
        try await ServerUnderTest.run(configure: Tweak { $0.publicURL = "https://flux.example.com" }) {
            server async throws in
            let headers = [("Host", "flux.example.com"), ("Origin", "https://flux.example.com")]
            #expect(try await server.ask("GET", "/api/auth/me", headers: headers).status == 200)
        }
    }

    @Test func emptyValuesOfOptionalParametersCountAsNotGiven() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(3)
            let list = try await server.ask(
                "GET", "/api/stream/events?limit=50&cursor=&order=desc&filter=&type=&since=&until=&count=", as: .read)
            #expect(list.status == 200, "\(list.text)")
            #expect(try list.json["events"]?.count == 3 && list.json["total"]?.int64 == 3)
            let export = try await server.ask(
                "GET", "/api/stream/export?format=ndjson&filter=&since=&until=", as: .read)
            #expect(export.status == 200)
            #expect(try await server.ask("GET", "/api/objects?q=&cursor=&store=&deleted=", as: .read).status == 200)
            for bad in ["limit=", "order=", "since=%20", "count=2"] {
                #expect(try await server.ask("GET", "/api/stream/events?" + bad, as: .read).status == 400, "\(bad)")
            }
        }
    }

    @Test func theLinkToTheNextPageIsSpelledByUs() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(6, type: "com.example.a>b")
            let accept = ("Accept", "application/cloudevents-batch+json")
            let query = "limit=2&order=asc&filter=-type:\"x<>{}|^`\"+name:*+OR+has:type&c%75rsor="
            let first = try await server.ask("GET", "/api/stream/events?" + query, as: .read, headers: [accept])
            #expect(first.status == 200, "\(first.text)")
            let link = try #require(first[header: "Link"])
            #expect(link.hasPrefix("</api/stream/events?") && link.hasSuffix(">; rel=\"next\""))
            let target = String(link.dropFirst().prefix { $0 != ">" })
            #expect(target.utf8.allSatisfy { byte in "<>\"{}|^` ".utf8.allSatisfy { $0 != byte } }, "\(target)")
            #expect(target.ranges(of: "cursor=").count == 1)
            let second = try await server.ask("GET", target, as: .read, headers: [accept])
            #expect(second.status == 200, "\(second.text)")
        }
    }
}
