import FluxAccess
import FluxEvents
import Testing

@testable import FluxServer

/// Saved filters and presets over the socket.
@Suite struct FilterRouteTests {
    private static let json = ("Content-Type", "application/json")

    /// Names and expressions of a list in the answer to `GET /api/filters`.
    private func pairs(_ answer: HTTPAnswer, _ list: String) throws -> [String] {
        try #require(try answer.json[list]).elements.map {
            "\($0["name"]?.string ?? "")=\($0["expression"]?.string ?? "")"
        }
    }

    @Test func aPersonKeepsFiltersWithTheSessionAndItsCSRFToken() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.access.users.add(name: "ada", password: Secret("correct horse battery"))
            let signIn = try await server.post(
                "/api/auth/login", as: nil, #"{"username":"ada","password":"correct horse battery"}"#)
            let csrf = try #require(try signIn.json["csrf_token"]?.string)
            let cookie = ("Cookie", String(try #require(signIn[header: "Set-Cookie"]).prefix { $0 != ";" }))
            let body = #"{"expression":"type:cloud.* size>1GB"}"#
            let refused = try await server.ask(
                "PUT", "/api/filters/Big", as: nil, headers: [cookie, Self.json], body: body)
            #expect(refused.status == 403)
            let mine = [cookie, ("X-CSRF-Token", csrf), Self.json]
            let made = try await server.ask("PUT", "/api/filters/Big%20%2F%20new", as: nil, headers: mine, body: body)
            #expect(made.status == 201)
            #expect(try made.json["name"]?.string == "Big / new")
            #expect(try made.json["changed_at"]?.string?.hasSuffix("Z") == true)
            let again = try await server.ask(
                "PUT", "/api/filters/big%20%2F%20new", as: nil, headers: mine, body: #"{"expression":"size>2GB"}"#)
            #expect(again.status == 200)
            let list = try await server.ask("GET", "/api/filters", as: nil, headers: [cookie])
            #expect(try pairs(list, "filters") == ["big / new=size>2GB"])
            #expect(try list.json["limit"]?.int64 == 100)
            let gone = try await server.ask("DELETE", "/api/filters/big%20%2F%20new", as: nil, headers: mine)
            #expect(gone.status == 204)
            let twice = try await server.ask("DELETE", "/api/filters/big%20%2F%20new", as: nil, headers: mine)
            #expect(twice.status == 404)
            #expect(try twice.json["code"]?.string == "not_found")
        }
    }

    @Test func anExpressionIsReadBeforeItIsKept() async throws {
        try await ServerUnderTest.run(authentication: .none) { server async throws in
            func keep(_ name: String, _ body: String) async throws -> HTTPAnswer {
                try await server.ask("PUT", "/api/filters/\(name)", as: nil, headers: [Self.json], body: body)
            }
            let bad = try await keep("a", #"{"expression":"sise>1GB"}"#)
            #expect(bad.status == 400)
            #expect(try bad.json["code"]?.string == "bad_filter")
            #expect(try bad.json["position"]?.int64 == 0)
            #expect(try bad.json["suggestion"]?.string == "size")
            #expect(try bad.json["pointer"]?.string == "/expression")
            let long = String(repeating: "x", count: 2049)
            for body in [
                #"{"expression":""}"#, #"{"expression":"  "}"#, #"{}"#, #"{"expression":1}"#, #"{"expresion":"a"}"#,
                #"{"expression":"\#(long)"}"#,
            ] {
                let answer = try await keep("a", body)
                #expect(answer.status == 422, "\(body.prefix(40))")
                #expect(answer[header: "Content-Type"] == "application/problem+json")
            }
            #expect(try await keep("a", "nonsense").status == 400)
            let huge = try await keep("a", #"{"expression":"\#(String(repeating: "x", count: 33_000))"}"#)
            #expect(huge.status == 413)
            #expect(try await keep("%20a", #"{"expression":"a"}"#).status == 422)
            #expect(try await keep(String(repeating: "n", count: 65), #"{"expression":"a"}"#).status == 400)
            #expect(try pairs(try await server.ask("GET", "/api/filters", as: nil), "filters") == [])
            // The one person there is without sign-in keeps what can be read.
            #expect(try await keep("since", #"{"expression":"time>now-1h"}"#).status == 201)
            #expect(
                try pairs(try await server.ask("GET", "/api/filters", as: nil), "filters") == ["since=time>now-1h"])
        }
    }

    @Test func presetsOfTheSettingsAreOfferedToEverybodyWhoMayRead() async throws {
        let presets = [FilterPreset(name: "Removals", expression: "type:cloud.delete")]
        try await ServerUnderTest.run(configure: Tweak { $0.filterPresets = presets }) { server async throws in
            #expect(
                try pairs(try await server.ask("GET", "/api/filters", as: .read), "presets")
                    == ["Removals=type:cloud.delete"])
            #expect(try await server.ask("GET", "/api/filters", as: .ingest).status == 403)
            #expect(try await server.ask("GET", "/api/filters", as: nil).status == 401)
            // A token of nobody may read them, and keeps none of its own.
            let own = try await server.ask(
                "PUT", "/api/filters/a", as: .read, headers: [Self.json], body: #"{"expression":"a"}"#)
            #expect(own.status == 403)
            #expect(try own.json["code"]?.string == "no_person")
        }
    }
}
