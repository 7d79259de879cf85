import FluxAccess
import FluxEvents
import Testing

@testable import FluxServer

@Suite struct RatesTests {
    private let path = "/api/stream/rates"

    /// Follows `next_cursor` to the end; the totals of the first answer and the sum of what every answer counted.
    private func whole(
        _ server: ServerUnderTest, _ query: String
    ) async throws -> (starts: [String], totals: [Int64], byType: [[String: Int64]], requests: Int, most: Int64) {
        var starts: [String] = []
        var totals: [Int64] = []
        var byType: [[String: Int64]] = []
        var cursor = ""
        var requests = 0
        var most: Int64 = 0
        while true {
            let answer = try await server.ask("GET", path + "?\(query)&cursor=\(cursor)", as: .read).json
            let bars = Array(try #require(answer["bars"]).elements)
            if requests == 0 {
                starts = bars.compactMap { $0["start"]?.string }
                totals = bars.compactMap { $0["total"]?.int64 }
                byType = Array(repeating: [:], count: bars.count)
            }
            for (index, bar) in bars.enumerated() {
                for (type, count) in try #require(bar["by_type"]).members {
                    byType[index][type, default: 0] += try #require(count.int64)
                }
            }
            most = max(most, try #require(answer["scanned"]?.int64))
            requests += 1
            try #require(requests < 100)
            guard let next = answer["next_cursor"]?.string else { return (starts, totals, byType, requests, most) }
            cursor = next
        }
    }

    @Test func barsHaveWhatListsOfTheirTimeHave() async throws {
        try await ServerUnderTest.run(configure: Tweak { $0.maxScanEvents = 70 }) { server async throws in
            let since = Timestamp(milliseconds: Timestamp.now().milliseconds - 2_500).rfc3339
            for step in 0..<3 {
                try await server.fill(60, type: "cloud.upload", from: step * 60)
                try await server.fillInventory(step)
                try await server.fill(20 + step, type: "com.example.a", from: step * 100)
                // Into another bar: what this is about.
                try await Task.sleep(for: .milliseconds(1_050))
            }
            let until = Timestamp.now().rfc3339
            let found = try await whole(server, "since=\(since)&until=\(until)&bar=1")
            #expect(found.totals.reduce(0, +) == 243)
            #expect(
                found.byType.map { $0.values.reduce(0, +) } == found.totals,
                "nothing is left uncounted or counted twice")
            #expect(found.byType.reduce(0) { $0 + ($1["cloud.upload"] ?? 0) } == 180)
            #expect(found.byType.allSatisfy { $0["system.inventory"] == nil })
            #expect(found.totals.count { $0 > 0 } >= 3)
            // 246 records with the inventory, 70 a request.
            #expect(found.requests == 4 && found.most == 70)
            for (index, start) in found.starts.enumerated() {
                let end = index + 1 < found.starts.count ? found.starts[index + 1] : until
                let list = try await server.ask(
                    "GET", "/api/stream/events?since=\(start)&until=\(end)&count=1", as: .read
                ).json
                #expect(list["total"]?.int64 == found.totals[index], "\(start)")
            }
            #expect(found.starts.first == since)
            #expect(found.starts.dropFirst().allSatisfy { $0.hasSuffix(".000Z") })
            // The totals alone need no reading, and lead on to the types.
            let alone = try await server.ask("GET", path + "?since=\(since)&until=\(until)&bar=1&types=0", as: .read)
                .json
            #expect(alone["scanned"]?.int64 == 0)
            #expect(alone["bars"]?.elements.map { $0["total"]?.int64 } == found.totals)
            let next = try #require(alone["next_cursor"]?.string)
            let first = try await server.ask(
                "GET", path + "?since=\(since)&until=\(until)&bar=1&cursor=\(next)", as: .read
            ).json
            #expect(first["scanned"]?.int64 == 70)
            // Without a time it is the last quarter of an hour.
            let standard = try await whole(server, "bar=60")
            #expect(standard.totals.reduce(0, +) == 243 && (15...16).contains(standard.totals.count))
        }
    }

    @Test func manyForeignTypesAreCountedTogether() async throws {
        try await ServerUnderTest.run { server async throws in
            for kind in 0..<130 { try await server.fill(1, type: "com.example.t\(kind)") }
            let found = try await whole(server, "")
            let types = found.byType.reduce(into: [:]) { all, bar in all.merge(bar) { $0 + $1 } }
            #expect(types.count == 101)
            #expect(types["other"] == 30 && types.values.reduce(0, +) == 130)
        }
    }

    @Test func whatMakesNoBarsIsRefused() async throws {
        try await ServerUnderTest.run { server async throws in
            for (query, named) in [
                ("since=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z&bar=1", "bar"), ("bar=0", "bar"),
                ("since=yesterday", "since"), ("filter=type:x", "filter"), ("cursor=nonsense", "cursor"),
            ] {
                let answer = try await server.ask("GET", path + "?" + query, as: .read)
                #expect(answer.status == 400, "\(query)")
                #expect(try answer.json["parameter"]?.string == named, "\(query)")
            }
            let empty = try await server.ask(
                "GET", path + "?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", as: .read)
            #expect(empty.status == 200)
            #expect(try empty.json["bars"]?.count == 0)
            let whole = try await server.ask(
                "GET", path + "?since=1970-01-01T00:00:00Z&until=2026-01-01T00:00:00Z&bar=31622400", as: .read)
            #expect(try whole.json["bars"]?.count == 56)
        }
    }
}
