import FluxEvents
import NIOCore

/// What a client may say on a WebSocket.
struct ClientMessage: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        /// A missing filter or start keeps what is.
        case subscribe(filter: String?, from: String?)
        case pause
        case resume
        case ping
        case stats

        var name: String { kind.rawValue }

        private var kind: ClientAction {
            switch self {
            case .subscribe: .subscribe
            case .pause: .pause
            case .resume: .resume
            case .ping: .ping
            case .stats: .stats
            }
        }
    }

    /// The client's own mark, any JSON value, as the text it sent; nil where there was none.
    var id: ByteBuffer?
    var action: Action

    private static let actions = ClientAction.allCases.map(\.rawValue)
}

/// A message that was refused, with the mark to answer it by.
struct ClientMessageRefusal: Error, Sendable, Hashable {
    var id: ByteBuffer?
    var error: StreamRequestError
}

extension ClientMessage {
    /// Reads one text message. Everything that is not exactly as documented is refused by name.
    init(_ text: ByteBuffer) throws(ClientMessageRefusal) {
        let document: JSONDocument
        do {
            document = try JSONDocument.parse(text)
        } catch {
            throw ClientMessageRefusal(
                id: nil,
                error: StreamRequestError(
                    code: .badJSON,
                    message:
                        "The message is not JSON: \(error.message) (byte \(error.offset)). Send an object such as {\"action\":\"ping\"}."
                ))
        }
        try self.init(document.root)
    }

    private init(_ root: JSONValue) throws(ClientMessageRefusal) {
        guard root.kind == .object else { throw Self.refusal(nil, "The message is not an object.") }
        let members = root.members
        var id: ByteBuffer?
        var name: String?
        var filter: String?
        var from: String?
        for member in members where member.key == "id" {
            id = member.value.isNull ? nil : member.value.bytes
        }
        for member in members {
            switch member.key {
            case "id": break
            case "action": name = try Self.text(member.value, "action", id)
            case "filter": filter = try Self.text(member.value, "filter", id)
            case "from": from = try Self.text(member.value, "from", id)
            default:
                throw Self.refusal(
                    id,
                    "There is no field “\(StartPoint.shown(member.key))”; a message has id, action, filter and from.",
                    suggestion: Suggestion.nearest(to: member.key, among: ["id", "action", "filter", "from"]))
            }
        }
        guard let name else { throw Self.refusal(id, "The message has no “action”.") }
        self.id = id
        self.action = try Self.action(name, filter: filter, from: from, id: id)
    }

    private static func action(
        _ name: String, filter: String?, from: String?, id: ByteBuffer?
    ) throws(ClientMessageRefusal) -> Action {
        guard let action = ClientAction(rawValue: name) else {
            throw ClientMessageRefusal(
                id: id,
                error: StreamRequestError(
                    code: .unknownAction,
                    message:
                        "There is no action “\(StartPoint.shown(name))”; there are \(actions.joined(separator: ", ")).",
                    parameter: "action", suggestion: Suggestion.nearest(to: name, among: actions)))
        }
        guard action.takesSubscription || (filter == nil && from == nil) else {
            throw refusal(id, "“filter” and “from” belong to subscribe, not to \(name).")
        }
        switch action {
        case .subscribe: return .subscribe(filter: filter, from: from)
        case .pause: return .pause
        case .resume: return .resume
        case .ping: return .ping
        case .stats: return .stats
        }
    }

    private static func text(
        _ value: JSONValue, _ field: String, _ id: ByteBuffer?
    ) throws(ClientMessageRefusal) -> String? {
        if value.isNull, field != "action" { return nil }
        guard let text = value.string else { throw refusal(id, "“\(field)” is not text.") }
        return text
    }

    private static func refusal(
        _ id: ByteBuffer?, _ message: String, suggestion: String? = nil
    ) -> ClientMessageRefusal {
        ClientMessageRefusal(
            id: id, error: StreamRequestError(code: .badMessage, message: message, suggestion: suggestion))
    }
}
