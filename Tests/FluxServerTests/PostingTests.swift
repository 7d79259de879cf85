import FluxAccess
import FluxEvents
import FluxLog
import Testing

@testable import FluxServer

@Suite struct PostingTests {
    private let path = "/api/stream/events"

    @Test func postedEventsAreAnsweredWithTheirPlaceAndCanBeRead() async throws {
        try await ServerUnderTest.run { server async throws in
            let answer = try await server.post(
                path, as: .ingest,
                #"[{"id":"a","type":"com.example.one","data":{"n":1}},{"type":"com.example.two","data":{"n":2}}]"#)
            #expect(answer.status == 202)
            let json = try answer.json
            #expect(json["accepted"]?.int64 == 2 && json["duplicates"]?.int64 == 0)
            #expect(json["events"]?[0]?["id"]?.string == "a")
            #expect(json["events"]?[0]?["offset"]?.int64 == 0)
            #expect(json["events"]?[1]?["offset"]?.int64 == 1)
            #expect(json["events"]?[1]?["id"]?.string?.hasPrefix("evt_") == true)
            let again = try await server.post(path, as: .ingest, #"{"id":"a","type":"com.example.one","data":{"n":1}}"#)
            #expect(again.status == 202)
            #expect(try again.json["duplicates"]?.int64 == 1)
            #expect(try again.json["events"]?[0]?["offset"]?.int64 == 0)
            let list = try await server.ask("GET", path + "?order=asc", as: .read).json
            #expect(list["events"]?.count == 2)
            #expect(list["events"]?[0]?["source"]?.string == "/clients/test-ingest")
            #expect(list["events"]?[0]?["data"]?["n"]?.int64 == 1)
        }
    }

    @Test func cloudEventsComeInAllThreeModes() async throws {
        try await ServerUnderTest.run { server async throws in
            let one = #"{"specversion":"1.0","id":"1","source":"/ci","type":"com.github.push","data":{"a":1}}"#
            #expect(try await server.post(path, type: "application/cloudevents+json; charset=utf-8", one).status == 202)
            let two = "[" + one.replacing("\"1\",\"source", with: "\"2\",\"source") + "]"
            #expect(try await server.post(path, type: "application/cloudevents-batch+json", two).status == 202)
            let binary = [
                ("ce-specversion", "1.0"), ("ce-id", "3"), ("ce-source", "/ci"), ("ce-type", "com.github.push"),
            ]
            #expect(try await server.post(path, headers: binary, #"{"a":3}"#).status == 202)
            let list = try await server.ask("GET", path + "?type=com.github.*&order=asc").json
            #expect(list["events"]?.elements.compactMap { $0["id"]?.string } == ["1", "2", "3"])
        }
    }

    @Test func whatIsNoEventIsRefusedWithTheRightStatus() async throws {
        try await ServerUnderTest.run(
            configure: Tweak { settings in
                settings.maxBodyBytes = 20_000
                settings.maxEventsPerRequest = 3
                settings.maxEventBytes = 1_000
            }
        ) { server async throws in
            let big = #"{"type":"com.example.a","data":{"x":""# + String(repeating: "y", count: 2_000) + #""}}"#
            let many =
                "[" + Array(repeating: #"{"type":"com.example.a","data":{}}"#, count: 4).joined(separator: ",") + "]"
            let table: [(type: String, body: String, scope: Scope, status: Int)] = [
                ("application/json", "{", .ingest, 400),
                ("application/json", #"{"type":"a","type":"b","data":{}}"#, .ingest, 400),
                (
                    "application/json", String(repeating: "[", count: 40) + String(repeating: "]", count: 40), .ingest,
                    400
                ),
                ("application/json", #"{"data":{}}"#, .ingest, 422), ("application/json", "17", .ingest, 422),
                ("application/json", #"{"type":"com.example.a","data":{},"wat":1}"#, .ingest, 422),
                (
                    "application/json", #"[{"type":"com.example.a","data":{}},{"type":"no good","data":{}}]"#, .ingest,
                    422
                ),
                ("application/json", "[]", .ingest, 202), ("application/json", big, .ingest, 413),
                ("application/json", many, .ingest, 413),
                ("application/json", String(repeating: " ", count: 20_001), .ingest, 413),
                ("text/plain", "hello", .ingest, 415), ("application/x-www-form-urlencoded", "a=b", .ingest, 415),
                (
                    "application/json",
                    #"{"type":"cloud.upload","data":{"file_name":"a","provider":"aws","bucket":"b"}}"#, .ingest, 403
                ),
                (
                    "application/json",
                    #"{"type":"cloud.upload","data":{"file_name":"a","provider":"aws","bucket":"b"}}"#, .admin, 202
                ), ("application/json", #"{"type":"cloud.upload","data":{"file_name":7}}"#, .admin, 422),
            ]
            for row in table {
                let answer = try await server.post(path, as: row.scope, type: row.type, row.body)
                #expect(answer.status == row.status, "\(row.type) \(row.body.prefix(80)): \(answer.text)")
                if answer.status != 202 { #expect(answer[header: "Content-Type"] == "application/problem+json") }
            }
            let refused = try await server.post(
                path, as: .ingest, #"[{"type":"com.example.a","data":{}},{"type":"no good","data":{}}]"#)
            #expect(try refused.json["index"]?.int64 == 1)
            #expect(try refused.json["pointer"]?.string == "/type")
            // All or nothing: of the refused requests nothing is there.
            let list = try await server.ask("GET", path).json
            #expect(list["total"]?.int64 == 1)
        }
    }

    @Test func aPackedBodyAndASlowOneAreRefused() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.bodyTimeout = .milliseconds(300) }) { server async throws in
            let packed = try await server.post(path, headers: [("Content-Encoding", "gzip")], "{}")
            #expect(packed.status == 415)
            let (name, value) = server.bearer(.ingest)
            let head =
                "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): \(value)\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100\r\n\r\n{"
            let slow = try RawHTTP.parse(try await server.http.exchange(Array(head.utf8)))
            #expect(slow.status == 408)
            #expect(slow[header: "Connection"] == "close")
        }
    }

    @Test func aStoppedLogIsA503() async throws {
        try await ServerUnderTest.run { server async throws in
            await server.log.close()
            let answer = try await server.post(path, #"{"type":"com.example.a","data":{}}"#)
            #expect(answer.status == 503)
            #expect(answer[header: "Retry-After"] != nil)
            let ready = try await server.ask("GET", "/readyz", as: nil)
            #expect(ready.status == 503)
            #expect(try await server.ask("GET", "/healthz", as: nil).status == 200)
        }
    }
}
