/// What a filter can ask of an event.
enum FilterField: Sendable, Hashable {
    case named(Name)
    /// A place inside `data`: members' names, and numbers into arrays.
    case data([String])

    /// Numbered, so that a view can keep what it has read in an array.
    enum Name: Int, Sendable, Hashable, CaseIterable {
        case type, source, id, provider, bucket, name, operation, temperature, pattern, tier, recommendedTier
        case status, migration, user, correlation, simulated, size, amount, accesses, confidence, progress, time
        case recorded, partition, offset
    }

    /// What kind of value a field has.
    enum Kind {
        case text, number, size, time, flag, any
    }

    var kind: Kind {
        switch self {
        case .data: .any
        case .named(.size): .size
        case .named(.amount), .named(.accesses), .named(.confidence), .named(.progress), .named(.partition),
            .named(.offset):
            .number
        case .named(.time), .named(.recorded): .time
        case .named(.simulated): .flag
        case .named: .text
        }
    }

    /// A value that may stand behind it, for suggestions.
    var exampleValue: String {
        switch kind {
        case .text, .any: "*"
        case .number: "1"
        case .size: "1GB"
        case .time: "now-1h"
        case .flag: "true"
        }
    }

    /// Whether reading it means reading `data`.
    var needsData: Bool {
        switch self {
        case .data: true
        case .named(let name): name.member != nil
        }
    }

    /// As the language writes it.
    var text: String {
        switch self {
        case .named(let name): return name.text
        case .data(let path):
            var out = "data"
            for segment in path {
                out += "."
                for scalar in segment.unicodeScalars {
                    if !Self.isPlain(scalar) { out += "\\" }
                    out.unicodeScalars.append(scalar)
                }
            }
            return out
        }
    }

    /// The place in `data` that a name which is no field probably means: `data.colour` for `colour`.
    static func guess(_ segments: [String]) -> FilterField {
        let inside = segments.first?.lowercased() == "data" ? segments.dropFirst() : segments[...]
        let path = inside.filter { !$0.isEmpty }
        return .data(path.isEmpty ? ["file_name"] : Array(path))
    }

    /// Letters, digits and what is not ASCII nor space may stand in a path as they are.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return !scalar.properties.isWhitespace }
        return scalar == "_" || scalar == "-" || FilterLexer.isLetterOrDigit(scalar)
    }
}

extension FilterField.Name {
    /// The member of `data` that holds it; nil for what the envelope holds.
    var member: String? {
        switch self {
        case .provider: "provider"
        case .bucket: "bucket"
        case .name: "file_name"
        case .operation: "operation"
        case .temperature: "data_temperature"
        case .pattern: "pattern_type"
        case .tier: "current_tier"
        case .recommendedTier: "recommended_tier"
        case .status: "status"
        case .migration: "migration_id"
        case .size: "size_bytes"
        case .amount: "amount"
        case .accesses: "access_count"
        case .confidence: "confidence"
        case .progress: "progress"
        case .type, .source, .id, .user, .correlation, .simulated, .time, .recorded, .partition, .offset: nil
        }
    }

    /// As the language writes it.
    var text: String { self == .recommendedTier ? "recommended_tier" : String(describing: self) }

    /// The field of that name, in any case.
    init?(text: String) {
        guard let known = Self.byText[text.lowercased()] else { return nil }
        self = known
    }

    private static let byText = Dictionary(uniqueKeysWithValues: allCases.map { ($0.text, $0) })
}
