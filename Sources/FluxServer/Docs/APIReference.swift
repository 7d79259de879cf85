import FluxAccess
import FluxEvents
import HTTPTypes
import NIOCore

/// The REST routes for people, made from the routes themselves.
enum APIReference {
    static let page = "api"

    static func make(_ endpoints: [Endpoint]) -> DocsReference {
        var reference = DocsReference(
            page: page, title: "The HTTP API",
            introduction:
                "Every route, its parameters and its answers. For machines the same stands at `/api/openapi.json` (OpenAPI "
                + "3.1). Errors are problem documents (RFC 9457); lists page by cursor; an unknown parameter is a 400 that "
                + "names it.")
        for tag in Operation.Tag.allCases {
            reference.section(2, tag.title, anchor: tag.rawValue, text: tag.summary) {
                $0.element("p", prose: tag.summary)
            }
            for endpoint in endpoints {
                if let operation = endpoint.operation, operation.tag == tag { add(endpoint, operation, to: &reference) }
            }
        }
        reference.section(2, "Data of events", anchor: "data-of-events") { html in
            html.element(
                "p", prose: "What `data` of each of our own types has. Members that a schema does not name are allowed."
            )
            html.table(
                ["Type", "What happened", "Always there"],
                Schemas.names().map { type in
                    let schema = Schemas.part(for: EventType(rawValue: type)).flatMap {
                        try? JSONDocument.parse(ByteBuffer(string: $0)).root
                    }
                    let required = (schema?["required"]?.elements).map { $0.compactMap(\.string) } ?? []
                    return [
                        "`\(type)`", schema?["description"]?.string ?? "",
                        required.map { "`\($0)`" }.joined(separator: ", "),
                    ]
                })
        }
        reference.section(2, "Forms", anchor: "forms") {
            $0.element("p", text: "What bodies and answers are made of.")
        }
        for schema in ComponentSchemas.all { add(schema, to: &reference) }
        return reference
    }

    private static func add(_ endpoint: Endpoint, _ operation: Operation, to reference: inout DocsReference) {
        let method = endpoint.method.rawValue
        let path = endpoint.path.text
        let text = [operation.summary, operation.detail ?? ""] + endpoint.parameters.map { $0.name + " " + $0.summary }
        var heading = HTML()
        heading.element("span", [("class", "method")], text: method)
        heading.write(" ")
        heading.element("code", text: path)
        reference.section(
            3, "\(method) \(path)", anchor: operation.id, text: text.joined(separator: " "), heading: heading
        ) { html in
            html.element("p", prose: operation.summary + (operation.detail.map { " " + $0 } ?? ""))
            html.element("p", [("class", "quiet")], prose: who(endpoint.admission))
            if !endpoint.parameters.isEmpty {
                html.element("h4", text: "Parameters")
                html.table(["Name", "In", "Values", "Default", "Meaning"], endpoint.parameters.map(row))
            }
            for body in operation.body {
                html.element(
                    "h4", prose: "Body as `\(body.type)`" + (operation.bodyIsOptional ? ", may be left out" : ""))
                html.element("p") { SchemaWords.write(body.schema, to: &$0) }
                if let example = body.example { html.code(String(buffer: example.bytes)) }
            }
            html.element("h4", text: "Example")
            html.code(example(endpoint, operation))
            html.element("h4", text: "Answers")
            for answer in operation.answers {
                html.element("p") { html in
                    html.element("strong", text: String(answer.status))
                    html.write(prose: " " + answer.summary)
                    for content in answer.contents {
                        html.write(prose: " `\(content.type)`: ")
                        SchemaWords.write(content.schema, to: &html)
                    }
                }
                for content in answer.contents {
                    if let example = content.example { html.code(String(buffer: example.bytes)) }
                }
            }
            let problems = OpenAPIDocument.problems(endpoint, operation).map(String.init).joined(separator: ", ")
            html.element("p", [("class", "quiet")], text: "Problem documents: \(problems).")
        }
    }

    private static func add(_ schema: ComponentSchemas.Schema, to reference: inout DocsReference) {
        guard let root = (try? JSONDocument.parse(ByteBuffer(string: schema.json)))?.root else { return }
        reference.section(3, schema.name, anchor: SchemaWords.anchor(schema.name)) { html in
            if let description = root["description"]?.string { html.element("p", prose: description) }
            let rows = SchemaWords.rows(root)
            if rows.isEmpty {
                html.element("p", prose: SchemaWords.words(root))
            } else {
                html.table(["Name", "Value", "Meaning"], rows)
            }
        }
    }

    private static func row(_ parameter: Parameter) -> [String] {
        let standard = parameter.standard.map { "`\(plain($0))`" } ?? ""
        let example = parameter.example.map { " For example `\(plain($0))`." } ?? ""
        let values = (try? JSONDocument.parse(parameter.schema.bytes)).map { SchemaWords.words($0.root) } ?? ""
        return ["`\(parameter.name)`", parameter.place.rawValue, values, standard, parameter.summary + example]
    }

    private static func plain(_ value: JSONTree) -> String {
        if case .string(let text) = value { text } else { String(buffer: value.bytes) }
    }

    private static func who(_ admission: Admission) -> String {
        switch admission {
        case .anybody, .visitors: "Needs no sign-in."
        case .signedIn: "For whoever is signed in."
        case .stream: "Needs the scope `read`; a ticket in `token` will do."
        case .scope(let scope): "Needs the scope `\(scope.rawValue)`."
        }
    }

    /// A request that can be typed.
    private static func example(_ endpoint: Endpoint, _ operation: Operation) -> String {
        var path = endpoint.path.text
        var query: [String] = []
        for parameter in endpoint.parameters {
            guard let example = parameter.example.map(plain) else { continue }
            if parameter.place == .path {
                path = path.replacing("{\(parameter.name)}", with: example)
            } else {
                query.append(parameter.name + "=" + PercentCoding.encode(example))
            }
        }
        var command = "curl"
        if endpoint.method != .get { command += " -X " + endpoint.method.rawValue }
        switch endpoint.admission {
        case .anybody, .visitors: break
        case .signedIn, .stream, .scope: command += " -H \"Authorization: Bearer $TOKEN\""
        }
        command += " 'http://127.0.0.1:8000\(path)\(query.isEmpty ? "" : "?")\(query.joined(separator: "&"))'"
        if let body = operation.body.first, let example = body.example {
            let text = String(buffer: example.bytes).replacing("'", with: "'\\''")
            command += " \\\n  -H 'Content-Type: \(body.type)' -d '\(text)'"
        }
        return command
    }
}

extension Operation.Tag {
    fileprivate var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
