import FluxLive
import NIOCore

/// The messages of the streams for people, made from the messages themselves.
enum StreamReference {
    static let page = "streams"

    static func make(_ configuration: LiveConfiguration) -> DocsReference {
        var reference = DocsReference(
            page: page, title: "Messages of the streams",
            introduction:
                "Each message of WebSocket (`/ws/stream`) and server-sent events (`/api/stream/live`), field by field. For "
                + "machines the same stands at `/api/asyncapi.json` (AsyncAPI 3.0).")
        let messages = AsyncAPIMessages(configuration: configuration)
        reference.section(2, "From the server", anchor: "from-the-server")
        for kind in MessageKind.allCases {
            reference.section(3, kind.rawValue, anchor: kind.rawValue, text: text(kind)) { html in
                html.element("p", prose: kind.summary + ".")
                html.table(
                    ["Field", "Value", "Meaning"],
                    [["`type`", "`\(kind.rawValue)`", ""]]
                        + kind.fields.map { ["`\($0.name)`", words($0), $0.summary + "."] })
                for example in messages.examples(kind) { html.code(example) }
            }
        }
        reference.section(2, "To the server", anchor: "to-the-server") { html in
            html.element(
                "p",
                prose:
                    "WebSocket only. `id` is yours, any JSON value; it is echoed. Each message is answered by `ack` or `error`."
            )
        }
        for action in ClientAction.allCases {
            reference.section(3, action.rawValue, anchor: "action-" + action.rawValue, text: action.summary) { html in
                html.element("p", prose: action.summary + ".")
                for example in action.examples { html.code(example) }
            }
        }
        reference.section(2, "Bare CloudEvents", anchor: "bare-cloudevents") { html in
            html.element(
                "p",
                prose:
                    "With the subprotocol `\(UpgradeDecision.cloudEventsProtocol)` each frame is one of these, and there is nothing else."
            )
            for example in [messages.bareEventExample, messages.bareGapExample] { html.code(example) }
        }
        reference.section(2, "Close codes", anchor: "close-codes") { html in
            html.table(
                ["Code", "Reason", "Come back"],
                LiveClose.catalogue.map { [String($0.code), $0.reason, $0.mayComeBack ? "yes" : "no"] })
        }
        return reference
    }

    private static func text(_ kind: MessageKind) -> String {
        ([kind.summary] + kind.fields.map { $0.name + " " + $0.summary }).joined(separator: " ")
    }

    private static func words(_ field: MessageField) -> String {
        let value =
            switch field.kind {
            case .text: "text"
            case .cursor: "cursor"
            case .time: "time"
            case .count: "whole number"
            case .flag: "true or false"
            case .words(let words): words.map { "`\($0)`" }.joined(separator: " or ")
            case .mark: "any JSON"
            case .event: "event"
            case .events: "array of events"
            case .statistics: "figures"
            case .limits: "limits"
            }
        return value + (field.mayBeNull ? " or null" : "") + (field.isRequired ? "" : " (may be missing)")
    }
}
