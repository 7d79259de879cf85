import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

/// The one pass over plain events against the ordinary reader: the same records, or no answer.
@Suite struct PlainIntakeTests {
    private static let now = Timestamp(milliseconds: 1_795_410_680_123)

    private static func context(limits: IntakeLimits = IntakeLimits()) -> IntakeContext {
        IntakeContext(
            clientName: "tests", userID: "ada", now: now, reservedSources: { $0.hasPrefix("s3://") }, limits: limits)
    }

    private func plain(_ text: String, _ context: IntakeContext = Self.context()) -> [Record]? {
        PlainIntake.records(ByteBuffer(string: text), context)
    }

    private func ordinary(_ bytes: ByteBuffer, _ context: IntakeContext) throws -> [Record] {
        Event.records(try EventIntake.native(bytes, context: context))
    }

    /// The same but for the ids that were made.
    private func expectSame(_ plain: [Record], _ ordinary: [Record], _ text: Comment) throws {
        try #require(plain.count == ordinary.count, text)
        for (one, other) in zip(plain, ordinary) where one != other {
            var event = try Event(record: one)
            let known = try Event(record: other)
            #expect(event.id.hasPrefix("evt_") && event.id.utf8.count == 30, text)
            event.id = known.id
            #expect(event.record() == other, text)
            #expect(one.value == other.value && one.key == other.key, text)
        }
    }

