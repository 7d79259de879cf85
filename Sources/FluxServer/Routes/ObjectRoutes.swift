import FluxAccess
import FluxCatalog
import FluxEvents
import HTTPTypes
import NIOCore

/// What is known of the objects.
extension API {
    var objectRoutes: [Endpoint] { [readOverview, listObjects, readObject] }

    private var readOverview: Endpoint {
        Endpoint(
            .get, "/api/overview", .scope(.read),
            operation: Operation(
                "readOverview", .objects, "What is there, by store and storage class, and how it is read.",
                detail: "Days are UTC days; `hottest` are the objects that were read most in the 30 days up to today.",
                answers: [.init(200, "The overview.", [.json(Operation.schema("Overview"))])])
        ) { call in
            var json = ByteBuffer()
            try await self.rooms.catalog.overview(now: call.now).writeJSON(into: &json)
            return .json(json)
        }
    }

    private var listObjects: Endpoint {
        Endpoint(
            .get, "/api/objects", .scope(.read),
            operation: Operation(
                "listObjects", .objects, "Objects, searched and sorted, a page at a time.",
                detail: "What was never observed is null. `as_of` says which point of the log the answer stands for.",
                answers: [.init(200, "A page.", [.json(Operation.schema("ObjectPage"))])]),
            parameters: [
                .query("limit", .integer(ObjectQuery.limits), "Objects a page.", standard: 50),
                .query(
                    "cursor", .text(maximum: 16_384),
                    "`next_cursor` of the page before, with the same other parameters."),
                .query("q", .text(maximum: 256), "Part of the name, ignoring case.", example: "report"),
                .query("store", .text(maximum: 128), "Only this store (its id)."),
                .query("provider", .text(maximum: 32), "Only this provider.", example: "file"),
                .query("bucket", .text(maximum: 1024), "Only this bucket."),
                .query("tier", .text(maximum: 64), "Only this tier."),
                .query(
                    "temperature", .choice(ObjectQuery.Warmth.allCases.map(\.rawValue)),
                    "Only those that were last called so; `NONE`: those that were never judged."),
                .query("deleted", .flag, "Those that were deleted instead.", standard: "0"),
                .query(
                    "sort", .choice(ObjectQuery.Sort.allCases.map(\.rawValue)), "Sorted by.", standard: "name"),
                .query("order", .choice(["asc", "desc"]), "By default ascending by name, else descending."),
            ]
        ) { call in
            let query = ObjectQuery(
                limit: call.query.integer("limit", standard: ObjectQuery.defaultLimit), cursor: call.query["cursor"],
                search: call.query["q"], store: call.query["store"], provider: call.query["provider"],
                bucket: call.query["bucket"], tier: call.query["tier"],
                temperature: call.query["temperature"].flatMap(ObjectQuery.Warmth.init),
                deleted: call.query.flag("deleted"),
                sort: call.query["sort"].flatMap(ObjectQuery.Sort.init) ?? .name,
                order: call.query["order"].flatMap(ObjectQuery.Order.init))
            var json = ByteBuffer()
            try await self.rooms.catalog.objects(query, today: call.now.day).writeJSON(into: &json)
            return .json(json)
        }
    }

    private var readObject: Endpoint {
        Endpoint(
            .get, "/api/objects/{id}", .scope(.read),
            operation: Operation(
                "readObject", .objects, "One object, with its reads by day and the filter that shows its events.",
                answers: [.init(200, "The object.", [.json(Operation.schema("ObjectDetail"))])], problems: [404]),
            parameters: [.path("id", "The object's id.", example: "obj_3Zt9…")]
        ) { call in
            guard
                let detail = try await self.rooms.catalog.object(
                    id: call.pathParameters["id"] ?? "", today: call.now.day)
            else {
                throw Problem(404, "no_such_object", "No object of that id is known; it may be of another log.")
            }
            var json = ByteBuffer()
            detail.writeJSON(into: &json)
            return .json(json)
        }
    }
}
