import FluxAccess
import FluxEvents
import FluxIngest
import FluxLive
import FluxLog
import HTTPTypes
import Hummingbird
import NIOCore

private let batchType = "application/cloudevents-batch+json"

/// Lists, exports and posting.
extension API {
    var eventRoutes: [Endpoint] { [listEvents, exportEvents, postEvents, streamStats, streamRates] }

    private var listEvents: Endpoint {
        Endpoint(
            .get, "/api/stream/events", .scope(.read),
            operation: Operation(
                "listEvents", .stream, "Events of the log, newest first.",
                detail:
                    "Inventory is left out unless the filter names `type:system.inventory`. With `Accept: \(batchType)` "
                    + "the events come as CloudEvents, and the next page's address in `Link`.",
                answers: [
                    .init(
                        200, "A page.",
                        [
                            .json(Operation.schema("EventPage")),
                            .init(batchType, ["type": "array", "items": Operation.schema("CloudEvent")]),
                        ])
                ]),
            parameters: [
                .query("limit", .integer(1...1000), "Events a page.", standard: 50),
                .query("cursor", .cursor, "`next_cursor` of the page before; also any other cursor."),
                .query("order", .choice(["desc", "asc"]), "Newest or oldest first.", standard: "desc"),
                .query("type", .text(maximum: 256), "The same as `filter=type:…`.", example: "cloud.upload"),
                .query("count", .flag, "Count all that pass, also with a filter or a time.", standard: "0"),
            ] + HistoryQuery.selection
        ) { call in
            var query = try HistoryQuery(selection: call)
            query.limit = call.query.integer("limit", standard: 50)
            query.order = call.query["order"].flatMap(HistoryQuery.Order.init) ?? .descending
            query.count = call.query.flag("count")
            if let cursor = call.query.cursor("cursor") { query.start = try self.position(of: cursor) }
            let page = try await self.history.page(query)
            let epoch = self.rooms.events.bounds().epoch
            return call.accepts(batchType)
                ? Self.cloudEvents(page, call: call, epoch: epoch) : Self.json(page, limit: query.limit, epoch: epoch)
        }
    }

    /// The offset that a cursor of a request names; 400 where it is not of this log.
    func position(of cursor: Cursor) throws -> Int64 {
        let bounds = rooms.events.bounds()
        guard cursor.epoch == bounds.epoch, let offset = cursor.offset(.events), offset <= bounds.head else {
            throw Problem(
                400, "foreign_cursor",
                "The cursor is not of this log, or of a state before a restore or repair; start without a cursor.",
                members: [("parameter", "cursor")])
        }
        return offset
    }