    @Test(arguments: [
        #"{"type":"com.example.a","data":{"n":1}}"#,
        #"[{"type":"com.example.a","data":{"n":1}},{"data":[1,2,{"x":null}],"type":"com.example.a"}]"#,
        #" [ { "type" : "com.example.a" , "data" : { "n" : [ 1 , 2.5e-3 ], "t" : "a b" } } ] "#,
        #"{"type":"a/b","data":null,"id":"x1","source":"/jobs/1","correlation_id":"c","timestamp":"2026-11-23T06:11:20+01:00"}"#,
        #"[{"type":"a","data":true},{"type":"b","data":-0.5,"source":"/s"},{"type":"a","data":"é\u00e9\n€😀"}]"#,
        #"{"type":"io.example","data":{"\tkey of more than eight":1,"key of more than nine":2}}"#
            .replacing(#"\t"#, with: ""),
    ])
    func whatIsPlainIsTakenAndTheSame(_ text: String) throws {
        let context = Self.context()
        let records = try #require(plain(text))
        try expectSame(records, try ordinary(ByteBuffer(string: text), context), "\(text)")
        #expect(records.allSatisfy { $0.header(RecordHeaderName.userID) == ByteBuffer(string: "ada") })
    }

    @Test(arguments: [
        // Not JSON, or not an event: the ordinary reader says why.
        "", "[]", "[", "{}", "5", #"{"type":"a"}"#, #"{"data":1}"#, #"{"type":"a","data":1}x"#,
        #"{"type":"a","data":1,}"#,
        #"[{"type":"a","data":1},]"#, #"{"type":"a","data":01}"#, #"{"type":"a","data":1.}"#,
        #"{"type":"a","data":tru}"#,
        #"{"type":"a","data":[1,]}"#, #"{"type":"a","data":{"x":1,"x":2}}"#,
        #"{"type":"a","data":{"x y z 123":1,"x y z 123":2}}"#,
        #"{"type":"a","type":"a","data":1}"#, #"{"type":"a","data":1,"data":2}"#, #"{"type":"a","data":1,"more":2}"#,
        #"{"type":5,"data":1}"#, #"{"type":"a b","data":1}"#, #"{"type":"cloud.upload","data":1}"#,
        #"{"type":"Cloud.upload","data":1}"#, #"{"type":"io.cloudflux.cloud.upload.v1","data":1}"#,
        #"{"type":"a","data":1,"id":""}"#, "{\"type\":\"a\",\"data\":1,\"id\":\"\u{7F}\"}",
        #"{"type":"a","data":1,"source":"a b"}"#,
        #"{"type":"a","data":1,"source":"s3://reports"}"#, #"{"type":"a","data":1,"timestamp":"yesterday"}"#,
        "{\"type\":\"a\",\"data\":\"\u{1}\"}", #"{"type":"a","data":"\x"}"#, #"{"type":"a","data":"\ud800"}"#,
        // Events, but left to the ordinary reader.
        #"{"type":"a","data":{"provider":"s3","bucket":"b","file_name":"f"}}"#,
        #"{"type":"a","data":{"store_id":"s"}}"#,
        #"{"type":"a","data":{"migration_id":"m"}}"#, #"{"type":"a","data":{"\u0061":1}}"#,
        #"{"typ\u0065":"a","data":1}"#,
        #"{"type":"a","data":1,"id":null}"#, #"{"type":"a","data":1,"id":"é"}"#, #"{"type":"a","data":"\ud83d\ude00"}"#,
        #"{"type":"a","data":"# + String(repeating: "[", count: 20) + String(repeating: "]", count: 20) + "}",
    ])
    func whatIsUnusualIsLeftToTheOrdinaryReader(_ text: String) {
        #expect(plain(text) == nil)
    }

    @Test func limitsAreTheOrdinaryReaders() throws {
        let text = #"[{"type":"a","data":{"n":1}},{"type":"a","data":{"n":1}}]"#
        let body = ByteBuffer(string: text)
        let size = EventRules.size(try EventIntake.native(body, context: Self.context())[0])
        func takes(_ limits: IntakeLimits) -> Bool { plain(text, Self.context(limits: limits)) != nil }
        #expect(takes(IntakeLimits(maxEventBytes: size, maxEvents: 2, maxBodyBytes: text.utf8.count)))
        #expect(!takes(IntakeLimits(maxEventBytes: size - 1)))
        #expect(!takes(IntakeLimits(maxEvents: 1)))
        #expect(!takes(IntakeLimits(maxBodyBytes: text.utf8.count - 1)))
    }

    @Test func idsRiseThroughARequest() throws {
        let records = try #require(
            plain("[" + Array(repeating: #"{"type":"a","data":1}"#, count: 50).joined(separator: ",") + "]"))
        let ids = try records.map { try Event(record: $0).id }
        #expect(ids == ids.sorted() && Set(ids).count == 50)
    }

    /// Bytes put out of order: what the one pass takes the ordinary reader takes as well, with the same outcome.
    @Test(arguments: SeededRandom.seeds(4))
    func whatIsTakenIsWhatTheOrdinaryReaderTakes(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let values = [
            "1", "-0", "2.5e+3", "\"\"", "\"text of some length, é\"", "\"\\\"\\u00e9\\n\"", "null", "true", "[]", "{}",
            "[1, 2]", "{\"a\":{\"a\":1}}", "{ \"long name one\" : 1 , \"long name two\" : [ ] }", "{\"provider\":1}",
        ]
        let members = [
            "\"type\":\"com.example.a\"", "\"type\":\"b\"", "\"id\":\"i1\"", "\"source\":\"/a\"",
            "\"timestamp\":\"2026-11-23T05:11:20Z\"", "\"correlation_id\":\"c\"", "\"x\":1",
        ]
        let noise = Array("{}[]\",:\\u0e5 \n\u{7F}".utf8) + [0, 0x1F, 0x80, 0xC3, 0xA9, 0xED, 0xFF]
        var taken = 0
        for _ in 0..<4000 {
            var events: [String] = []
            for _ in 0..<1 + random.below(4) {
                var parts = ["\"type\":\"com.example.a\"", "\"data\":\(random.pick(values))"]
                for _ in 0..<random.below(3) { parts.append(random.pick(members)) }
                if random.chance(4) { parts.shuffle(using: &random) }
                events.append("{" + parts.joined(separator: random.chance(3) ? " , " : ",") + "}")
            }
            var bytes = Array((events.count == 1 ? events[0] : "[" + events.joined(separator: ",") + "]").utf8)
            for _ in 0..<random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = random.pick(noise)
                case 1: bytes.insert(random.pick(noise), at: place)
                default: bytes.remove(at: place)
                }
            }
            let body = ByteBuffer(bytes: bytes)
            let context = Self.context()
            guard let records = PlainIntake.records(body, context) else { continue }
            taken += 1
            let text: Comment = "seed \(seed): \(String(buffer: body))"
            let known = try #require(try? ordinary(body, context), text)
            try expectSame(records, known, text)
        }
        #expect(taken > 200, "seed \(seed)")
    }
}
