import NIOCore

/// The JSON Schemas (2020-12) of every type's `data`.
public enum Schemas {
    /// A place where data does not fit its schema.
    public struct Problem: Sendable, Hashable {
        /// A JSON pointer from `data`, "" for the data itself.
        public var pointer: String
        /// What is wrong there, without a full stop.
        public var message: String

        public init(pointer: String, message: String) {
            self.pointer = pointer
            self.message = message
        }
    }

    /// The types that have a schema, in order.
    public static func names() -> [String] { SchemaTexts.shapes.map(\.type.rawValue) }

    /// The schema of a type's `data` as JSON text; nil for a foreign type.
    public static func schema(for type: EventType) -> String? { texts[type] }

    /// The same to stand inside of another document: without `$schema` and `$id`.
    public static func part(for type: EventType) -> String? {
        SchemaTexts.shapes.first { $0.type == type }
            .map { SchemaTexts.schema(type, $0.shape, isDocument: false) }
    }

    /// Where the data does not fit, at most `maximumProblems`; empty where it fits, and for types without a schema.
    public static func validate(data: JSONValue, type: EventType) -> [Problem] {
        compiled[type].map { $0.problems(of: data) } ?? []
    }

    /// No more problems than this are told of one event.
    public static let maximumProblems = 20

    private static let texts: [EventType: String] = Dictionary(
        uniqueKeysWithValues: SchemaTexts.shapes.map {
            ($0.type, SchemaTexts.schema($0.type, $0.shape, isDocument: true))
        })

    private static let compiled: [EventType: JSONSchema] = texts.compactMapValues { text in
        (try? JSONDocument.parse(ByteBuffer(string: text))).flatMap { JSONSchema($0.root) }
    }
}
