import FluxEvents

/// The query of a request, decoded and checked against what the route declares.
///
/// An unknown name, a name given twice, text that is no percent-encoded UTF-8, and a value out of bounds are each a 400
/// that names the parameter.
struct QueryParameters: Sendable {
    /// The most parameters that are looked at.
    static let maximumItems = 64

    private var values: [String: String] = [:]
    private var declared: [String: Parameter] = [:]

    /// - Parameters:
    ///   - query: what stands behind `?` in the target, nil where there is none.
    ///   - parameters: what the route takes.
    init(_ query: Substring?, for parameters: [Parameter]) throws(Problem) {
        for parameter in parameters where parameter.place == .query { declared[parameter.name] = parameter }
        guard let query else { return }
        var count = 0
        for pair in query.split(separator: "&") {
            count += 1
            guard count <= Self.maximumItems else {
                throw Problem(
                    400, "too_many_parameters",
                    "The query has more than \(Self.maximumItems) parameters; leave some out.")
            }
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            guard let name = PercentCoding.decode(pair[..<equals], plusIsSpace: true) else {
                throw Self.undecodable(pair[..<equals])
            }
            guard let parameter = declared[name] else {
                throw Problem.unknownParameter(name, among: declared.keys.sorted())
            }
            let raw = equals == pair.endIndex ? "" : pair[pair.index(after: equals)...]
            guard let value = PercentCoding.decode(raw, plusIsSpace: true) else {
                throw Self.undecodable(raw, of: name)
            }
            guard values[name] == nil else {
                throw Problem(
                    400, "repeated_parameter", "The query parameter “\(name)” was given more than once; give it once.",
                    members: [("parameter", .string(name))])
            }
            if value.isEmpty, parameter.mayBeEmpty { continue }
            try parameter.check(value)
            values[name] = value
        }
    }

    /// The text of a parameter, nil where it was not given or is empty.
    subscript(name: String) -> String? { values[name] }

    /// The value of a whole number parameter.
    func integer(_ name: String, standard: Int) -> Int {
        values[name].flatMap { Int($0) } ?? standard
    }

    /// The value of a flag.
    func flag(_ name: String) -> Bool {
        values[name] == "1" || values[name] == "true"
    }

    /// The value of a time parameter.
    func time(_ name: String) -> Timestamp? {
        values[name].flatMap(Parameter.time)
    }

    /// The value of a cursor parameter.
    func cursor(_ name: String) -> Cursor? {
        values[name].flatMap { try? Cursor(text: $0) }
    }

    /// The query again, percent-encoded, so that nothing of the request's own spelling is repeated.
    func encoded(replacing name: String, with value: String) -> String {
        var all = values
        all[name] = value
        return all.sorted { $0.key < $1.key }.map {
            PercentCoding.encode($0.key) + "=" + PercentCoding.encode($0.value)
        }
        .joined(separator: "&")
    }

    private static func undecodable(_ text: Substring, of name: String? = nil) -> Problem {
        .badParameter(
            name ?? String(text),
            "“\(Problem.shown(String(text)))” in the query is not percent-encoded UTF-8 text; write a percent sign as %25."
        )
    }
}

extension Parameter {
    /// Whether an empty value means the same as none.
    var mayBeEmpty: Bool {
        switch kind {
        case .text, .cursor, .filter, .time, .flag: true
        // “limit 1–1000, else 400”, and a word of a list is one of them.
        case .integer, .choice: false
        }
    }

    /// Throws a 400 that names the parameter where the value is not allowed.
    func check(_ value: String) throws(Problem) {
        switch kind {
        case .integer(let range):
            // Only plain digits: `Int` would also read “+5”.
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(value),
                range.contains(number)
            else {
                throw .badParameter(
                    name,
                    "“\(name)” must be a whole number from \(range.lowerBound) to \(range.upperBound), not “\(Problem.shown(value))”."
                )
            }
        case .choice(let words):
            guard words.contains(value) else {
                throw .badParameter(
                    name, "“\(name)” must be \(words.joined(separator: " or ")), not “\(Problem.shown(value))”.",
                    suggestion: Suggestion.nearest(to: value, among: words))
            }
        case .flag:
            guard ["0", "1", "true", "false"].contains(value) else {
                throw .badParameter(name, "“\(name)” must be 1 or 0, not “\(Problem.shown(value))”.")
            }
        case .text(let maximum):
            guard value.unicodeScalars.count <= maximum else {
                throw .badParameter(name, "“\(name)” is longer than \(maximum) characters.")
            }
        case .time:
            guard Self.time(value) != nil else {
                throw .badParameter(
                    name,
                    "“\(name)” must be a time such as 2026-11-23T05:11:20Z (RFC 3339), not “\(Problem.shown(value))”.")
            }
        case .cursor:
            do {
                _ = try Cursor(text: value)
            } catch {
                throw Problem(
                    400, "bad_cursor", error.message, members: [("parameter", .string(name))])
            }
        case .filter:
            break
        }
    }

    /// A time in a query. A “+” of an offset that was not percent-encoded arrives as a space.
    static func time(_ value: String) -> Timestamp? {
        Timestamp(rfc3339: value) ?? Timestamp(rfc3339: value.replacing(" ", with: "+", maxReplacements: 1))
    }
}
