import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

@Suite struct CursorTests {
    @Test func hasAShortText() throws {
        let cursor = Cursor(epoch: 0xAB12, positions: [.init(topic: .events, partition: 0, offset: 1042)])
        #expect(cursor.text == "v1-ab12-e0-1042")
        #expect(try Cursor(text: "v1-ab12-e0-1042") == cursor)
        #expect(try Cursor(text: "v1-000000000000ab12-e0-1042") == cursor, "as meta.json spells the epoch")
    }

    @Test func theCheapPathWritesTheSame() {
        let both = Cursor(
            epoch: .max,
            positions: [
                .init(topic: .events, partition: 0, offset: .max), .init(topic: .simulated, partition: 0, offset: 0),
            ])
        #expect(text { Cursor.write(epoch: .max, events: .max, simulated: 0, into: &$0) } == both.text)
        #expect(text { Cursor.write(epoch: 0, events: 7, simulated: nil, into: &$0) } == "v1-0-e0-7")
    }

    @Test func everyCursorComesBackFromItsText() throws {
        var random = SeededRandom()
        for _ in 0..<2000 {
            var positions: [Cursor.Position] = []
            for topic in Cursor.Topic.allCases {
                for partition in Set(
                    (0..<random.below(4)).map { _ in Int32(random.below(3) == 0 ? 2_147_483_647 : random.below(9)) }
                )
                .sorted() {
                    positions.append(
                        .init(
                            topic: topic, partition: partition,
                            offset: random.chance(5) ? .max : Int64(random.below(1_000_000))))
                }
            }
            if positions.isEmpty { positions = [.init(topic: .events, partition: 0, offset: 0)] }
            let cursor = Cursor(epoch: random.chance(3) ? 0 : random.next(), positions: positions)
            #expect(try Cursor(text: cursor.text) == cursor, "seed \(random.seed)")
            #expect(cursor.text.utf8.count <= Cursor.maximumLength)
        }
    }

    @Test(arguments: [
        ("", "does not start"), ("latest", "does not start"), ("v", "does not start"), ("vx-1-e0-1", "does not start"),
        ("v1", "epoch"), ("v1--e0-1", "epoch"), ("v1-AB-e0-1", "epoch"),
        ("v1-11112222333344445-e0-1", "epoch"), ("v1-1", "names no position"), ("v1-1-", "topic letter"),
        ("v1-1-e0", "no offset"), ("v1-1-e0-", "offset"), ("v1-1-e0-01", "offset"), ("v1-1-e0--1", "offset"),
        ("v1-1-e0-9223372036854775808", "offset"), ("v1-1-x0-1", "topic letter"), ("v1-1-e-1", "topic letter"),
        ("v1-1-e2147483648-1", "topic letter"), ("v1-1-e0-1-e0-2", "in order"), ("v1-1-s0-1-e0-2", "in order"),
        ("v1-1-e0-1 ", "offset"), ("v1-1-e0-1\n", "offset"), ("v1-1-e00-1", "topic letter"),
    ])
    func saysWhatIsWrong(_ given: String, _ reason: String) {
        let error = #expect(throws: CursorError.self) { try Cursor(text: given) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func tellsNewerVersionsAndLongTexts() {
        #expect(#expect(throws: CursorError.self) { try Cursor(text: "v2-1-e0-1") }?.code == .newerVersion)
        let long = "v1-1-" + String(repeating: "e0-1-", count: 300)
        #expect(#expect(throws: CursorError.self) { try Cursor(text: long) }?.code == .tooLong)
    }

    @Test func anyTextIsReadOrRefused() {
        var random = SeededRandom()
        let letters = Array("v1-e0s9afx é\u{0}")
        for _ in 0..<5000 {
            let text = String((0..<random.below(24)).map { _ in random.pick(letters) })
            if let cursor = try? Cursor(text: text) {
                #expect((try? Cursor(text: cursor.text)) == cursor, "seed \(random.seed)")
            }
        }
    }
}
