import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

extension Record {
    /// The same record with other headers.
    func changing(_ change: (inout [RecordHeader]) -> Void) -> Record {
        var headers = Array(self.headers)
        change(&headers)
        return Record(key: key, value: value, headers: headers)
    }
}

@Suite struct RecordTests {
    @Test func aRecordGivesBackWhatItWasMadeOf() {
        let headers = [
            RecordHeader(name: "a", value: ByteBuffer(bytes: [0, 255])), RecordHeader(name: "", value: nil),
            RecordHeader(name: "a", value: ByteBuffer()), RecordHeader(name: "é", value: buffer("text")),
        ]
        let record = Record(key: nil, value: buffer(String(repeating: "v", count: 20_000)), headers: headers)
        #expect(record.key == nil)
        #expect(record.value?.readableBytes == 20_000)
        #expect(Array(record.headers) == headers)
        #expect(record.header("a") == ByteBuffer(bytes: [0, 255]))
        #expect(record.header("b") == nil)
        #expect(Record(key: buffer(""), value: nil).key == buffer(""))
        #expect(Record(key: nil, value: nil).value == nil)
        #expect(Record(key: nil, value: nil) != Record(key: buffer(""), value: nil))
    }

    @Test func timesInOtherFormsAreWrittenInOurs() throws {
        for (given, expected) in [
            ("2026-11-23T05:11:20.123Z", "2026-11-23T05:11:20.123Z"),
            ("2026-11-23t05:11:20.123z", "2026-11-23T05:11:20.123Z"),
            ("2026-11-23T06:11:20.123+01:00", "2026-11-23T05:11:20.123Z"),
            ("2016-12-31T23:59:60.000Z", "2016-12-31T23:59:59.999Z"),
            ("2026-11-23T05:11:20Z", "2026-11-23T05:11:20.000Z"),
        ] {
            let record = EventTests.sample().record().changing {
                $0.removeAll { $0.name == "ce_time" }
                $0.append(RecordHeader(name: "ce_time", value: buffer(given)))
            }
            let stored = StoredRecord(partition: 0, offset: 0, recordedAt: Timestamp(milliseconds: 0), record: record)
            let json = text { #expect(stored.writeEventJSON(into: &$0, simulated: false)) }
            #expect(try JSONDocument.parse(buffer(json)).root["timestamp"]?.string == expected)
        }
    }

    @Test func whatIsNoEventHasNoEnvelope() {
        for record in [
            Record(key: nil, value: buffer("x")),
            EventTests.sample().record().changing { $0.removeAll { $0.name == "ce_id" } },
            EventTests.sample().record().changing { $0.append(RecordHeader(name: "ce_time", value: buffer("soon"))) },
            EventTests.sample().record().changing {
                $0.append(RecordHeader(name: "other", value: ByteBuffer(bytes: [0xFF])))
            },
        ] {
            let stored = StoredRecord(partition: 0, offset: 0, recordedAt: Timestamp(milliseconds: 0), record: record)
            var json = ByteBuffer()
            #expect(!stored.writeEventJSON(into: &json, simulated: false))
            #expect(json.readableBytes == 0)
        }
    }

    @Test func eventsOfARequestMakeTheRecordsThatTheyMakeAlone() {
        var random = SeededRandom()
        let events = (0..<200).map { _ in RandomEvents.event(&random) }
        #expect(Event.records(events) == events.map { $0.record() }, "seed \(random.seed)")
    }

    @Test func headersAreNeverFoundToEndWhereTheyDoNot() {
        var random = SeededRandom()
        let names = [
            "ce_id", "ce_specversion", "a", "", "é", "1234567é", String(repeating: "n", count: 63),
            String(repeating: "n", count: 64),
        ]
        let sizes = [0, 1, 63, 64, 8_191, 8_192]
        var found = 0
        for _ in 0..<2_000 {
            let headers = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                RecordHeader(
                    name: random.chance(4) ? random.pick(names) : random.pick(["ce_id", "ce_type", "content-type"]),
                    value: random.chance(20)
                        ? nil
                        : buffer(
                            String(
                                repeating: "v",
                                count: random.chance(8) ? random.pick(sizes) : Int.random(in: 0...70, using: &random))))
            }
            let record = Record(key: nil, value: nil, headers: headers)
            record.content.withUnsafeReadableBytes { bytes in
                var start = record.layout.headers
                #expect(Varint.read(bytes, at: &start, end: bytes.count) == Int64(headers.count))
                // Cut anywhere, it is either well-formed to the last byte or must be looked at more closely.
                let end = random.chance(2) ? bytes.count : Int.random(in: start...bytes.count, using: &random)
                let plain = HeaderScan.endOfPlain(bytes, at: start, end: end, count: headers.count)
                if let plain { #expect(plain == bytes.count && end == bytes.count, "seed \(random.seed)") }
                if plain != nil { found += 1 }
                let isOdd = headers.contains {
                    $0.value.map { $0.readableBytes >= 8_192 } ?? true || $0.name.utf8.count > 63
                        || !$0.name.utf8.allSatisfy { $0 < 0x80 }
                }
                if isOdd { #expect(plain == nil, "seed \(random.seed)") }
            }
        }
        #expect(found > 500, "most are plain; seed \(random.seed)")
    }
}
