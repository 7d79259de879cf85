/// A query or path parameter of a route: what is accepted, and what the description says of it. One declaration makes
/// both, so that they cannot differ.
struct Parameter: Sendable {
    enum Kind: Sendable {
        /// A whole number within bounds.
        case integer(ClosedRange<Int>)
        /// One of some words.
        case choice([String])
        /// `1` or `0` (also `true` and `false`); empty counts as not given.
        case flag
        /// Text of at most so many characters; empty text counts as not given.
        case text(maximum: Int)
        /// An RFC 3339 time; empty counts as not given.
        case time
        /// A cursor that this server gave.
        case cursor
        /// A filter expression.
        case filter
    }

    enum Place: String, Sendable {
        case query, path
    }

    var name: String
    var kind: Kind
    var place: Place
    var summary: String
    /// What holds where the parameter is not given, as the description shows it.
    var standard: JSONTree?
    var example: JSONTree?

    static func query(
        _ name: String, _ kind: Kind, _ summary: String, standard: JSONTree? = nil, example: JSONTree? = nil
    ) -> Parameter {
        Parameter(name: name, kind: kind, place: .query, summary: summary, standard: standard, example: example)
    }

    static func path(_ name: String, _ summary: String, example: JSONTree? = nil, maximum: Int = 256) -> Parameter {
        Parameter(
            name: name, kind: .text(maximum: maximum), place: .path, summary: summary, standard: nil, example: example)
    }

    /// The JSON Schema of its value.
    var schema: JSONTree {
        var schema: JSONTree
        switch kind {
        case .integer(let range):
            schema = [
                "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ]
        case .choice(let words): schema = ["type": "string", "enum": .array(words.map(JSONTree.string))]
        case .flag: schema = ["type": "string", "enum": ["0", "1", "false", "true", ""]]
        case .text(let maximum):
            schema =
                place == .path
                ? ["type": "string", "minLength": 1, "maxLength": .integer(Int64(maximum))]
                : ["type": "string", "maxLength": .integer(Int64(maximum))]
        case .time: schema = ["type": "string", "anyOf": [["format": "date-time"], ["maxLength": 0]]]
        case .cursor: schema = ["type": "string", "maxLength": 1024, "pattern": "^[A-Za-z0-9_-]*$"]
        case .filter: schema = ["type": "string", "maxLength": 2048]
        }
        if let standard { schema = schema.adding([("default", standard)]) }
        return schema
    }

    /// The parameter object of the OpenAPI document.
    var description: JSONTree {
        var members: [(String, JSONTree)] = [
            ("name", .string(name)), ("in", .string(place.rawValue)), ("required", .boolean(place == .path)),
            ("description", .string(summary)), ("schema", schema),
        ]
        if let example { members.append(("example", example)) }
        return .object(members)
    }
}
