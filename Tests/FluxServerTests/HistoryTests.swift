import FluxAccess
import FluxEvents
import FluxLog
import NIOCore
import Testing

@testable import FluxServer

@Suite struct HistoryTests {
    private let path = "/api/stream/events"

    /// Follows `next_cursor` to the end and returns the numbers of the events.
    private func walk(_ server: ServerUnderTest, _ query: String) async throws -> (numbers: [Int64], pages: Int) {
        var numbers: [Int64] = []
        var cursor = ""
        var pages = 0
        while true {
            let page = try await server.ask("GET", path + "?\(query)&cursor=\(cursor)", as: .read).json
            for event in page["events"]?.elements ?? JSONDocumentEmpty.elements {
                numbers.append(try #require(event["data"]?["n"]?.int64))
            }
            pages += 1
            guard let next = page["next_cursor"]?.string else { return (numbers, pages) }
            cursor = next
            try #require(pages < 1000)
        }
    }

    @Test func pagingGivesEveryEventOnceInBothOrders() async throws {
        try await ServerUnderTest.run { server async throws in
            // Inventory between them is left out, also of the total.
            for part in 0..<5 {
                try await server.fill(47, from: part * 47)
                try await server.fillInventory(part)
                try await server.fillInventory(part + 100)
            }
            let all = (0..<235).map { Int64($0) }
            for limit in [1, 7, 47, 235, 1000] {
                if limit == 1 { continue }
                let up = try await walk(server, "limit=\(limit)&order=asc")
                #expect(up.numbers == all, "limit \(limit)")
                let down = try await walk(server, "limit=\(limit)")
                #expect(down.numbers == all.reversed(), "limit \(limit)")
                // No empty page at the end.
                #expect(down.pages == (235 + limit - 1) / limit)
                #expect(up.pages == (235 + limit - 1) / limit)
            }
            let first = try await server.ask("GET", path + "?limit=3", as: .read).json
            #expect(first["total"]?.int64 == 235)
            #expect(first["limit"]?.int64 == 3)
            let inventory = try await server.ask("GET", path + "?filter=type:system.inventory&count=1", as: .read).json
            #expect(inventory["events"]?.count == 10)
            #expect(inventory["total"]?.int64 == 10)
        }
    }

    @Test func filtersTimesAndCountsAreExact() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(100, type: "com.example.a")
            try await server.fill(60, type: "com.example.b")
            let filtered = try await walk(server, "limit=9&type=com.example.b&order=asc")
            #expect(filtered.numbers == (0..<60).map { Int64($0) })
            let page = try await server.ask("GET", path + "?filter=data.n%3E=90", as: .read).json
            #expect(page["total"]?.isNull == true)
            #expect(page["events"]?.count == 10)
            let counted = try await server.ask("GET", path + "?filter=data.n%3E=50&count=1&limit=5", as: .read).json
            #expect(counted["total"]?.int64 == 60)
            // A time in the middle cuts the list in two that add up.
            try await Task.sleep(for: .milliseconds(5))
            let cut = Timestamp.now().rfc3339
            try await Task.sleep(for: .milliseconds(5))
            try await server.fill(30, type: "com.example.c")
            let before = try await server.ask("GET", path + "?until=\(cut)&count=1", as: .read).json
            let after = try await server.ask("GET", path + "?since=\(cut)&count=1", as: .read).json
            #expect(before["total"]?.int64 == 160)
            #expect(after["total"]?.int64 == 30)
            let uncounted = try await server.ask("GET", path + "?since=\(cut)", as: .read).json
            #expect(uncounted["total"]?.isNull == true)
            let (old, _) = try await walk(server, "until=\(cut)&limit=33")
            #expect(old.count == 160)
        }
    }

    @Test func aRequestThatExaminedEnoughAnswersWhatItHas() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.maxScanEvents = 50 }) { server async throws in
            try await server.fill(180)
            try await server.fill(1, type: "com.example.rare")
            try await server.fill(180, from: 180)
            for order in ["asc", "desc"] {
                var cursor = ""
                var found = 0
                var requests = 0
                while true {
                    let page = try await server.ask(
                        "GET", path + "?type=com.example.rare&order=\(order)&cursor=\(cursor)", as: .read
                    ).json
                    found += page["events"]?.count ?? 0
                    #expect((page["scanned"]?.int64 ?? 0) <= 50)
                    requests += 1
                    guard let next = page["next_cursor"]?.string else { break }
                    cursor = next
                    try #require(requests < 50)
                }
                #expect(found == 1, "\(order)")
                #expect(requests == 8, "\(order)")
            }
        }
    }

    @Test func cloudEventsComeWithALinkToTheNextPage() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(5)
            let accept = ("Accept", "application/cloudevents-batch+json")
            let first = try await server.ask("GET", path + "?limit=3&order=asc", as: .read, headers: [accept])
            #expect(first[header: "Content-Type"] == "application/cloudevents-batch+json")
            #expect(try first.json.count == 3)
            #expect(try first.json[0]?["specversion"]?.string == "1.0")
            let link = try #require(first[header: "Link"])
            #expect(link.hasSuffix("; rel=\"next\""))
            let target = String(link.dropFirst().prefix { $0 != ">" })
            let second = try await server.ask("GET", target, as: .read, headers: [accept])
            #expect(try second.json.count == 2)
            #expect(second[header: "Link"] == nil)
            // The cursor of an event continues behind it.
            let cursor = try #require(try first.json[0]?["cursor"]?.string)
            let rest = try await server.ask("GET", path + "?order=asc&cursor=\(cursor)", as: .read).json
            #expect(rest["events"]?.count == 4)
        }
    }

    @Test func anExportEqualsTheLog() async throws {
        try await ServerUnderTest.run { server async throws in
            try await server.fill(1_500)
            try await server.fillInventory(1)
            let lines = try await server.ask("GET", "/api/stream/export", as: .read)
            #expect(lines.status == 200)
            #expect(lines[header: "Content-Type"] == "application/x-ndjson")
            let exported = lines.text.split(separator: "\n")
            let listed = try await server.ask("GET", path + "?limit=1000&order=asc", as: .read).json
            #expect(exported.count == 1_500)
            for (index, event) in (try #require(listed["events"])).elements.enumerated() {
                #expect(exported[index] == String(buffer: event.bytes))
            }
            let batch = try await server.ask(
                "GET", "/api/stream/export?format=cloudevents&filter=data.n%3C10", as: .read)
            #expect(try batch.json.count == 10)
            let empty = try await server.ask("GET", "/api/stream/export?format=cloudevents&type=none", as: .read)
            #expect(try empty.json.count == 0)
            let table = try await server.ask("GET", "/api/stream/export?format=csv", as: .read)
            #expect(table.text.split(separator: "\r\n").count == 1_501)
        }
    }

    @Test func onlySoManyExportsRunAtATime() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.maxExports = 0 }) { server async throws in
            let answer = try await server.ask("GET", "/api/stream/export", as: .read)
            #expect(answer.status == 503)
            #expect(answer[header: "Retry-After"] != nil)
        }
    }

    @Test func statisticsAgreeWithListsAndOutliveARestart() async throws {
        let folder = try ServerUnderTest.temporaryFolder()
        defer { ServerUnderTest.removeFolder(folder) }
        try await ServerUnderTest.run(in: folder) { server async throws in
            try await server.fill(20, type: "com.example.a")
            try await server.fill(5, type: "com.example.b")
            try await server.fillInventory(1)
            let stats = try await server.ask("GET", "/api/stream/stats", as: .read).json
            #expect(stats["total_events_produced"]?.int64 == 25)
            #expect(stats["events_in_history"]?.int64 == 25)
            #expect(stats["event_type_distribution"]?["com.example.a"]?.int64 == 20)
            #expect(stats["inventory_events"]?.int64 == 1)
            #expect(stats["uptime_status"]?.string == "running")
        }
        try await ServerUnderTest.run(in: folder) { server async throws in
            try await server.fill(3, type: "com.example.c")
            let stats = try await server.ask("GET", "/api/stream/stats", as: .read).json
            #expect(stats["total_events_produced"]?.int64 == 28)
            #expect(stats["event_type_distribution"]?["com.example.b"]?.int64 == 5)
            let list = try await server.ask("GET", path, as: .read).json
            #expect(list["total"]?.int64 == 28)
        }
    }

    @Test func simulatedEventsAreInNoListAndNoCount() async throws {
        try await ServerUnderTest.run { server async throws in
            let none = try await server.post("/api/stream/simulate", as: .ingest, "{}")
            #expect(none.status == 409)
            #expect(try none.json["code"]?.string == "no_objects")
            try await server.fillObjects(5)
            let before = try await server.ask("GET", "/api/stream/stats", as: .read).json["total_events_produced"]?
                .int64
            let answer = try await server.post(
                "/api/stream/simulate", as: .ingest, #"{"objects":3,"speed":10000000,"seed":7}"#)
            #expect(answer.status == 200)
            let generated = try #require(try answer.json["events_generated"]?.int64)
            #expect(generated >= 3)
            #expect(try answer.json["files_processed"]?.int64 == 3)
            #expect(try await eventually { server.simulated.bounds().head == generated })
            let stats = try await server.ask("GET", "/api/stream/stats", as: .read).json
            #expect(stats["total_events_produced"]?.int64 == before)
            #expect(stats["simulated_events"]?.int64 == generated)
            #expect(try await server.ask("GET", path, as: .read).json["total"]?.int64 == 5)
            let objects = try await server.ask("GET", "/api/objects?sort=accesses", as: .read).json
            #expect(objects["total"]?.int64 == 5 && objects["objects"]?[0]?["accesses"]?["total"]?.int64 == 0)
            let slow = try await server.post("/api/stream/simulate", as: .ingest, "{}")
            let id = try #require(try slow.json["simulation_id"]?.string)
            #expect(try await server.ask("DELETE", "/api/stream/simulate/\(id)", as: .ingest).status == 204)
            #expect(try await server.ask("DELETE", "/api/stream/simulate/\(id)", as: .ingest).status == 404)
            for bad in [#"{"objects":0}"#, #"{"speed":"fast"}"#, #"{"sped":3}"#, "[]"] {
                #expect(try await server.post("/api/stream/simulate", as: .ingest, bad).status == 422, "\(bad)")
            }
        }
    }
}

/// A document without elements, for loops over what may be missing.
private enum JSONDocumentEmpty {
    static var elements: JSONValue.Elements {
        // Two brackets are always JSON.
        try! JSONDocument.parse(ByteBuffer(string: "[]")).root.elements
    }
}
