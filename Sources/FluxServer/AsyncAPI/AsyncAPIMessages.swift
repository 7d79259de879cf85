import FluxEvents
import FluxLive
import NIOCore

/// The messages of the AsyncAPI document, with examples that the streams' own writers wrote.
struct AsyncAPIMessages {
    static let cloudEvent = "cloudEvent"
    static let cloudEventGap = "cloudEventGap"

    let configuration: LiveConfiguration

    /// What a client's message is called, beside the server's of the same `type`.
    static func name(_ action: ClientAction) -> String { action.rawValue + "Request" }

    var components: JSONTree {
        .object(
            MessageKind.allCases.map { ($0.rawValue, server($0)) }
                + ClientAction.allCases.map { (Self.name($0), client($0)) }
                + [(Self.cloudEvent, bareEvent), (Self.cloudEventGap, bareGap)])
    }

    /// Messages of a kind, as JSON text.
    func examples(_ kind: MessageKind) -> [String] {
        MessageExamples.of(kind, configuration: configuration, event: Self.event).map { String(buffer: $0) }
    }

    var bareEventExample: String {
        var json = ByteBuffer()
        Self.event.writeCloudEvent(into: &json, cursor: Cursor(epoch: 0x5f3a, events: Self.event.offset + 1).text)
        return String(buffer: json)
    }

    var bareGapExample: String { String(buffer: MessageExamples.cloudEventGap(at: Self.event.recordedAt)) }

    private func server(_ kind: MessageKind) -> JSONTree {
        var members = Self.members(
            kind.rawValue, kind.summary + ".", AsyncAPISchemas.payload(kind),
            examples(kind))
        if kind.isAnswer { members.append(Self.correlation) }
        return .object(members)
    }

    private func client(_ action: ClientAction) -> JSONTree {
        .object(
            Self.members(
                Self.name(action), action.summary + ".", AsyncAPISchemas.payload(action), action.examples)
                + [Self.correlation])
    }

    private var bareEvent: JSONTree {
        .object(
            Self.members(
                Self.cloudEvent, "One event as a CloudEvent 1.0 in structured mode.",
                AsyncAPIDocument.reference("components/schemas/StreamCloudEvent"), [bareEventExample],
                contentType: "application/cloudevents+json"))
    }

    private var bareGap: JSONTree {
        .object(
            Self.members(
                Self.cloudEventGap, "What you were not given, as a CloudEvent.",
                AsyncAPIDocument.reference("components/schemas/CloudEventGap"),
                [bareGapExample],
                contentType: "application/cloudevents+json"))
    }

    private static let correlation: (String, JSONTree) = (
        "correlationId",
        ["location": "$message.payload#/id", "description": "Yours: any JSON value, echoed as it came."]
    )

    private static func members(
        _ name: String, _ summary: String, _ payload: JSONTree, _ examples: [String],
        contentType: String = "application/json"
    ) -> [(String, JSONTree)] {
        [
            ("name", .string(name)), ("summary", .string(summary)), ("contentType", .string(contentType)),
            ("payload", payload), ("examples", .array(examples.map { ["payload": .raw($0)] })),
        ]
    }

    /// The event of the examples.
    private static let event = StoredEvent(
        event: ObjectEventData(
            object: ObjectRef(provider: .file, bucket: "/srv/files", key: Array("finance/report-q3.pdf".utf8)),
            operation: "create", sizeBytes: 48_213
        ).event(
            .upload, id: "evt_01JDCK3V0RZ4W1Q8M5N7X2B6TA", source: "file:///srv/files",
            time: Timestamp(milliseconds: 1_795_410_680_123)),
        partition: 0, offset: 1042, recordedAt: Timestamp(milliseconds: 1_795_410_680_640), simulated: false)
}
