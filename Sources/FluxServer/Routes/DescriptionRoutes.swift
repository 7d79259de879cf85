import FluxAccess
import FluxEvents
import HTTPTypes
import NIOCore

/// What describes the API: OpenAPI, AsyncAPI and the schemas of events' data.
extension API {
    func descriptionRoutes(document: ByteBuffer) -> [Endpoint] {
        let streams = AsyncAPIDocument.make(
            version: configuration.version, parameters: Self.streamParameters
        ).bytes
        return [
            Endpoint(
                .get, "/api/openapi.json", .visitors,
                operation: Operation(
                    "describe", .schemas, "This document.",
                    answers: [.init(200, "OpenAPI 3.1.", [.json(["type": "object"])])])
            ) { _ in
                .json(document)
            },
            Endpoint(
                .get, "/api/asyncapi.json", .visitors,
                operation: Operation(
                    "describeStreams", .schemas, "The streams: their messages, actions and close codes.",
                    answers: [.init(200, "AsyncAPI 3.0.", [.json(["type": "object"])])])
            ) { _ in
                .json(streams)
            },
            Endpoint(
                .get, "/api/schemas", .visitors,
                operation: Operation(
                    "listSchemas", .schemas, "The types of events whose data has a schema.",
                    answers: [
                        .init(
                            200, "Type and address.",
                            [
                                .json(
                                    [
                                        "type": "object", "required": ["schemas"],
                                        "properties": [
                                            "schemas": [
                                                "type": "array",
                                                "items": [
                                                    "type": "object", "required": ["type", "url"],
                                                    "properties": [
                                                        "type": ["type": "string"], "url": ["type": "string"],
                                                    ],
                                                ],
                                            ]
                                        ],
                                    ])
                            ])
                    ])
            ) { _ in
                .json([
                    "schemas": .array(
                        Schemas.names().map { ["type": .string($0), "url": .string("/api/schemas/" + $0)] })
                ])
            },
            Endpoint(
                .get, "/api/schemas/{type}", .visitors,
                operation: Operation(
                    "readSchema", .schemas, "The JSON Schema of the data of one type.",
                    answers: [
                        .init(
                            200, "JSON Schema 2020-12.",
                            [.init("application/schema+json", ["type": ["object", "boolean"]])])
                    ], problems: [404]),
                parameters: [.path("type", "The type.", example: "cloud.upload")]
            ) { call in
                let type = call.pathParameters["type"] ?? ""
                guard let schema = Schemas.schema(for: EventType(rawValue: type)) else {
                    let nearest = Suggestion.nearest(to: type, among: Schemas.names())
                    throw Problem(
                        404, "no_such_schema",
                        "There is no schema of “\(Problem.shown(type))”. "
                            + (nearest.map { "Did you mean “\($0)”?" } ?? "GET /api/schemas lists those there are."),
                        members: nearest.map { [("suggestion", .string($0))] } ?? [])
                }
                return .text(schema, type: "application/schema+json")
            },
        ]
    }

    /// Routes that a later version brings.
    var laterRoutes: [Endpoint] {
        let later: Endpoint.Handler = { _ in
            throw Problem(
                404, "later_version",
                "This route is not in this version of CloudFlux; a later version brings it. See /api/openapi.json for what "
                    + "there is.")
        }
        let reads = [
            "/api/recommendations", "/api/ledger", "/api/migrations", "/api/migrations/{id}",
        ]
        let posts = ["/api/migrations"] + ["approve", "cancel", "undo"].map { "/api/migrations/{id}/" + $0 }
        return reads.map { Endpoint(.get, $0, .scope(.read), ownsQuery: true, handler: later) }
            + posts.map { Endpoint(.post, $0, .scope(.admin), ownsQuery: true, handler: later) }
    }
}
