import FluxAccess
import FluxEvents
import HTTPTypes
import NIOCore

/// The filters that a person keeps, and those that the settings share with everybody.
extension API {
    var filterRoutes: [Endpoint] { [listFilters, keepFilter, removeFilter] }

    private static let name = Parameter.path(
        "name", "What the filter is called; compared without case.", example: "Big files",
        maximum: SavedFilter.maximumNameLength)

    /// A larger body is refused unread: the longest expression needs less, also with every character escaped.
    private static let maximumFilterBytes = 32 << 10

    private var listFilters: Endpoint {
        Endpoint(
            .get, "/api/filters", .scope(.read),
            operation: Operation(
                "listFilters", .filters, "The filters that you keep, and the shared ones.",
                answers: [
                    .init(
                        200, "Your own, the shared ones (presets), and how many you may keep.",
                        [
                            .json(
                                [
                                    "type": "object", "required": ["filters", "presets", "limit"],
                                    "properties": [
                                        "filters": ["type": "array", "items": Operation.schema("SavedFilter")],
                                        "presets": ["type": "array", "items": Operation.schema("FilterPreset")],
                                        "limit": ["type": "integer"],
                                    ],
                                ])
                        ])
                ])
        ) { call in
            let filters = try await self.rooms.access.filters.list(of: try call.signedIn())
            return .json([
                "filters": .array(filters.map(\.tree)),
                "presets": .array(
                    self.configuration.filterPresets.map {
                        ["name": .string($0.name), "expression": .string($0.expression)]
                    }),
                "limit": .integer(Int64(self.rooms.access.configuration.maxFiltersPerPerson)),
            ])
        }
    }

    private var keepFilter: Endpoint {
        Endpoint(
            .put, "/api/filters/{name}", .scope(.read),
            operation: Operation(
                "keepFilter", .filters, "Keeps a filter under a name, in place of the one that had it.",
                detail: "The expression is read first; one that cannot be read is refused with its position.",
                body: [
                    .json(
                        [
                            "type": "object", "additionalProperties": false, "required": ["expression"],
                            "properties": ["expression": ["type": "string", "minLength": 1, "maxLength": 2048]],
                        ], example: ["expression": "type:cloud.* size>1GB"])
                ],
                answers: [
                    .init(200, "It is kept in place of the one before.", [.json(Operation.schema("SavedFilter"))]),
                    .init(201, "It is kept.", [.json(Operation.schema("SavedFilter"))]),
                ], problems: [409]),
            parameters: [Self.name]
        ) { call in
            let expression = try Fields(try await call.json(limit: Self.maximumFilterBytes), known: ["expression"])
                .text("expression", maximum: Filter.maximumLength)
            do {
                guard try !Filter(expression, now: call.now).isEverything else {
                    throw Problem(
                        422, "bad_field", "“expression” is empty: it would let everything pass.",
                        members: [("pointer", "/expression")])
                }
            } catch let error as FilterError {
                var problem = Problem(filter: error)
                problem.members = problem.members.filter { $0.0 != "parameter" } + [("pointer", "/expression")]
                throw problem
            }
            let (filter, isNew) = try await self.rooms.access.filters.keep(
                expression, as: call.pathParameters["name"] ?? "", of: try call.signedIn())
            return .json(filter.tree, status: isNew ? 201 : 200)
        }
    }

    private var removeFilter: Endpoint {
        Endpoint(
            .delete, "/api/filters/{name}", .scope(.read),
            operation: Operation(
                "removeFilter", .filters, "Forgets a filter of yours.", answers: [.init(204, "It is gone.")],
                problems: [404]),
            parameters: [Self.name]
        ) { call in
            try await self.rooms.access.filters.remove(
                call.pathParameters["name"] ?? "", of: try call.signedIn())
            return Reply(204)
        }
    }
}

extension SavedFilter {
    /// As `/api/filters` shows it.
    fileprivate var tree: JSONTree {
        [
            "name": .string(name), "expression": .string(expression),
            "changed_at": .time(Timestamp(milliseconds: changedAt)),
        ]
    }
}
