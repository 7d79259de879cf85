import FluxEvents
import NIOCore
import Testing

@testable import FluxLive

/// What documentation says of messages is what the writers write.
@Suite struct MessageKindTests {
    private var event: StoredEvent {
        StoredEvent(
            event: Event(
                id: "e1", source: "/x", type: EventType(rawValue: "com.example.x"), time: Timestamp(milliseconds: 0),
                data: ByteBuffer(string: "{}"), key: ByteBuffer(string: "k")),
            partition: 0, offset: 5, recordedAt: Timestamp(milliseconds: 1), simulated: false)
    }

    @Test(arguments: MessageKind.allCases)
    func everyFieldThatIsWrittenIsDescribedAndTheOtherWay(_ kind: MessageKind) throws {
        let examples = MessageExamples.of(kind, configuration: LiveConfiguration(), event: event)
        #expect(!examples.isEmpty)
        for example in examples {
            let root = try JSONDocument.parse(example).root
            #expect(root["type"]?.string == kind.rawValue)
            let written = root.members.map(\.key)
            let described = ["type"] + kind.fields.map(\.name)
            #expect(written.allSatisfy(described.contains), "\(String(buffer: example))")
            #expect(described.filter(written.contains) == written, "the order is that of the fields")
            for field in kind.fields {
                let value = root[field.name]
                if field.isRequired { #expect(value != nil, "\(field.name)") }
                if let value, value.isNull { #expect(field.mayBeNull, "\(field.name)") }
                if case .words(let words) = field.kind, let word = value?.string { #expect(words.contains(word)) }
            }
        }
    }

    @Test(arguments: ClientAction.allCases)
    func everyExampleOfAnActionIsThatAction(_ action: ClientAction) throws {
        #expect(!action.examples.isEmpty)
        for example in action.examples {
            #expect(try ClientMessage(ByteBuffer(string: example)).action.name == action.rawValue)
        }
    }
}
