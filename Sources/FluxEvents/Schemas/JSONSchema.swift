/// The part of JSON Schema 2020-12 that our own schemas use: type, enum (of strings), minimum, maximum, minLength,
/// maxLength, maxItems, required, properties, additionalProperties (true or false), items.
struct JSONSchema: Sendable {
    private var types: [String] = []
    private var choices: [String]?
    private var minimum: Double?
    private var maximum: Double?
    private var minLength: Int64?
    private var maxLength: Int64?
    private var maxItems: Int64?
    private var required: [String] = []
    private var properties: [String: JSONSchema] = [:]
    private var allowsOthers = true
    private var items: [JSONSchema] = []

    /// What only describes and constrains nothing.
    private static let annotations: Set<String> = [
        "$schema", "$id", "title", "description", "format", "contentEncoding",
    ]

    /// Nil where the schema uses a word that is not understood: better none than one that is half applied.
    init?(_ schema: JSONValue) {
        guard schema.kind == .object else { return nil }
        for (key, value) in schema.members {
            switch key {
            case "type": types = value.string.map { [$0] } ?? value.elements.compactMap(\.string)
            case "enum": choices = value.elements.compactMap(\.string)
            case "minimum": minimum = value.double
            case "maximum": maximum = value.double
            case "minLength": minLength = value.int64
            case "maxLength": maxLength = value.int64
            case "maxItems": maxItems = value.int64
            case "required": required = value.elements.compactMap(\.string)
            case "additionalProperties": allowsOthers = value.bool ?? true
            case "items":
                guard let inner = JSONSchema(value) else { return nil }
                items = [inner]
            case "properties":
                for (name, value) in value.members {
                    guard let inner = JSONSchema(value) else { return nil }
                    properties[name] = inner
                }
            default:
                guard Self.annotations.contains(key) else { return nil }
            }
        }
    }

    /// Where a value does not fit, at most `Schemas.maximumProblems` places.
    func problems(of value: JSONValue) -> [Schemas.Problem] {
        var problems: [Schemas.Problem] = []
        check(value, at: "", &problems)
        return problems
    }

    private func check(_ value: JSONValue, at pointer: String, _ problems: inout [Schemas.Problem]) {
        guard problems.count < Schemas.maximumProblems else { return }
        func report(_ message: String) {
            problems.append(Schemas.Problem(pointer: pointer, message: message))
        }
        if !types.isEmpty, !types.contains(where: { Self.isOf(type: $0, value) }) {
            return report("a value of type \(types.joined(separator: " or ")) must stand here")
        }
        if let choices, !(value.string.map { choices.contains($0) } ?? false) {
            return report("one of \(choices.joined(separator: ", ")) must stand here")
        }
        if value.kind == .number {
            let number = value.double ?? .infinity
            if let minimum, number < minimum { report("the number must be at least \(Self.shown(minimum))") }
            if let maximum, number > maximum { report("the number must be at most \(Self.shown(maximum))") }
        }
        if minLength != nil || maxLength != nil, let length = value.string.map({ Int64($0.unicodeScalars.count) }) {
            if let minLength, length < minLength { report("the text must have at least \(minLength) characters") }
            if let maxLength, length > maxLength { report("the text must have at most \(maxLength) characters") }
        }
        if value.kind == .array {
            if let maxItems, value.count > maxItems { report("the array must have at most \(maxItems) elements") }
            if let item = items.first {
                for (index, element) in value.elements.enumerated() {
                    item.check(element, at: "\(pointer)/\(index)", &problems)
                }
            }
        }
        if value.kind == .object { checkMembers(value, at: pointer, &problems) }
    }

    private func checkMembers(_ value: JSONValue, at pointer: String, _ problems: inout [Schemas.Problem]) {
        for name in required where value[name] == nil {
            problems.append(Schemas.Problem(pointer: pointer, message: "“\(name)” is missing"))
        }
        guard !properties.isEmpty || !allowsOthers else { return }
        for (name, member) in value.members {
            let place = pointer + JSONPointer.of(name)
            if let schema = properties[name] {
                schema.check(member, at: place, &problems)
            } else if !allowsOthers {
                problems.append(Schemas.Problem(pointer: place, message: "“\(name.prefix(80))” is not known here"))
            }
        }
    }

    private static func isOf(type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "null": value.isNull
        case "boolean": value.bool != nil
        case "string": value.kind == .string
        case "number": value.kind == .number
        case "integer":
            value.kind == .number && (value.int64 != nil || value.double.map { $0 == $0.rounded() } ?? false)
        case "array": value.kind == .array
        case "object": value.kind == .object
        default: false
        }
    }

    private static func shown(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? "\(number)"
    }
}
