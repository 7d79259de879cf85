import FluxAccess
import FluxEvents
import NIOCore
import Testing

@testable import FluxServer

@Suite struct GatewayTests {
    @Test func onlyOurHostsAndOriginsAreAnswered() async throws {
        try await ServerUnderTest.run { server async throws in
            let port = server.http.port
            let table: [(host: String, origin: String?, path: String, status: Int)] = [
                ("127.0.0.1:\(port)", nil, "/api/auth/me", 200), ("localhost:\(port)", nil, "/api/auth/me", 200),
                ("192.0.2.7:\(port)", nil, "/api/auth/me", 200), ("evil.example", nil, "/api/auth/me", 403),
                ("evil.example", nil, "/healthz", 200), ("evil.example", nil, "/readyz", 200),
                ("evil.example", nil, "/", 403), ("evil.example", nil, "/api/openapi.json", 403),
                ("127.0.0.1:\(port)", "http://127.0.0.1:\(port)", "/api/auth/me", 200),
                ("127.0.0.1:\(port)", "https://127.0.0.1:\(port)", "/api/auth/me", 403),
                ("127.0.0.1:\(port)", "http://127.0.0.1:1", "/api/auth/me", 403),
                ("127.0.0.1:\(port)", "null", "/api/auth/me", 403),
                ("127.0.0.1:\(port)", "http://evil.example", "/api/auth/me", 403),
            ]
            for row in table {
                let origin = row.origin.map { [("Origin", $0)] } ?? []
                let answer = try await server.ask("GET", row.path, headers: [("Host", row.host)] + origin)
                let status = row.path == "/" && row.status == 200 ? 404 : row.status
                #expect(answer.status == status, "\(row)")
            }
        }
    }

    @Test func withoutSignInOnlyTheOpenRoutesAnswer() async throws {
        try await ServerUnderTest.run { server async throws in
            for path in ["/healthz", "/readyz", "/api/openapi.json", "/api/schemas"] {
                #expect(try await server.ask("GET", path, as: nil).status == 200, "\(path)")
            }
            let closed = [
                "/api/stream/events", "/api/stream/export", "/api/stream/live", "/api/stream/stats",
                "/api/stream/rates", "/api/stores",
                "/api/objects", "/api/filters", "/api/auth/me", "/metrics", "/api/overview",
            ]
            for path in closed {
                let answer = try await server.ask("GET", path, as: nil)
                #expect(answer.status == 401, "\(path)")
                #expect(answer[header: "WWW-Authenticate"] != nil)
                #expect(answer[header: "Content-Type"] == "application/problem+json")
            }
            let bad = try await server.ask(
                "GET", "/api/stores", as: nil, headers: [("Authorization", "Bearer nonsense")])
            #expect(bad.status == 401)
        }
    }

    @Test func scopesAreHeldTo() async throws {
        try await ServerUnderTest.run { server async throws in
            #expect(try await server.ask("GET", "/api/stores", as: .read).status == 200)
            #expect(try await server.ask("GET", "/api/stores", as: .ingest).status == 403)
            let event = #"{"type":"com.example.a","data":{}}"#
            #expect(try await server.post("/api/stream/events", as: .read, event).status == 403)
            #expect(try await server.post("/api/stream/events", as: .ingest, event).status == 202)
            #expect(try await server.post("/api/stores", as: .read, #"{"url":"file:///x"}"#).status == 403)
        }
    }

