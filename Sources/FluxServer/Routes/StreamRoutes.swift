import FluxAccess
import FluxEvents
import FluxLive
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Live events over SSE, the WebSocket's address for those who come without an upgrade, and simulations.
extension API {
    var streamRoutes: [Endpoint] { [live, simulate, stopSimulation, webSocketWithoutUpgrade] }

    /// What a stream takes, over server-sent events and WebSocket.
    static let streamParameters: [Parameter] = [
        .query("filter", .filter, "Only what passes this filter expression.", example: "type:cloud.*"),
        .query(
            "from", .text(maximum: 1024), "`latest`, `earliest`, `-N`, a time or a cursor.", standard: "latest",
            example: "-10"),
        .query("batch", .flag, "Many events in a message.", standard: "0"),
        .query("simulated", .flag, "Simulated events too.", standard: "0"),
        .query("token", .text(maximum: 128), "A ticket of /api/auth/ticket."),
    ]

    private var live: Endpoint {
        Endpoint(
            .get, "/api/stream/live", .stream,
            operation: Operation(
                "liveEvents", .stream,
                "The stream as server-sent events: history from a place, then live, with no seam.",
                detail:
                    "`event:` is the message's type, `data:` the whole message, `id:` its cursor. `Last-Event-ID` goes "
                    + "before `from`.",
                answers: [
                    .init(
                        200, "Until the client or the server ends it.", [.init("text/event-stream", ["type": "string"])]
                    )
                ]),
            parameters: Self.streamParameters, ownsQuery: true
        ) { call in
            if call.request.method == .head {
                _ = try StreamRequest(target: call.target, now: call.now)
                return Reply(200, fields: [.contentType: "text/event-stream"], body: .stream { _ in })
            }
            return Reply(
                200,
                body: .response(
                    try sseResponse(
                        call.request, principal: try call.signedIn().forStreams, hub: self.rooms.live,
                        channel: call.channel)))
        }
    }

    private var simulate: Endpoint {
        Endpoint(
            .post, "/api/stream/simulate", .scope(.ingest),
            operation: Operation(
                "simulate", .stream, "Plays reads of objects that exist into the simulated topic.",
                detail:
                    "Recorded reads are played again at their distances; for objects without any they are drawn from how often "
                    + "objects like them are read. At most 60 seconds and 1,000 events. `speed` is how many seconds of that "
                    + "pass in one; left out, or where nothing would happen at it, it is chosen so that there is something to "
                    + "see. Simulated events are in no list, count or finding; streams show them with `simulated=1`. The same "
                    + "seed plays the same reads. Where no object is known the answer is 409, and nothing is made up.",
                body: [
                    .json(
                        [
                            "type": "object", "additionalProperties": false,
                            "properties": [
                                "objects": ["type": "integer", "minimum": 1, "maximum": 100, "default": 10],
                                "speed": ["type": "number", "minimum": 1, "maximum": 10_000_000],
                                "seed": [
                                    "type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991, "default": 1,
                                ],
                            ],
                        ], example: ["objects": 10, "speed": 60, "seed": 1])
                ], bodyIsOptional: true,
                answers: [.init(200, "It runs.", [.json(Operation.schema("Simulation"))])], problems: [409])
        ) { call in
            var request = SimulationPlan.Request()
            let body = try await call.body()
            if body.readableBytes > 0 {
                guard call.contentType == "application/json" else {
                    throw Problem(
                        415, "unsupported_media_type", "The body must be JSON, with Content-Type: application/json.")
                }
                let fields = try Fields(try Call.parse(body), known: ["objects", "speed", "seed"])
                if let objects = try fields.integer("objects", in: SimulationPlan.Request.objects) {
                    request.objects = Int(objects)
                }
                if let speed = try fields.number("speed", in: SimulationPlan.Request.speeds) { request.speed = speed }
                if let seed = try fields.integer("seed", in: 0...9_007_199_254_740_991) { request.seed = UInt64(seed) }
            }
            let candidates = try await SimulationCandidates(
                history: self.history, catalog: self.rooms.catalog, now: call.now
            ).find()
            guard !candidates.isEmpty else {
                throw Problem(
                    409, "no_objects",
                    "No object is known yet, and nothing is made up: add a store (`POST /api/stores`, or `cloudflux store add`), "
                        + "and simulate when its objects are listed.",
                    members: [("events_generated", .integer(0))])
            }
            let plan = SimulationPlan(request, of: candidates)
            guard let id = self.simulations.start(plan) else {
                throw Problem(
                    409, "too_many_simulations",
                    "\(self.configuration.maxSimulations) simulations are running, which is the limit (maxSimulations); stop one or wait."
                )
            }
            let length = plan.steps.last.map { Double($0.after.components.seconds) + 1 } ?? 0
            return .json(
                .object([
                    ("message", .string(plan.message)), ("events_generated", .whole(plan.steps.count)),
                    ("files_processed", .whole(plan.objects)), ("recorded_events", .whole(plan.recorded)),
                    ("speed", .number(plan.speed)),
                    ("active_subscribers", .whole(self.rooms.live.statistics.subscribers)),
                    ("simulation_id", .string(id)), ("seed", .integer(Int64(request.seed))),
                    ("duration_seconds", .number(length)),
                ]))
        }
    }

    private var stopSimulation: Endpoint {
        Endpoint(
            .delete, "/api/stream/simulate/{id}", .scope(.ingest),
            operation: Operation(
                "stopSimulation", .stream, "Stops a simulation.", answers: [.init(204, "It has stopped.")],
                problems: [404]),
            parameters: [.path("id", "`simulation_id` of the answer that started it.")]
        ) { call in
            guard self.simulations.stop(call.pathParameters["id"] ?? "") else {
                throw Problem(404, "no_such_simulation", "No simulation of that id runs; it may have ended by itself.")
            }
            return Reply(204)
        }
    }

    /// A WebSocket handshake never gets here; a plain request does.
    private var webSocketWithoutUpgrade: Endpoint {
        Endpoint(.get, "/ws/stream", .visitors, ownsQuery: true) { _ in
            throw Problem(
                426, "upgrade_required",
                "This address speaks WebSocket. Open it with a WebSocket client, or read /api/stream/live instead.",
                members: [], fields: [.upgrade: "websocket", .connection: "Upgrade"])
        }
    }
}

extension Principal {
    /// Who reads a stream, as the live room needs it.
    var forStreams: StreamPrincipal {
        StreamPrincipal(name: name, grant: grant, expiresAt: expiresAt.map { Timestamp(milliseconds: $0) })
    }
}