    private static func json(_ page: HistoryPage, limit: Int, epoch: UInt64) -> Reply {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(200 + page.events.count * 600)
        buffer.writeStaticString("{\"events\":[")
        for (index, event) in page.events.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            event.writeJSON(into: &buffer)
        }
        buffer.writeString("],\"total\":\(page.total.map(String.init) ?? "null"),\"limit\":\(limit),\"next_cursor\":")
        buffer.writeJSONString(orNull: page.next.map { Cursor(epoch: epoch, events: $0).text })
        buffer.writeString(",\"scanned\":\(page.scanned)")
        if !page.gaps.isEmpty {
            let gaps = page.gaps.map { gap -> JSONTree in
                [
                    "from": .string(Cursor(epoch: epoch, events: gap.from).text),
                    "to": .string(Cursor(epoch: epoch, events: gap.to).text), "count": .integer(gap.count),
                    "reason": .string(gap.reason.rawValue),
                ]
            }
            buffer.writeStaticString(",\"gaps\":")
            buffer.writeImmutableBuffer(JSONTree.array(gaps).bytes)
        }
        buffer.writeStaticString("}")
        return .json(buffer)
    }

    private static func cloudEvents(_ page: HistoryPage, call: Call, epoch: UInt64) -> Reply {
        var buffer = ByteBuffer()
        buffer.writeStaticString("[")
        for (index, event) in page.events.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            event.writeCloudEvent(into: &buffer, cursor: Cursor(epoch: epoch, events: event.offset + 1).text)
        }
        buffer.writeStaticString("]")
        var reply = Reply(200, fields: [.contentType: batchType], body: .bytes(buffer))
        if let next = page.next {
            let cursor = Cursor(epoch: epoch, events: next).text
            let target = "/api/stream/events?" + call.query.encoded(replacing: "cursor", with: cursor)
            reply.fields[SecurityHeaders.named("Link")] = "<\(target)>; rel=\"next\""
        }
        return reply
    }

    private var exportEvents: Endpoint {
        Endpoint(
            .get, "/api/stream/export", .scope(.read),
            operation: Operation(
                "exportEvents", .stream, "Everything that passes, oldest first, as a download.",
                detail:
                    "Streamed as fast as it is taken. What cannot be read is told in its place: as a line of type `gap`, "
                    + "or a CloudEvent of type `io.cloudflux.system.gap.v1`; a table breaks off there.",
                answers: [
                    .init(
                        200, "The events.",
                        ExportFormat.allCases.map { format in
                            .init(
                                format.contentType.split(separator: ";").first.map(String.init) ?? format.contentType,
                                format == .cloudevents
                                    ? ["type": "array", "items": Operation.schema("CloudEvent")] : ["type": "string"])
                        })
                ]),
            parameters: [
                .query(
                    "format", .choice(ExportFormat.allCases.map(\.rawValue)), "The form.", standard: "ndjson"),
                .query("type", .text(maximum: 256), "The same as `filter=type:…`.", example: "cloud.upload"),
            ] + HistoryQuery.selection
        ) { call in
            let query = try HistoryQuery(selection: call)
            let format = call.query["format"].flatMap(ExportFormat.init) ?? .ndjson
            let fields: HTTPFields = [
                .contentType: format.contentType,
                .contentDisposition: "attachment; filename=\"\(format.fileName)\"",
            ]
            // HEAD tells what would come, and takes no place.
            let history = self.history
            let exports = self.exports
            let retryAfter = String(self.configuration.retryAfterSeconds)
            if call.request.method == .head { return Reply(200, fields: fields, body: .stream { _ in }) }
            guard let place = exports.enter() else {
                throw Problem(
                    503, "too_many_exports",
                    "\(exports.limit) exports are running, which is the limit (maxExports); try again later.",
                    members: [], fields: [.retryAfter: retryAfter])
            }
            return Reply(
                200, fields: fields,
                body: .stream { writer in
                    defer { place.leave() }
                    try await history.export(query, format: format, name: call.id, to: &writer)
                    place.leave(whole: true)
                })
        }
    }

    private var postEvents: Endpoint {
        let answer: JSONTree = [
            "accepted": 1, "duplicates": 0, "events": [["id": "evt_01JD7…", "partition": 0, "offset": 1042]],
        ]
        let one: JSONTree = ["type": "com.example.report", "data": ["rows": 12]]
        let schema: JSONTree = [
            "oneOf": [
                Operation.schema("NewEvent"), ["type": "array", "items": Operation.schema("NewEvent")],
            ]
        ]
        return Endpoint(
            .post, "/api/stream/events", .scope(.ingest),
            operation: Operation(
                "postEvents", .stream, "Appends events; answers when they are on disk.",
                detail:
                    "All or nothing. A duplicate (`source` and `id` seen before) is answered with the first one's place. "
                    + "CloudEvents come structured, as a batch, or in binary mode (`ce-…` headers).",
                body: [
                    .json(schema, example: one),
                    .init("application/cloudevents+json", Operation.schema("CloudEvent")),
                    .init(batchType, ["type": "array", "items": Operation.schema("CloudEvent")]),
                ],
                answers: [
                    .init(202, "They are on disk.", [.json(Operation.schema("Accepted"), example: answer)])
                ]), isBrief: true
        ) { call in
            let principal = try call.signedIn()
            let body = try await call.body()
            if body.readableBytes <= Self.briefBytes { return try await self.append(body, call, principal) }
            return try await offLoop { try await self.append(body, call, principal) }
        }
    }

    /// A body up to this size is read on the event loop: that takes about as long as filling a socket.
    private static let briefBytes = 64 << 10

    private func append(_ body: ByteBuffer, _ call: Call, _ principal: Principal) async throws -> Reply {
        let records = try self.take(body, call: call, principal: principal)
        let appended = records.isEmpty ? [] : try await self.rooms.events.append(records)
        return .json(AcceptedAnswer.json(records, appended), status: 202)
    }

    /// What is known of somebody who posts events.
    func intakeContext(_ principal: Principal) -> IntakeContext {
        let stores = rooms.stores
        return IntakeContext(
            clientName: principal.name, userID: principal.user, mayWriteReserved: principal.may(.admin),
            now: configuration.now(), reservedSources: { stores.reservedSource($0) },
            limits: IntakeLimits(
                maxEventBytes: configuration.maxEventBytes, maxEvents: configuration.maxEventsPerRequest,
                maxBodyBytes: configuration.maxBodyBytes))
    }

    /// Reads the posted events by the media type of the body.
    private func take(_ body: ByteBuffer, call: Call, principal: Principal) throws -> [Record] {
        let context = intakeContext(principal)
        switch call.contentType {
        case "application/cloudevents+json":
            return Event.records(try EventIntake.cloudEvent(structured: body, context: context))
        case batchType: return Event.records(try EventIntake.cloudEvents(batch: body, context: context))
        case let type:
            let isBinary = call.request.headers.contains { $0.name.canonicalName == "ce-specversion" }
            if isBinary {
                let headers = call.request.headers.map { ($0.name.canonicalName, $0.value) }
                return Event.records(
                    try EventIntake.cloudEvent(binaryHeaders: headers, body: body, context: context))
            }
            guard type == "application/json" else {
                throw Problem(
                    415, "unsupported_media_type",
                    "Post events as application/json, application/cloudevents+json, \(batchType), or as a CloudEvent in "
                        + "binary mode with ce-… headers.")
            }
            return try EventIntake.records(native: body, context: context)
        }
    }

    private var streamStats: Endpoint {
        Endpoint(
            .get, "/api/stream/stats", .scope(.read),
            operation: Operation(
                "streamStats", .stream, "Counts, rates and latency.",
                answers: [.init(200, "The figures now.", [.json(Operation.schema("Stats"))])])
        ) { _ in
            .json(await self.stats())
        }
    }

    /// The JSON of `GET /api/stream/stats`, which the `stats` action of a stream answers too.
    func stats() async -> ByteBuffer {
        let bounds = rooms.events.bounds()
        // Where the log cannot be read, the counts are of a moment ago: better than none.
        try? await statistics.counted(through: bounds.head)
        let counts = statistics.now
        let live = rooms.live.statistics
        let (seconds, attoseconds) = (ContinuousClock.now - startedAt).components
        let uptime = Double(seconds) + (Double(attoseconds) / 1e18 * 1000).rounded() / 1000
        let latency = live.latency
        return JSONTree.object([
            ("total_events_produced", .integer(counts.listed)),
            ("simulated_events", .integer(rooms.simulated.bounds().head)),
            ("inventory_events", .integer(counts.inventory)),
            ("events_in_history", .integer(counts.listed(in: bounds.earliest..<max(bounds.earliest, bounds.head)))),
            ("active_websocket_connections", .whole(live.webSockets)), ("active_subscribers", .whole(live.subscribers)),
            (
                "event_type_distribution",
                .object(counts.byType.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
            ),
            ("events_per_second", .number(counts.perSecond(at: configuration.now()))),
            ("uptime_seconds", .number(uptime)), ("uptime_status", drain.isDraining ? "draining" : "running"),
            (
                "latency_ms",
                [
                    "p50": .whole(latency?.p50), "p90": .whole(latency?.p90), "p99": .whole(latency?.p99),
                    "max": .whole(latency?.max),
                ]
            ),
        ]).bytes
    }
}
