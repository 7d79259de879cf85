import FluxEvents

/// The members of a JSON object that somebody posted: known names only, each of the right kind, else a 422 with a
/// pointer.
struct Fields: Sendable {
    private let value: JSONValue

    init(_ value: JSONValue, known: [String]) throws(Problem) {
        guard value.kind == .object else { throw Self.bad("", "The body must be a JSON object.") }
        for (name, _) in value.members where !known.contains(name) {
            let nearest = Suggestion.nearest(to: name, among: known)
            let help = nearest.map { "Did you mean “\($0)”?" } ?? "Known here: \(known.joined(separator: ", "))."
            throw Self.bad(
                Self.pointer(name), "There is no field “\(Problem.shown(name))”. \(help)",
                suggestion: nearest)
        }
        self.value = value
    }

    /// Text of at most so many characters; required.
    func text(_ name: String, maximum: Int) throws(Problem) -> String {
        guard let field = value[name], let text = field.string else {
            throw Self.bad(Self.pointer(name), "“\(name)” is missing or not text.")
        }
        guard text.unicodeScalars.count <= maximum else {
            throw Self.bad(Self.pointer(name), "“\(name)” is longer than \(maximum) characters.")
        }
        return text
    }

    /// True or false; false where it is missing.
    func flag(_ name: String) throws(Problem) -> Bool {
        guard let field = value[name] else { return false }
        guard let flag = field.bool else { throw Self.bad(Self.pointer(name), "“\(name)” must be true or false.") }
        return flag
    }

    /// A whole number within bounds, nil where it is missing.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let field = value[name] else { return nil }
        guard let number = field.int64, range.contains(number) else {
            throw Self.bad(
                Self.pointer(name),
                "“\(name)” must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// A number within bounds, nil where it is missing.
    func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let field = value[name] else { return nil }
        guard let number = field.double, range.contains(number) else {
            throw Self.bad(
                Self.pointer(name), "“\(name)” must be a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func bad(_ pointer: String, _ detail: String, suggestion: String? = nil) -> Problem {
        Problem(
            422, "bad_field", detail,
            members: [("pointer", .string(pointer))] + (suggestion.map { [("suggestion", .string($0))] } ?? []))
    }

    /// A JSON pointer (RFC 6901) to a member.
    private static func pointer(_ name: String) -> String {
        "/" + Problem.shown(name).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