    @Test func aSessionNeedsItsCSRFTokenToChangeAnything() async throws {
        try await ServerUnderTest.run { server async throws in
            let token = try await server.access.issueWelcome().reveal()
            let welcome = try await server.post(
                "/api/auth/welcome", as: nil,
                #"{"token":"\#(token)","username":"ada","password":"correct horse battery"}"#)
            #expect(welcome.status == 200)
            let cookie = try #require(welcome[header: "Set-Cookie"])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
            let session = ("Cookie", String(cookie.prefix { $0 != ";" }))
            let csrf = try #require(try welcome.json["csrf_token"]?.string)
            let me = try await server.ask("GET", "/api/auth/me", as: nil, headers: [session])
            #expect(me.status == 200)
            #expect(try me.json["csrf_token"]?.string == csrf)
            #expect(try me.json["user"]?["name"]?.string == "ada")
            let event = #"{"type":"com.example.a","data":{}}"#
            let table: [(headers: [(String, String)], status: Int)] = [
                ([session], 403), ([session, ("X-CSRF-Token", "wrong")], 403),
                ([session, ("X-CSRF-Token", csrf)], 202),
            ]
            for row in table {
                #expect(
                    try await server.post("/api/stream/events", as: nil, headers: row.headers, event).status
                        == row.status)
            }
            let ticket = try await server.ask(
                "POST", "/api/auth/ticket", as: nil, headers: [session, ("X-CSRF-Token", csrf)])
            #expect(try ticket.json["expires_in"]?.int64 == 60)
            let logout = try await server.ask(
                "POST", "/api/auth/logout", as: nil, headers: [session, ("X-CSRF-Token", csrf)])
            #expect(logout.status == 204)
            #expect(try await server.ask("GET", "/api/auth/me", as: nil, headers: [session]).status == 401)
            let wrong = try await server.post(
                "/api/auth/login", as: nil, #"{"username":"ada","password":"not this one"}"#)
            #expect(wrong.status == 401)
            #expect(!wrong.text.contains("not this one"))
            let again = try await server.post(
                "/api/auth/login", as: nil,
                #"{"username":"ada","password":"correct horse battery","issue_token":true}"#)
            #expect(again.status == 200)
            let bearer = try #require(try again.json["access_token"]?.string)
            let byToken = try await server.post(
                "/api/stream/events", as: nil, headers: [("Authorization", "Bearer \(bearer)")], event)
            #expect(byToken.status == 202)
        }
    }

    @Test func withoutAccountsEverybodyIsAdministratorAndForeignPagesStillNot() async throws {
        try await ServerUnderTest.run(authentication: .none) { server async throws in
            let event = #"{"type":"com.example.a","data":{}}"#
            #expect(try await server.post("/api/stream/events", as: nil, event).status == 202)
            let foreign = try await server.post(
                "/api/stream/events", as: nil, headers: [("Origin", "http://evil.example")], event)
            #expect(foreign.status == 403)
            let image = try await server.ask(
                "GET", "/api/stream/stats", as: nil,
                headers: [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")])
            #expect(image.status == 403)
        }
    }

    @Test func unknownRoutesMethodsAndParametersAreToldApart() async throws {
        try await ServerUnderTest.run { server async throws in
            #expect(try await server.ask("GET", "/api/nothing").status == 404)
            #expect(try await server.ask("POST", "/nothing", body: "").status == 404)
            let wrong = try await server.ask("PUT", "/api/stream/events", body: "")
            #expect(wrong.status == 405)
            #expect(wrong[header: "Allow"] == "GET, HEAD, POST")
            let later = try await server.ask("GET", "/api/ledger")
            #expect(later.status == 404)
            #expect(try later.json["code"]?.string == "later_version")
            #expect(later.text.contains("later version"))
            #expect(try await server.ask("GET", "/ws/stream").status == 426)
            let table: [(target: String, code: String, parameter: String)] = [
                ("/api/stream/events?limt=5", "unknown_parameter", "limt"),
                ("/api/stream/events?limit=0", "bad_parameter", "limit"),
                ("/api/stream/events?limit=1001", "bad_parameter", "limit"),
                ("/api/stream/events?limit=%2B5", "bad_parameter", "limit"),
                ("/api/stream/events?limit=5&limit=6", "repeated_parameter", "limit"),
                ("/api/stream/events?order=up", "bad_parameter", "order"),
                ("/api/stream/events?since=yesterday", "bad_parameter", "since"),
                ("/api/stream/events?cursor=nonsense", "bad_cursor", "cursor"),
                ("/api/stream/events?cursor=v1-1-e0-0", "foreign_cursor", "cursor"),
                ("/api/stream/events?filter=(type:x", "bad_filter", "filter"),
                ("/api/stream/events?filter=%FF", "bad_parameter", "filter"),
                ("/api/stream/live?form=latest", "unknown_parameter", "form"),
                ("/api/objects?sort=weight", "bad_parameter", "sort"),
                ("/api/stream/export?format=xml", "bad_parameter", "format"),
            ]
            for row in table {
                let answer = try await server.ask("GET", row.target)
                #expect(answer.status == 400, "\(row.target)")
                let json = try answer.json
                #expect(json["code"]?.string == row.code, "\(row.target): \(answer.text)")
                #expect(json["parameter"]?.string == row.parameter, "\(row.target)")
                #expect(json["status"]?.int64 == 400)
            }
            let suggestion = try await server.ask("GET", "/api/stream/events?limt=5")
            #expect(try suggestion.json["suggestion"]?.string == "limit")
            let filter = try await server.ask("GET", "/api/stream/events?filter=typ:cloud.upload")
            #expect(try filter.json["position"]?.int64 == 0)
            #expect(try filter.json["suggestion"]?.string == "type")
            let long = try await server.ask(
                "GET", "/api/stream/events?filter=" + String(repeating: "a", count: 17 << 10))
            #expect(long.status == 414)
        }
    }

    @Test func everyAnswerHasSecurityHeadersAndHeadWorks() async throws {
        try await ServerUnderTest.run { server async throws in
            for path in ["/healthz", "/api/stream/stats", "/api/nothing", "/"] {
                let answer = try await server.ask("GET", path)
                let policy = try #require(answer[header: "Content-Security-Policy"])
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("script-src 'self' 'unsafe"))
                #expect(answer[header: "X-Content-Type-Options"] == "nosniff")
                #expect(answer[header: "X-Request-Id"]?.count == 16)
                #expect(answer[header: "Cache-Control"] != nil)
            }
            let get = try await server.ask("GET", "/api/openapi.json")
            let head = try await server.ask("HEAD", "/api/openapi.json")
            #expect(head.status == 200)
            #expect(head.body.readableBytes == 0)
            #expect(head[header: "Content-Length"] == get[header: "Content-Length"])
            #expect(try await server.ask("HEAD", "/api/stream/export").status == 200)
            #expect(try await server.ask("HEAD", "/api/stream/live").status == 200)
        }
    }

    @Test func manyRequestsWithoutSignInAreSlowedDown() async throws {
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.requestBurst = 3
                $0.requestsPerSecond = 0.01
            }
        ) { server async throws in
            var statuses: [Int] = []
            for _ in 0..<5 { statuses.append(try await server.ask("GET", "/api/stores", as: nil).status) }
            #expect(statuses == [401, 401, 401, 429, 429])
            #expect(try await server.ask("GET", "/api/stores", as: .read).status == 200)
            #expect(try await server.ask("GET", "/healthz", as: nil).status == 200)
        }
    }
}
