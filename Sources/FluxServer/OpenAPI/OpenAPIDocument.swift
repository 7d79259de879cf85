import FluxAccess
import HTTPTypes
import NIOCore

/// Makes the OpenAPI 3.1 document from the routes themselves.
enum OpenAPIDocument {
    /// - Parameter endpoints: the routes; those without an operation are left out.
    static func make(_ endpoints: [Endpoint], version: String) -> JSONTree {
        var paths: [(String, JSONTree)] = []
        for endpoint in endpoints {
            guard let operation = endpoint.operation else { continue }
            let item = (endpoint.method.rawValue.lowercased(), describe(endpoint, operation))
            if let place = paths.firstIndex(where: { $0.0 == endpoint.path.text }) {
                paths[place].1 = paths[place].1.adding([item])
            } else {
                paths.append((endpoint.path.text, .object([item])))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "CloudFlux", "version": .string(version),
                "summary": "What happens to the objects in your stores, as one durable, replayable stream of events.",
                "description": .string(introduction),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(
                Operation.Tag.allCases.map {
                    ["name": .string($0.rawValue), "description": .string($0.summary)]
                }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(ComponentSchemas.all.map { ($0.name, .raw($0.json)) }),
                "securitySchemes": [
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": .string(SessionCookie.name),
                        "description":
                            "The cookie of a sign-in. Anything but GET and HEAD also needs the header X-CSRF-Token.",
                    ],
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "A token made with `cloudflux token create`, or given by a sign-in.",
                    ],
                    "ticket": [
                        "type": "apiKey", "in": "query", "name": "token",
                        "description": "A ticket of /api/auth/ticket, good once and for 60 seconds; for streams.",
                    ],
                ],
            ],
        ]
    }

    private static let introduction =
        "Errors are RFC 9457 problem documents. Lists page by cursor: give `next_cursor` as `cursor`. Unknown query "
        + "parameters are refused by name. Scopes: `read`, `ingest` (posts events only) and `admin` (everything)."

    private static func describe(_ endpoint: Endpoint, _ operation: Operation) -> JSONTree {
        var members: [(String, JSONTree)] = [
            ("operationId", .string(operation.id)), ("tags", [.string(operation.tag.rawValue)]),
            ("summary", .string(operation.summary)),
        ]
        if let detail = operation.detail { members.append(("description", .string(detail))) }
        if !endpoint.parameters.isEmpty {
            members.append(("parameters", .array(endpoint.parameters.map(\.description))))
        }
        if !operation.body.isEmpty {
            members.append(
                (
                    "requestBody",
                    [
                        "required": .boolean(!operation.bodyIsOptional), "content": contents(operation.body),
                    ]
                ))
        }
        members.append(("security", security(endpoint)))
        var answers: [(String, JSONTree)] = operation.answers.map { answer in
            var members: [(String, JSONTree)] = [("description", .string(answer.summary))]
            if !answer.contents.isEmpty { members.append(("content", contents(answer.contents))) }
            return (String(answer.status), .object(members))
        }
        for status in problems(endpoint, operation) where !answers.contains(where: { $0.0 == String(status) }) {
            answers.append((String(status), problem(status)))
        }
        answers.sort { $0.0 < $1.0 }
        members.append(("responses", .object(answers)))
        return .object(members)
    }

    private static func contents(_ contents: [Operation.Content]) -> JSONTree {
        .object(
            contents.map { content in
                var members: [(String, JSONTree)] = [("schema", content.schema)]
                if let example = content.example { members.append(("example", example)) }
                return (content.type, .object(members))
            })
    }

    private static func security(_ endpoint: Endpoint) -> JSONTree {
        switch endpoint.admission {
        case .anybody, .visitors: []
        case .signedIn, .scope: [["session": []], ["token": []]]
        case .stream: [["session": []], ["token": []], ["ticket": []]]
        }
    }

    /// The statuses of problem documents that a route may answer.
    static func problems(_ endpoint: Endpoint, _ operation: Operation) -> [Int] {
        var statuses: Set<Int> = [400, 403, 414, 429, 500, 503]
        if endpoint.admission == .anybody { statuses.remove(403) }
        switch endpoint.admission {
        case .signedIn, .scope, .stream: statuses.insert(401)
        case .anybody, .visitors: break
        }
        if !operation.body.isEmpty { statuses.formUnion([408, 413, 415, 422]) }
        return statuses.union(operation.problems).sorted()
    }

    private static func problem(_ status: Int) -> JSONTree {
        let summary =
            switch status {
            case 400: "A parameter or the request itself is malformed."
            case 401: "Not signed in."
            case 403: "Not allowed: the scope, the CSRF header, or a Host or Origin that is not ours."
            case 404: "There is no such thing."
            case 408: "The body took too long."
            case 409: "It does not go with what is there."
            case 413: "Over a limit."
            case 414: "The address is too long."
            case 415: "This media type is not taken."
            case 422: "The content is not valid."
            case 429: "Too many requests; see Retry-After."
            case 503: "Not available now; see Retry-After."
            default: "Something failed inside the server."
            }
        var members: [(String, JSONTree)] = [
            ("description", .string(summary)),
            (
                "content",
                ["application/problem+json": ["schema": Operation.schema("Problem")]]
            ),
        ]
        if status == 429 || status == 503 {
            members.append(
                (
                    "headers",
                    [
                        "Retry-After": [
                            "description": "Seconds to wait.", "schema": ["type": "integer", "minimum": 0],
                        ]
                    ]
                ))
        }
        return .object(members)
    }
}
