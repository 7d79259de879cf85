/// The JSON Schemas (2020-12) of every type's `data`.
public enum Schemas {
    /// A place where data does not fit its schema.
    public struct Problem: Sendable, Hashable {
        /// A JSON pointer from `data`, "" for the data itself.
        public var pointer: String
        /// What is wrong there.
        public var message: String

        public init(pointer: String, message: String) {
            self.pointer = pointer
            self.message = message
        }
    }

    /// The types that have a schema, in order.
    public static func names() -> [String] { [] }

    /// The schema of a type's `data` as JSON text; nil for a foreign type.
    public static func schema(for type: EventType) -> String? { nil }

    /// Where the data does not fit; empty where it fits, and for types without a schema.
    public static func validate(data: JSONValue, type: EventType) -> [Problem] { [] }
}
