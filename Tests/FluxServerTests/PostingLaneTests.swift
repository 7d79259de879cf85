import FluxAccess
import FluxEvents
import FluxLog
import NIOCore
import Testing

@testable import FluxServer

/// Connections that post: what many short requests on one of them are answered, whatever the order in which things come.
@Suite struct PostingLaneTests {
    private let path = "/api/stream/events"

    private func post(
        _ server: ServerUnderTest, _ body: String, type: String = "application/json", more: String = ""
    ) -> String {
        let (name, value) = server.bearer(.ingest)
        return "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\nContent-Type: \(type)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\(more)\r\n" + body
    }

    private func event(_ n: Int) -> String { #"{"id":"e\#(n)","type":"com.example.lane","data":{"n":\#(n)}}"# }

    private func recorded(_ server: ServerUnderTest) async throws -> [Int64] {
        let list = try await server.ask("GET", path + "?order=asc&limit=1000&type=com.example.lane").json
        return list["events"]?.elements.compactMap { $0["data"]?["n"]?.int64 } ?? []
    }

    @Test func pipelinedPostsAreAnsweredInTheirOrder() async throws {
        try await ServerUnderTest.run { server async throws in
            let text = (0..<300).map { post(server, event($0)) }.joined()
            let last = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            let answers = try Answers(try await server.http.exchange(Array((text + last).utf8)))
            #expect(answers.statuses == Array(repeating: 202, count: 300) + [200])
            #expect(answers.bodies.prefix(300).map { $0["events"]?[0]?["id"]?.string } == (0..<300).map { "e\($0)" })
            #expect(try await recorded(server) == Array(0..<300))
        }
    }

    @Test func aPostIsAnsweredTheSameOnEitherWay() async throws {
        try await ServerUnderTest.run { server async throws in
            // The first of a connection that goes on, and one that ends it.
            let wire = try await Wire(port: server.http.port)
            wire.send(post(server, event(1)))
            let quick = try RawHTTP.parse(Array(try await wire.until("]}").utf8))
            let ordinary = try RawHTTP.parse(
                try await server.http.exchange(Array(post(server, event(2), more: "Connection: close\r\n").utf8)))
            #expect(quick.status == 202 && ordinary.status == 202)
            let leftOut: Set<String> = ["x-request-id", "date", "connection", "content-length"]
            func fields(_ answer: HTTPAnswer) -> [String: String] {
                answer.headers.reduce(into: [:]) {
                    $0[$1.0.lowercased()] = leftOut.contains($1.0.lowercased()) ? "" : $1.1
                }
                .filter { $0.key != "connection" }
            }
            #expect(fields(quick) == fields(ordinary))
            #expect(quick[header: "X-Request-Id"]?.count == ordinary[header: "X-Request-Id"]?.count)
        }
    }

    /// Events as clients write them, each posted on both ways: with an id of its own, `ID` in the text.
    @Test func eventsOfAnyShapeAreTheSameOnEitherWay() async throws {
        let bodies = [
            #"{"id":"ID","type":"com.example.lane","data":{"n":1}}"#,
            #"[{"id":"ID0","type":"com.example.lane","data":{}},{"id":"ID1","type":"com.example.lane","data":[1,"é"]}]"#,
            #" { "data" : { "a b" : [ 1 , 2.50 , null ] } , "id" : "ID" , "type" : "com.example.lane" } "#,
            #"{"id":"ID","type":"com.example.lane","source":"/jobs/x","correlation_id":"c","timestamp":"2026-11-23T06:11:20.5+01:00","data":"\u00e9\n"}"#,
            #"{"id":"ID","type":"com.example.lane","data":{"provider":"s3","bucket":"b","file_name":"f.txt"}}"#,
            #"{"id":"ID","type":"com.example.lane","data":{"store_id":"st_1"}}"#,
            #"{"id":"ID-é","type":"com.example.lane","source":null,"data":null}"#,
            #"[{"id":"ID","type":"com.example.lane","data":1},{"id":"ID","type":"com.example.lane","data":2}]"#,
        ]
        try await ServerUnderTest.run { server async throws in
            let wire = try await Wire(port: server.http.port)
            for (number, body) in bodies.enumerated() {
                var answers: [JSONValue] = []
                var kept: [[Event]] = []
                for way in ["quick", "ordinary"] {
                    let text = body.replacing("ID", with: "\(way)-\(number)")
                    let head = server.events.bounds().head
                    if way == "quick" {
                        wire.send(post(server, text))
                        answers.append(try RawHTTP.parse(Array(try await wire.until("]}").utf8)).json)
                    } else {
                        let bytes = Array(post(server, text, more: "Connection: close\r\n").utf8)
                        answers.append(try RawHTTP.parse(try await server.http.exchange(bytes)).json)
                    }
                    let records = try await server.events.read(from: head, maxBytes: 1 << 20).records
                    kept.append(
                        try records.map {
                            var event = try Event(record: $0.record)
                            #expect(event.id.hasPrefix(way))
                            event.id = ""
                            if !body.contains("timestamp") { event.time = Timestamp(milliseconds: 0) }
                            return event
                        })
                }
                #expect(kept[0] == kept[1] && !kept[0].isEmpty, "\(body)")
                for name in ["accepted", "duplicates"] {
                    #expect(answers[0][name]?.int64 == answers[1][name]?.int64, "\(body)")
                }
                let ids = answers.map { $0["events"]?.elements.compactMap { $0["id"]?.string } ?? [] }
                #expect(ids[0].map { $0.replacing("quick", with: "ordinary") } == ids[1], "\(body)")
            }
        }
    }

    @Test func whatCannotBeTakenIsRefusedInItsTurnAndWhatFollowsGoesOn() async throws {
        try await ServerUnderTest.run { server async throws in
            let text =
                post(server, event(0)) + post(server, #"{"data":{}}"#) + post(server, event(1))
                + post(server, "[]") + post(server, event(0)) + post(server, event(2), type: "text/plain")
                + post(server, event(3), more: "Connection: close\r\n")
            let answers = try Answers(try await server.http.exchange(Array(text.utf8)))
            #expect(answers.statuses == [202, 422, 202, 202, 202, 415, 202])
            #expect(answers.bodies[4]["duplicates"]?.int64 == 1)
            #expect(try await recorded(server) == [0, 1, 3])
        }
    }

    @Test func aBodyThatComesInPiecesIsTaken() async throws {
        try await ServerUnderTest.run { server async throws in
            let wire = try await Wire(port: server.http.port)
            for n in 0..<3 {
                let text = Array(post(server, event(n)).utf8)
                for piece in [text[..<40], text[40..<(text.count - 5)], text[(text.count - 5)...]] {
                    wire.send(Array(piece))
                    // So that the pieces do not come as one: not needed for the outcome.
                    try await Task.sleep(for: .milliseconds(20))
                }
                let answer = try await wire.until("]}")
                #expect(answer.hasPrefix("HTTP/1.1 202"))
            }
            #expect(try await recorded(server) == [0, 1, 2])
        }
    }

    @Test func whoIsNotSignedInIsRefused() async throws {
        try await ServerUnderTest.run { server async throws in
            let body = event(0)
            func head(_ fields: String) -> String {
                "POST \(path) HTTP/1.1\r\n\(fields)Content-Type: application/json\r\nConnection: keep-alive\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            }
            let (name, ingest) = server.bearer(.ingest)
            let (_, read) = server.bearer(.read)
            for (fields, status) in [
                ("Host: 127.0.0.1\r\n", 401), ("Host: 127.0.0.1\r\n\(name): \(read)\r\n", 403),
                ("Host: evil.example\r\n\(name): \(ingest)\r\n", 403), ("\(name): \(ingest)\r\n", 400),
                ("Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n\(name): \(ingest)\r\n", 403),
                ("Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n\(name): \(ingest)\r\n", 400),
            ] {
                let last = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                let answers = try Answers(try await server.http.exchange(Array((head(fields) + last).utf8)))
                #expect(answers.statuses.first == status, "\(fields)")
            }
            #expect(try await recorded(server).isEmpty)
        }
    }

    @Test func malformedBytesBehindAPostAreA400() async throws {
        try await ServerUnderTest.run { server async throws in
            let answers = try Answers(
                try await server.http.exchange(Array((post(server, event(0)) + "\u{1}\u{2} nonsense\r\n\r\n").utf8)))
            #expect(answers.statuses == [202, 400])
            #expect(try await recorded(server) == [0])
        }
    }

    @Test func postsAreCountedLikeAllRequests() async throws {
        try await ServerUnderTest.run { server async throws in
            let last = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            _ = try await server.http.exchange(
                Array(((0..<5).map { post(server, event($0)) }.joined() + last).utf8))
            let metrics = try await server.ask("GET", "/metrics", as: .read).text
            #expect(
                metrics.contains(
                    #"cloudflux_http_requests_total{method="POST",route="/api/stream/events",status="202"} 5"#),
                "\(metrics.split(separator: "\n").filter { $0.contains("requests_total") })")
        }
    }

    @Test func anIdlePosterIsClosedAndABusyOneIsNot() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.idleTimeout = .seconds(3) }) { server async throws in
            let wire = try await Wire(port: server.http.port)
            for n in 0..<6 {
                wire.send(post(server, event(n)))
                _ = try await wire.until("]}")
                try await Task.sleep(for: .milliseconds(700))
            }
            // Reads to the end, which comes when it has been idle.
            let begin = ContinuousClock.now
            _ = try await wire.rest()
            #expect(ContinuousClock.now - begin < .seconds(15))
            #expect(try await recorded(server) == Array(0..<6))
        }
    }
}

/// The answers on one connection, one behind the other.
private struct Answers {
    var statuses: [Int] = []
    var bodies: [JSONValue] = []

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            let lines = head.split(separator: "\r\n")
            let length =
                lines.first { $0.lowercased().hasPrefix("content-length:") }.flatMap {
                    Int($0.split(separator: ":")[1].trimmingPrefix(" "))
                } ?? 0
            statuses.append(Int(lines[0].split(separator: " ")[1]) ?? 0)
            let body = Array(rest[end.upperBound...].prefix(length))
            bodies.append(try JSONDocument.parse(.init(bytes: body.isEmpty ? Array("null".utf8) : body)).root)
            rest = rest[end.upperBound...].dropFirst(length)
        }
    }
}
