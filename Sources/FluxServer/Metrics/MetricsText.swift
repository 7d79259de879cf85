import NIOCore

/// The labels of one series, in order of their keys.
struct MetricLabels: Sendable, Hashable, Comparable {
    var pairs: [(String, String)]

    init(_ pairs: [(String, String)]) {
        self.pairs = pairs.sorted { $0.0 < $1.0 }
    }

    static func == (a: MetricLabels, b: MetricLabels) -> Bool {
        a.pairs.elementsEqual(b.pairs, by: ==)
    }

    func hash(into hasher: inout Hasher) {
        for (name, value) in pairs {
            hasher.combine(name)
            hasher.combine(value)
        }
    }

    static func < (a: MetricLabels, b: MetricLabels) -> Bool {
        a.pairs.lexicographicallyPrecedes(b.pairs, by: <)
    }
}

/// Writes Prometheus text format 0.0.4: a family's head first, then its samples.
public struct MetricsText: Sendable {
    public enum Kind: String, Sendable, Hashable {
        case counter, gauge, histogram
    }

    var buffer = ByteBuffer()
    private var name = ""

    init() {}

    /// Begins a family; what follows belongs to it. Each name once a scrape.
    public mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        buffer.writeString("# HELP \(name) \(Self.escape(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// One sample of a counter or gauge.
    public mutating func sample(_ value: Double, labels: [(String, String)] = []) {
        line(name, labels, value)
    }

    /// A family with one sample.
    public mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        family(name, kind, help)
        sample(Double(value))
    }

    /// The samples of one histogram. `counts` has one more element than `bounds`: what lies above all of them.
    public mutating func histogram(bounds: [Double], counts: [UInt64], sum: Double, labels: [(String, String)] = []) {
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, counts) {
            total += count
            line(name + "_bucket", labels + [("le", Self.number(bound))], Double(total))
        }
        total += counts.last ?? 0
        line(name + "_bucket", labels + [("le", "+Inf")], Double(total))
        line(name + "_sum", labels, sum)
        line(name + "_count", labels, Double(total))
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        buffer.writeString(name)
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.0)=\"\(Self.escape($0.1, quotes: true))\"" }
            buffer.writeString("{\(pairs.joined(separator: ","))}")
        }
        buffer.writeString(" \(Self.number(value))\n")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
