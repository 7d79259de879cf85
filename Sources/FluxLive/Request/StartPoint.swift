public import FluxEvents

/// Where a reader wants to begin: the five forms of `from`.
public enum StartPoint: Sendable, Hashable {
    /// Only what comes from now on.
    case latest
    /// The oldest event that is kept.
    case earliest
    /// So many matching events back from the newest.
    case back(Int)
    /// The first event that was recorded at this time or later.
    case time(Timestamp)
    /// The event at a cursor.
    case cursor(Cursor)

    /// The most that `-N` may ask for.
    public static let maximumBack = 10_000

    /// Reads the text of a `from` parameter or field.
    public init(_ text: String) throws(StreamRequestError) {
        switch text {
        case "latest": self = .latest
        case "earliest": self = .earliest
        default:
            if text.hasPrefix("-") {
                self = .back(try Self.count(text.dropFirst()))
            } else if text.hasPrefix("v"), text.contains("-") {
                self = .cursor(try Self.cursor(text))
            } else if let time = Timestamp(rfc3339: text) {
                self = .time(time)
            } else if let time = Timestamp(rfc3339: text.replacing(" ", with: "+", maxReplacements: 1)) {
                // A “+” in a query that was not percent-encoded arrives as a space.
                self = .time(time)
            } else {
                throw StreamRequestError(
                    code: .badFrom,
                    message:
                        "“\(Self.shown(text))” is no place to start from; give latest, earliest, -N (such as -100), a time such as 2026-11-23T05:11:20Z, or a cursor.",
                    parameter: "from",
                    suggestion: Suggestion.nearest(to: text, among: ["latest", "earliest"]))
            }
        }
    }

    private static func count(_ digits: Substring) throws(StreamRequestError) -> Int {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits),
            (1...maximumBack).contains(count)
        else {
            throw StreamRequestError(
                code: .badFrom,
                message:
                    "“-\(shown(String(digits)))” is no number of events to go back; give -1 to -\(maximumBack), or a time or cursor to start further back.",
                parameter: "from")
        }
        return count
    }

    private static func cursor(_ text: String) throws(StreamRequestError) -> Cursor {
        let cursor: Cursor
        do {
            cursor = try Cursor(text: text)
        } catch {
            throw StreamRequestError(code: .badFrom, message: error.message, parameter: "from")
        }
        guard cursor.offset(.events) != nil else {
            throw StreamRequestError(
                code: .badFrom,
                message: "The cursor names no position among the events; give it exactly as it was received.",
                parameter: "from")
        }
        return cursor
    }

    /// Foreign text as it may stand in a message: cut, without control characters.
    static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(60).map { $0.value < 0x20 || $0.value == 0x7F ? "�" : String($0) }
        return plain.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
    }
}
