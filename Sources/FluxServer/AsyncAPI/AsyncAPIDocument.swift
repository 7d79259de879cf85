import FluxAccess
import FluxEvents
import FluxLive
import NIOCore

/// Makes the AsyncAPI 3.0 document of the streams from the values that the streams themselves are made of.
enum AsyncAPIDocument {
    static func make(version: String, parameters: [Parameter]) -> JSONTree {
        var configuration = LiveConfiguration()
        configuration.serverVersion = version
        let messages = AsyncAPIMessages(configuration: configuration)
        return [
            "asyncapi": "3.0.0",
            "info": [
                "title": "CloudFlux streams", "version": .string(version), "description": .string(introduction),
                "license": ["name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"],
            ],
            "defaultContentType": "application/json",
            "servers": ["webSocket": server("ws"), "http": server("http")],
            "channels": [
                "stream": webSocket(
                    "The stream as WebSocket text frames.",
                    (MessageKind.allCases.map(\.rawValue) + ClientAction.allCases.map(AsyncAPIMessages.name)),
                    parameters),
                "cloudEvents": webSocket(
                    "The same with the subprotocol `\(UpgradeDecision.cloudEventsProtocol)`: each text frame is one bare "
                        + "CloudEvent, and there are no other messages. A heartbeat is a WebSocket ping; a refused "
                        + "parameter is only the close code 4500. What a client sends is done, and nothing answers it.",
                    [AsyncAPIMessages.cloudEvent, AsyncAPIMessages.cloudEventGap], parameters,
                    subprotocol: UpgradeDecision.cloudEventsProtocol),
                "serverSentEvents": [
                    "address": "/api/stream/live",
                    "description":
                        "The stream as server-sent events: `event:` is the message's type, `data:` the whole message on one line, `id:` its cursor (of a gap, `to`). `Last-Event-ID` goes before `from`.",
                    "servers": [reference("servers/http")],
                    "messages": messageReferences(unasked),
                ],
            ],
            "operations": operations(parameters),
            "components": [
                "messages": messages.components, "schemas": AsyncAPISchemas.components,
                "securitySchemes": securitySchemes,
            ],
            "x-close-codes": .array(closes),
        ]
    }

    private static let introduction =
        "Three promises, which hold over reconnects, restarts and a killed server: who resumes with a `cursor` gets every "
        + "later event that passes the filter once and in order; what cannot be given is told in a `gap`; a reader may be "
        + "slow. `send` means that the server sends. Events themselves are described at /api/schemas, the REST routes at "
        + "/api/openapi.json."

    /// What comes unasked: everything but `ack` (an `error` may tell that the log could not be read).
    private static let unasked = MessageKind.allCases.filter { $0 != .ack }.map(\.rawValue)

    static func reference(_ path: String) -> JSONTree { ["$ref": .string("#/" + path)] }

    private static func messageReferences(_ names: [String]) -> JSONTree {
        .object(names.map { ($0, reference("components/messages/" + $0)) })
    }

    // MARK: Servers

    private static func server(_ scheme: String) -> JSONTree {
        [
            "host": "{address}", "protocol": .string(scheme), "description": .string("Over TLS it is \(scheme)s."),
            "variables": ["address": ["default": "127.0.0.1:8000", "description": "Where the server listens."]],
            "security": .array(["session", "token", "ticket"].map { reference("components/securitySchemes/" + $0) }),
        ]
    }

    private static let securitySchemes: JSONTree = [
        "session": [
            "type": "httpApiKey", "in": "cookie", "name": .string(SessionCookie.name),
            "description": "The cookie of a sign-in; the `Origin` must be ours.",
        ],
        "token": ["type": "http", "scheme": "bearer", "description": "A token made with `cloudflux token create`."],
        "ticket": [
            "type": "httpApiKey", "in": "query", "name": "token",
            "description": "A ticket of POST /api/auth/ticket, good once and for 60 seconds.",
        ],
    ]

    // MARK: Channels

    private static func webSocket(
        _ description: String, _ messages: [String], _ parameters: [Parameter], subprotocol: String? = nil
    ) -> JSONTree {
        var binding: [(String, JSONTree)] = [("method", "GET"), ("query", query(parameters))]
        if let subprotocol {
            binding.append(
                (
                    "headers",
                    [
                        "type": "object", "required": ["Sec-WebSocket-Protocol"],
                        "properties": ["Sec-WebSocket-Protocol": ["type": "string", "const": .string(subprotocol)]],
                    ]
                ))
        }
        return [
            "address": .string(UpgradeDecision.streamPath), "description": .string(description),
            "servers": [reference("servers/webSocket")], "messages": messageReferences(messages),
            "bindings": ["ws": .object(binding + [("bindingVersion", "0.1.0")])],
        ]
    }

    private static func query(_ parameters: [Parameter]) -> JSONTree {
        [
            "type": "object", "additionalProperties": false,
            "properties": .object(
                parameters.map { one in
                    var members: [(String, JSONTree)] = [("description", .string(one.summary))]
                    if let example = one.example { members.append(("examples", [example])) }
                    return (one.name, one.schema.adding(members))
                }),
        ]
    }

    // MARK: Operations

    private static func operations(_ parameters: [Parameter]) -> JSONTree {
        func send(_ channel: String, _ summary: String, _ messages: [String]) -> [(String, JSONTree)] {
            [
                ("action", "send"), ("channel", reference("channels/" + channel)), ("summary", .string(summary)),
                ("messages", .array(messages.map { reference("channels/\(channel)/messages/" + $0) })),
            ]
        }
        let http: JSONTree = [
            "http": ["method": "GET", "query": query(parameters), "bindingVersion": "0.3.0"]
        ]
        var all: [(String, JSONTree)] = [
            (
                "sendMessages",
                .object(
                    send("stream", "History from a place, then live, with no seam.", unasked))
            ),
            (
                "sendCloudEvents",
                .object(
                    send(
                        "cloudEvents", "The same as bare CloudEvents.",
                        [AsyncAPIMessages.cloudEvent, AsyncAPIMessages.cloudEventGap]))
            ),
            (
                "sendServerSentEvents",
                .object(
                    send("serverSentEvents", "The same as server-sent events.", unasked)
                        + [("bindings", http)])
            ),
        ]
        for action in ClientAction.allCases {
            all.append(
                (
                    action.rawValue,
                    [
                        "action": "receive", "channel": reference("channels/stream"),
                        "summary": .string(action.summary + "."),
                        "messages": [reference("channels/stream/messages/" + AsyncAPIMessages.name(action))],
                        "reply": [
                            "channel": reference("channels/stream"),
                            "messages": .array(
                                [MessageKind.ack, .error].map {
                                    reference("channels/stream/messages/" + $0.rawValue)
                                }),
                        ],
                    ]
                ))
        }
        return .object(all)
    }

    /// Every close code of a stream with what it means; codes that several reasons share stand there more than once.
    private static var closes: [JSONTree] {
        LiveClose.catalogue.map {
            [
                "code": .integer(Int64($0.code)), "reason": .string($0.reason), "come_back": .boolean($0.mayComeBack),
            ]
        }
    }
}
