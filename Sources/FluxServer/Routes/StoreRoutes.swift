import FluxAccess
import FluxEvents
import FluxIngest
import FluxStores
import HTTPTypes
import NIOCore

/// The stores and what a person can do with them.
extension API {
    var storeRoutes: [Endpoint] {
        [
            listStores, addStore,
            action("pause", "Stops watching until it is resumed.") { try await $0.pause($1, by: $2) },
            action("resume", "Watches again, and compares what changed meanwhile.") { try await $0.resume($1, by: $2) },
            action("retry", "Tries a store that is away or has failed again.") { try await $0.retry($1, by: $2) },
            action("confirm", "Takes what an away store looks like now as the truth, deletes included.") {
                try await $0.confirm($1, by: $2)
            },
            removeStore,
        ]
    }

    private var listStores: Endpoint {
        Endpoint(
            .get, "/api/stores", .scope(.read),
            operation: Operation(
                "listStores", .stores, "The stores that are watched, and how they are.",
                answers: [
                    .init(
                        200, "All of them.",
                        [
                            .json(
                                [
                                    "type": "object", "required": ["stores"],
                                    "properties": [
                                        "stores": ["type": "array", "items": Operation.schema("Store")]
                                    ],
                                ])
                        ])
                ])
        ) { _ in
            .json(["stores": .array(self.rooms.stores.list().map(\.tree))])
        }
    }

    private var addStore: Endpoint {
        Endpoint(
            .post, "/api/stores", .scope(.admin),
            operation: Operation(
                "addStore", .stores, "Begins to watch a store. It is checked before it is saved.",
                body: [
                    .json(
                        [
                            "type": "object", "additionalProperties": false, "required": ["url"],
                            "properties": ["url": ["type": "string", "minLength": 1, "maxLength": 4096]],
                        ], example: ["url": "file:///srv/files"])
                ],
                answers: [.init(201, "It is watched.", [.json(Operation.schema("Store"))])], problems: [409])
        ) { call in
            let principal = try call.signedIn()
            let url = try Fields(try await call.json(), known: ["url"]).text("url", maximum: 4096)
            let status = try await self.rooms.stores.add(url: url, origin: .api, by: principal.user)
            var reply = Reply.json(status.tree, status: 201)
            reply.fields[.location] = "/api/stores"
            return reply
        }
    }

    private func action(
        _ name: String, _ summary: String,
        _ act: @escaping @Sendable (StoreSupervisor, String, String?) async throws -> StoreStatus
    ) -> Endpoint {
        Endpoint(
            .post, "/api/stores/{id}/\(name)", .scope(.admin),
            operation: Operation(
                name + "Store", .stores, summary,
                answers: [.init(200, "How the store is now.", [.json(Operation.schema("Store"))])],
                problems: [404, 409]),
            parameters: [.path("id", "The store's id.", example: "st_8Kq2")]
        ) { call in
            let user = try call.signedIn().user
            return .json(try await act(self.rooms.stores, call.pathParameters["id"] ?? "", user).tree)
        }
    }

    private var removeStore: Endpoint {
        Endpoint(
            .delete, "/api/stores/{id}", .scope(.admin),
            operation: Operation(
                "removeStore", .stores, "Ends watching a store. Nothing in it is touched; its events stay in the log.",
                answers: [.init(204, "It is no longer watched.")], problems: [404, 409]),
            parameters: [.path("id", "The store's id.", example: "st_8Kq2")]
        ) { call in
            let user = try call.signedIn().user
            try await self.rooms.stores.remove(call.pathParameters["id"] ?? "", by: user)
            return Reply(204)
        }
    }
}

extension StoreStatus {
    /// As `/api/stores` shows it.
    var tree: JSONTree {
        [
            "id": .string(id), "url": .string(url), "provider": .string(provider), "bucket": .string(bucket),
            "state": .string(state.rawValue), "message": .text(message), "objects": .whole(objects),
            "bytes": .whole(bytes),
            "progress": progress.map { ["done": .integer($0.done), "total": .whole($0.total)] } ?? .null,
            "last_rescan": .time(lastRescan), "added_at": .time(addedAt), "origin": .string(origin.rawValue),
            "watches": .whole(watches), "overflows": .whole(overflows),
            "listing": listing.map {
                [
                    "interval_seconds": .number($0.intervalSeconds), "requests": .integer($0.requests),
                    "retries": .integer($0.retries), "cost_usd_month": $0.monthlyCost.map { .number($0) } ?? .null,
                ]
            } ?? .null,
            "access_data": accessData?.tree ?? .null,
        ]
    }
}

extension StoreStatus.AccessData {
    fileprivate var tree: JSONTree {
        [
            "source": .string(source), "through": .time(through),
            "behind_seconds": behindSeconds(at: .now()).map { .number($0) } ?? .null, "files": .integer(files),
            "lines": .integer(lines), "unreadable_lines": .integer(unreadableLines), "trouble": .text(trouble),
        ]
    }
}
