import FluxEvents
import FluxLive

/// The schemas of the AsyncAPI document.
enum AsyncAPISchemas {
    /// The payload of a server's message. Readers ignore fields that they do not know, so others are allowed.
    static func payload(_ kind: MessageKind) -> JSONTree {
        var properties: [(String, JSONTree)] = [("type", ["type": "string", "const": .string(kind.rawValue)])]
        for field in kind.fields {
            properties.append((field.name, schema(field).adding([("description", .string(field.summary + "."))])))
        }
        let required = ["type"] + kind.fields.filter(\.isRequired).map(\.name)
        return [
            "type": "object", "required": .array(required.map(JSONTree.string)), "properties": .object(properties),
        ]
    }

    /// The payload of a client's message; a field that is not known is refused.
    static func payload(_ action: ClientAction) -> JSONTree {
        var properties: [(String, JSONTree)] = [
            ("id", ["description": "Yours: any JSON value."]),
            ("action", ["type": "string", "const": .string(action.rawValue)]),
        ]
        if action.takesSubscription {
            properties.append(("filter", ["type": ["string", "null"], "maxLength": 2048]))
            properties.append(
                (
                    "from",
                    ["type": ["string", "null"], "description": "`latest`, `earliest`, `-N`, a time or a cursor."]
                ))
        }
        return [
            "type": "object", "additionalProperties": false, "required": ["action"], "properties": .object(properties),
        ]
    }

    private static func schema(_ field: MessageField) -> JSONTree {
        let type = { (name: String) -> JSONTree in field.mayBeNull ? [.string(name), "null"] : .string(name) }
        let named = { (name: String) -> JSONTree in ["allOf": [Operation.schema(name)]] }
        return switch field.kind {
        case .text: ["type": type("string")]
        case .flag: ["type": "boolean"]
        case .count: ["type": type("integer"), "minimum": 0]
        case .words(let words): ["type": "string", "enum": .array(words.map(JSONTree.string))]
        case .mark: .object([])
        case .cursor: named("Cursor")
        case .time: named("Time")
        case .event: named("StreamEvent")
        case .events:
            ["type": "array", "minItems": 1, "maxItems": 500, "items": Operation.schema("StreamEvent")]
        case .statistics: named("Stats")
        case .limits: named("Limits")
        }
    }

    /// What OpenAPI names too, then what only streams have, then the data of each type.
    static var components: JSONTree {
        let shared = ["Time", "Event", "CloudEvent", "Stats", "Gap"]
        return .object(
            ComponentSchemas.all.filter { shared.contains($0.name) }.map { ($0.name, .raw($0.json)) } + own + data)
    }

    private static let own: [(String, JSONTree)] = [
        (
            "Cursor",
            [
                "type": "string", "minLength": 1, "maxLength": .integer(Int64(Cursor.maximumLength)),
                "pattern": "^[A-Za-z0-9_-]+$", "description": "Opaque; good in every protocol, over restarts.",
            ]
        ),
        (
            "Limits",
            .object([
                ("type", "object"), ("description", "What this server allows."),
                (
                    "properties",
                    .object(
                        [
                            "max_message_bytes", "max_batch_events", "max_batch_bytes", "max_back", "ping_interval_ms",
                            "stall_timeout_ms",
                        ].map { ($0, ["type": "integer", "minimum": 0]) })
                ),
            ])
        ),
        ("StreamEvent", event(of: "Event") { $0 }),
        ("StreamCloudEvent", event(of: "CloudEvent") { EventType(rawValue: $0).cloudEventsName }),
        (
            "CloudEventGap",
            [
                "allOf": [Operation.schema("CloudEvent")], "type": "object", "required": ["cursor", "data"],
                "properties": [
                    "type": ["type": "string", "const": "io.cloudflux.system.gap.v1"],
                    "cursor": Operation.schema("Cursor"), "data": Operation.schema("Gap"),
                ],
            ]
        ),
    ]

    /// An event whose data fits its type; a foreign type's data is whatever it came with.
    private static func event(of base: String, name: (String) -> String) -> JSONTree {
        [
            "allOf": .array(
                [Operation.schema(base)]
                    + Schemas.names().map { type in
                        [
                            "if": ["properties": ["type": ["const": .string(name(type))]]],
                            "then": ["properties": ["data": Operation.schema(type)]],
                        ]
                    })
        ]
    }

    private static var data: [(String, JSONTree)] {
        Schemas.names().compactMap { type in
            Schemas.part(for: EventType(rawValue: type)).map { (type, .raw($0)) }
        }
    }
}
