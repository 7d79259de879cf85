public import FluxEvents

/// What a client asks of a stream with its query: the same for WebSocket, SSE and the command line.
public struct StreamRequest: Sendable, Hashable {
    public var filter: Filter
    public var from: StartPoint
    /// Whether events come many to a message.
    public var batch: Bool
    /// Whether simulated events are wanted too.
    public var simulated: Bool

    public init(
        filter: Filter = .everything, from: StartPoint = .latest, batch: Bool = false, simulated: Bool = false
    ) {
        self.filter = filter
        self.from = from
        self.batch = batch
        self.simulated = simulated
    }

    /// The names of all parameters. `token` is the sign-in's and is not looked at here.
    public static let parameters = ["filter", "from", "batch", "simulated", "token"]

    /// Reads the query of a request target such as `/ws/stream?filter=type:cloud.*&from=-100`.
    ///
    /// - Parameter now: what `now` in the filter means.
    public init(target: String, now: Timestamp) throws(StreamRequestError) {
        try self.init(items: QueryText.items(ofTarget: target), now: now)
    }

    /// Reads decoded query items. Unknown, repeated and bad ones are refused, the first one found.
    public init(items: some Sequence<(name: String, value: String)>, now: Timestamp) throws(StreamRequestError) {
        self.init()
        var seen: Set<String> = []
        for (name, value) in items {
            guard Self.parameters.contains(name) else {
                throw StreamRequestError(
                    code: .unknownParameter,
                    message:
                        "There is no parameter “\(StartPoint.shown(name))”; a stream has \(Self.parameters.joined(separator: ", ")).",
                    parameter: name, suggestion: Suggestion.nearest(to: name, among: Self.parameters))
            }
            guard seen.insert(name).inserted else {
                throw StreamRequestError(
                    code: .repeatedParameter, message: "The parameter “\(name)” is given twice; give it once.",
                    parameter: name)
            }
            switch name {
            case "filter": filter = try Self.filter(value, now: now)
            case "from": from = try StartPoint(value)
            case "batch": batch = try Self.flag(name, value)
            case "simulated": simulated = try Self.flag(name, value)
            default: break
            }
        }
    }

    /// Reads a filter expression; an empty one lets everything pass.
    static func filter(_ text: String, now: Timestamp) throws(StreamRequestError) -> Filter {
        do {
            return try Filter(text, now: now)
        } catch {
            throw StreamRequestError(
                code: .badFilter, message: error.message, parameter: "filter", position: error.position,
                suggestion: error.suggestion)
        }
    }

    private static func flag(_ name: String, _ value: String) throws(StreamRequestError) -> Bool {
        switch value {
        case "1", "true": return true
        case "0", "false": return false
        default:
            throw StreamRequestError(
                code: .badParameter,
                message: "“\(name)” is “\(StartPoint.shown(value))”; it is 1 or 0.", parameter: name)
        }
    }
}
