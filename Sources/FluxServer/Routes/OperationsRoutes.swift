import FluxAccess
import FluxCatalog
import FluxEvents
import FluxIngest
import FluxLive
import FluxLog
import FluxStores
import HTTPTypes
import NIOCore

/// Health, readiness and metrics.
extension API {
    var operationsRoutes: [Endpoint] {
        [
            Endpoint(
                .get, "/healthz", .anybody,
                operation: Operation(
                    "health", .operations, "Whether the process answers.",
                    answers: [.init(200, "It does.", [.json(["type": "object"], example: ["status": "ok"])])])
            ) { _ in
                .json(["status": "ok", "version": .string(self.configuration.version)])
            },
            Endpoint(
                .get, "/readyz", .anybody,
                operation: Operation(
                    "readiness", .operations, "Whether events are taken.",
                    detail:
                        "Only the log, its disk and a stop in progress make it fail; how stores and the catalogue are is in "
                        + "the body.",
                    answers: [
                        .init(200, "Ready.", [.json(Operation.schema("Ready"))]),
                        .init(503, "Not ready; the body says why.", [.json(Operation.schema("Ready"))]),
                    ])
            ) { _ in
                self.readiness()
            },
            Endpoint(
                .get, "/metrics", .scope(.read),
                operation: Operation(
                    "metrics", .operations, "Metrics in Prometheus text format.",
                    answers: [.init(200, "All of them.", [.init("text/plain", ["type": "string"])])])
            ) { _ in
                Reply(
                    200, fields: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: .bytes(self.rooms.metrics.text()))
            },
        ]
    }

    private func readiness() -> Reply {
        let health = rooms.log.health
        let bounds = rooms.events.bounds()
        let isReady = health.acceptsAppends && !drain.isDraining
        let problem = health.fatal?.message ?? (health.isDiskFull ? "The disk is full; appends are refused." : nil)
        let state = rooms.catalog.state
        let body: JSONTree = [
            "ready": .boolean(isReady),
            "status": drain.isDraining ? "draining" : isReady ? "ready" : "not_ready",
            "log": [
                "accepts_appends": .boolean(health.acceptsAppends), "disk_full": .boolean(health.isDiskFull),
                "failed": .boolean(health.fatal != nil), "message": .text(problem),
                "earliest": .integer(bounds.earliest),
                "head": .integer(bounds.head), "damage_met": .whole(health.damage.count),
            ],
            "catalogue": [
                "state": .string(state.name), "message": .text(state.message),
                "lag_events": .integer(max(0, bounds.head - rooms.catalog.position)),
            ],
            "stores": .array(
                rooms.stores.list().map { store in
                    [
                        "id": .string(store.id), "state": .string(store.state.rawValue),
                        "message": .text(store.message),
                    ]
                }),
        ]
        var reply = Reply.json(body, status: isReady ? 200 : 503)
        if !isReady { reply.fields[.retryAfter] = String(configuration.retryAfterSeconds) }
        return reply
    }

    /// Has the registry ask the rooms at every scrape.
    ///
    /// - Parameter certificateExpiry: asked at every scrape, since a certificate can be replaced while the server runs.
    func collectMetrics(certificateExpiry: @escaping @Sendable () -> Int?) {
        let rooms = rooms
        let statistics = statistics
        let sockets = sockets
        let exports = exports
        let begin = startedAt
        rooms.metrics.collect { text in
            RoomMetrics.log(rooms.log.statistics, health: rooms.log.health, into: &text)
            RoomMetrics.live(rooms.live.statistics, into: &text)
            RoomMetrics.connections(sockets, into: &text)
            RoomMetrics.exports(exports.counts, into: &text)
            RoomMetrics.counts(statistics.now, into: &text)
            RoomMetrics.stores(rooms.stores.list(), into: &text)
            RoomMetrics.catalogue(
                rooms.catalog.statistics, state: rooms.catalog.state, fence: rooms.catalog.snapshotFence, into: &text)
            RoomMetrics.process(
                freeBytes: try? PosixFileSystem().freeBytes(at: rooms.configuration.dataDirectory),
                certificateExpiry: certificateExpiry(), into: &text)
            text.single(
                "cloudflux_uptime_seconds", .gauge, "Seconds since the server was made.",
                (ContinuousClock.now - begin).components.seconds)
            text.family("cloudflux_build_info", .gauge, "Always 1; the version is a label.")
            text.sample(1, labels: [("version", rooms.configuration.version)])
        }
    }
}
