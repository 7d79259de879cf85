import FluxEvents
import NIOCore

/// JSON Schemas in words.
enum SchemaWords {
    private static let prefix = "#/components/schemas/"

    static func anchor(_ schema: String) -> String { "form-" + schema }

    /// What a value may be: “whole number, 1 to 1000”.
    static func words(_ schema: JSONValue) -> String {
        if let reference = schema["$ref"]?.string { return String(reference.trimmingPrefix(prefix)) }
        if let constant = schema["const"] { return "`\(constant.string ?? String(buffer: constant.bytes))`" }
        if let choices = schema["enum"]?.elements {
            return choices.compactMap(\.string).map { $0.isEmpty ? "nothing" : "`\($0)`" }.joined(separator: " or ")
        }
        for key in ["oneOf", "allOf"] {
            if let parts = schema[key]?.elements { return parts.map(words).joined(separator: " or ") }
        }
        let types =
            schema["type"]?.string.map { [$0] } ?? (schema["type"]?.elements).map { $0.compactMap(\.string) } ?? []
        var said = types.map { name(of: $0, schema) }.joined(separator: " or ")
        if said.isEmpty { said = "any JSON" }
        if let low = schema["minimum"]?.numberText {
            said += schema["maximum"]?.numberText.map { ", \(low) to \($0)" } ?? ", at least \(low)"
        }
        if let longest = schema["maxLength"]?.numberText { said += ", at most \(longest) characters" }
        return said
    }

    private static func name(of type: String, _ schema: JSONValue) -> String {
        switch type {
        case "integer": "whole number"
        case "boolean": "true or false"
        case "string":
            ([schema] + ((schema["anyOf"]?.elements).map { Array($0) } ?? []))
                .contains { $0["format"]?.string == "date-time" } ? "time" : "text"
        case "array": "array of " + (schema["items"].map(words) ?? "any JSON")
        case "object":
            schema["properties"].map { "object of " + $0.members.map { "`\($0.key)`" }.joined(separator: ", ") }
                ?? "object"
        default: type
        }
    }

    /// The members of an object: name, value, meaning.
    static func rows(_ schema: JSONValue) -> [[String]] {
        let required = (schema["required"]?.elements).map { $0.compactMap(\.string) } ?? []
        return ((schema["properties"]?.members).map { Array($0) } ?? []).map { name, value in
            [
                "`\(name)`", words(value) + (required.contains(name) ? "" : " (may be missing)"),
                value["description"]?.string ?? "",
            ]
        }
    }

    /// The same of a value that is written in Swift, with a link to what it names.
    static func write(_ schema: JSONTree, to html: inout HTML) {
        guard let root = (try? JSONDocument.parse(schema.bytes))?.root else { return }
        if let reference = root["$ref"]?.string {
            let name = String(reference.trimmingPrefix(prefix))
            return html.link("/docs/\(APIReference.page)#\(anchor(name))", name)
        }
        html.write(prose: words(root))
    }
}
