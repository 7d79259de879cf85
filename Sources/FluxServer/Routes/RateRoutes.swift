import FluxAccess
import FluxEvents
import FluxLog
import HTTPTypes
import NIOCore

/// How much happened when: what a chart of the past is drawn from.
extension API {
    private static let standardBar = 10
    private static let standardSpan: Int64 = 15 * 60 * 1000

    var streamRates: Endpoint {
        Endpoint(
            .get, "/api/stream/rates", .scope(.read),
            operation: Operation(
                "streamRates", .stream, "How many events a stretch of time has, in bars.",
                detail:
                    "`total` of a bar is exact and costs no reading. `by_type` is what this request counted, newest first: "
                    + "where `next_cursor` is not null, ask again with it and add up. Inventory is left out. "
                    + "Bars begin at whole multiples of their length.",
                answers: [.init(200, "The bars, oldest first.", [.json(Operation.schema("Rates"))])]),
            parameters: [
                .query(
                    "since", .time, "From this time on; by default 15 minutes before `until`.",
                    example: "2026-11-23T00:00:00Z"),
                .query("until", .time, "Before this time; by default now.", example: "2026-11-24T00:00:00Z"),
                .query(
                    "bar", .integer(1...31_622_400),
                    "Seconds a bar; at most \(RateQuery.maximumBars) bars an answer.",
                    standard: .integer(Int64(Self.standardBar))),
                .query("types", .flag, "Count by type too; without it `by_type` is empty.", standard: "1"),
                .query("cursor", .cursor, "`next_cursor` of the answer before."),
            ]
        ) { call in
            let until = call.query.time("until") ?? call.now
            let since = call.query.time("since") ?? Timestamp(milliseconds: until.milliseconds - Self.standardSpan)
            var query = try RateQuery(
                since: since, until: until, barSeconds: call.query.integer("bar", standard: Self.standardBar))
            query.types = call.query["types"] == nil || call.query.flag("types")
            if let cursor = call.query.cursor("cursor") { query.start = try self.position(of: cursor) }
            let wanted = query
            let rates = try await offLoop { try await self.history.rates(wanted) }
            return .json(Self.json(rates, query, epoch: self.rooms.events.bounds().epoch))
        }
    }

    private static func json(_ rates: HistoryRates, _ query: RateQuery, epoch: UInt64) -> JSONTree {
        [
            "bar_seconds": .integer(query.bar / 1000), "scanned": .integer(Int64(rates.scanned)),
            "next_cursor": rates.next.map { .string(Cursor(epoch: epoch, events: $0).text) } ?? .null,
            "bars": .array(
                rates.bars.map { bar in
                    [
                        "start": .string(bar.start.rfc3339), "total": .integer(bar.total),
                        "by_type": .object(bar.byType.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) }),
                    ]
                }),
        ]
    }
}
