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
}
