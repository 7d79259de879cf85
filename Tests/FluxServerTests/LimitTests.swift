import FluxAccess
import FluxEvents
import Glibc
import NIOCore
import ServiceLifecycle
import Testing

@testable import FluxServer

/// The limits of `ServerConfiguration` that no other suite reaches.
@Suite struct LimitTests {
    @Test func connectionsBeyondTheLimitAreClosedAtOnce() async throws {
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.maxConnections = 1
                $0.spareConnections = 2
            }
        ) { server async throws in
            var open: [Wire] = []
            for _ in 0..<3 { open.append(try await Wire(port: server.http.port)) }
            for wire in open { wire.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") }
            for wire in open { _ = try await wire.until("\"status\":\"ok\"") }
            let extra = try await Wire(port: server.http.port)
            #expect(try await extra.some().isEmpty)
            open.removeLast()
            // A place that is free again is given again.
            #expect(
                try await eventually {
                    (try? await server.ask("GET", "/healthz", as: nil).status) == 200
                })
        }
    }

    @Test func slowHeadersAndIdleConnectionsAreClosed() async throws {
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.headerTimeout = .seconds(2)
                $0.idleTimeout = .seconds(2)
            }
        ) { server async throws in
            for start in ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
                let wire = try await Wire(port: server.http.port)
                wire.send(start)
                #expect(try await wire.some().isEmpty, "\(start)")
            }
            let idle = try await Wire(port: server.http.port)
            idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await idle.until("\"status\":\"ok\"")
            #expect(try await idle.rest().isEmpty)
            #expect(
                try await server.ask("GET", "/metrics").text.contains(
                    "cloudflux_http_connections_cut_total{reason=\"header_timeout\"} 2\n"))
        }
    }

    @Test func aHeaderOverTheLimitIsRefused() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.maxHeaderBytes = 2_000 }) { server async throws in
            func ask(_ count: Int) async throws -> HTTPAnswer {
                try await server.ask(
                    "GET", "/healthz", as: nil, headers: [("X-Long", String(repeating: "x", count: count))])
            }
            #expect(try await ask(1_500).status == 200)
            let refused = try await ask(2_100)
            #expect(refused.status == 431)
            #expect(try refused.json["detail"]?.string?.contains("2000 bytes") == true)
            #expect(
                try await server.ask("GET", "/metrics").text.contains(
                    "cloudflux_http_connections_cut_total{reason=\"refused\"} 1\n"))
        }
    }

    @Test func onlySoManySimulationsRunAtATime() async throws {
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.maxSimulations = 1
                $0.retryAfterSeconds = 7
                $0.maxExports = 0
            }
        ) { server async throws in
            let slow = #"{"objects":100}"#
            try await server.fillObjects(5)
            #expect(try await server.post("/api/stream/simulate", as: .ingest, slow).status == 200)
            let second = try await server.post("/api/stream/simulate", as: .ingest, slow)
            #expect(second.status == 409)
            #expect(try second.json["code"]?.string == "too_many_simulations")
            #expect(try await server.ask("GET", "/api/stream/export", as: .read)[header: "Retry-After"] == "7")
        }
    }

    @Test func strangersAreLetInAgainAtTheirRate() async throws {
        try await ServerUnderTest.run(
            configure: Tweak {
                $0.requestBurst = 1
                // So slow that a busy machine asks twice before the next one is let in.
                $0.requestsPerSecond = 0.5
            }
        ) { server async throws in
            #expect(try await server.ask("GET", "/api/stores", as: nil).status == 401)
            #expect(
                try await eventually {
                    let answer = try await server.ask("GET", "/api/stores", as: nil)
                    let wait = answer[header: "Retry-After"].flatMap { Int($0) } ?? 0
                    return answer.status == 429 && (1...2).contains(wait)
                })
            #expect(try await eventually { try await server.ask("GET", "/api/stores", as: nil).status == 401 })
            // A handshake counts by its address like any request.
            let text = RawSocket.handshake(port: server.http.port)
            #expect(
                try await eventually {
                    let bytes = try await server.http.exchange(Array(text.utf8))
                    return try RawHTTP.parse(bytes).status == 429
                })
        }
    }

    @Test func namesAndPasswordsAreShort() async throws {
        try await ServerUnderTest.run { server async throws in
            for path in ["/api/auth/login", "/api/auth/welcome"] {
                let long = #"{"username":"ada","password":""# + String(repeating: "x", count: 17 << 10) + #""}"#
                let whole = try await server.post(path, as: nil, long)
                #expect(whole.status == 413, "\(path)")
                #expect(!whole.text.contains("xxxx"))
                // A body whose length is not told is cut at the same place.
                let chunk = String(long.utf8.count, radix: 16) + "\r\n" + long + "\r\n0\r\n\r\n"
                let head =
                    "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                let chunked = try RawHTTP.parse(try await server.http.exchange(Array((head + chunk).utf8)))
                #expect(chunked.status == 413, "\(path)")
                // Within the body's limit, but too long for a password.
                let middle =
                    #"{"token":"t","username":"ada","password":""# + String(repeating: "x", count: 2_000) + #""}"#
                #expect(try await server.post(path, as: nil, middle).status == 422, "\(path)")
            }
        }
    }

    @Test func aQueryHasOnlySoManyParameters() async throws {
        try await ServerUnderTest.run { server async throws in
            let many = (0...QueryParameters.maximumItems).map { "a\($0)=1" }.joined(separator: "&")
            let answer = try await server.ask("GET", "/api/stream/live?" + many, as: .read)
            #expect(answer.status == 400)
            let same = Array(repeating: "limit=", count: 1) + Array(repeating: "", count: 200)
            #expect(try await server.ask("GET", "/api/stream/events?" + same.joined(separator: "&")).status == 400)
        }
    }

    @Test func theCountsAreWrittenInTime() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.statisticsInterval = .milliseconds(50) }) {
            server async throws in
            try await server.fill(3)
            #expect(try await eventually { access(server.directory + "/statistics.json", F_OK) == 0 })
        }
    }

    @Test func aStopEndsWithinItsTimeWhateverStillRuns() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.drainTimeout = .milliseconds(500) }) {
            server async throws in
            let (name, value) = server.bearer(.ingest)
            let wire = try await Wire(port: server.http.port)
            wire.send(
                "POST /api/stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            try await Task.sleep(for: .milliseconds(100))
            await server.group.triggerGracefulShutdown()
            // The rest of the body never comes, and the connection still ends.
            _ = try await wire.rest()
            #expect(try await eventually { !wire.isEstablished })
        }
    }
}
