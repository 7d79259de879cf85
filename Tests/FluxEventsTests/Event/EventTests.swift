import NIOCore
import Testing

@testable import FluxEvents

@Suite struct EventTests {
    static func sample() -> Event {
        Event(
            id: "evt_1", source: "s3://reports", type: .patternDetected, subject: "report-2024-Q3.pdf",
            time: Timestamp(milliseconds: 1_795_410_680_123), data: buffer(#"{"file_name":"report-2024-Q3.pdf"}"#),
            key: ObjectRef(provider: .aws, bucket: "reports", key: Array("report-2024-Q3.pdf".utf8)).recordKey)
    }

    static func stored(_ event: Event, simulated: Bool = false) -> StoredEvent {
        StoredEvent(
            event: event, partition: 0, offset: 1042, recordedAt: Timestamp(milliseconds: 1_795_410_680_640),
            simulated: simulated)
    }

    @Test func aRecordIsACloudEventInBinaryMode() {
        let headers = Self.sample().record().headers.map { ($0.name, $0.value.map { String(buffer: $0) } ?? "") }
        #expect(
            headers.map { "\($0.0): \($0.1)" } == [
                "ce_specversion: 1.0", "ce_id: evt_1", "ce_source: s3://reports",
                "ce_type: io.cloudflux.access.pattern_detected.v1", "ce_subject: report-2024-Q3.pdf",
                "ce_time: 2026-11-23T05:11:20.123Z", "content-type: application/json",
            ])
    }

    @Test func anEventComesBackFromItsRecord() throws {
        var event = Self.sample()
        event.correlationID = "c"
        event.userID = "ünal"
        event.extensions = [
            EventExtension(name: "tenant", value: .string("true")),
            EventExtension(name: "sampledrate", value: .integer(-5)),
            EventExtension(name: "flag", value: .boolean(true)), EventExtension(name: "other", value: .string("7")),
            EventExtension(name: "datacontenttype", value: .string("application/vnd.x+json")),
        ]
        #expect(try Event(record: event.record()) == event)
        #expect(
            event.record().headers.contains {
                $0.name == "content-type" && $0.value == buffer("application/vnd.x+json")
            })
    }

    @Test(arguments: ["ce_id", "ce_source", "ce_type", "ce_time"])
    func aRecordWithoutItIsNoEvent(_ header: String) {
        let record = Self.sample().record().changing { $0.removeAll { $0.name == header } }
        let error = #expect(throws: EventError.self) { try Event(record: record) }
        #expect(error?.code == .missingHeader)
        #expect(error?.message.contains(header) == true)
    }

    @Test func aHeaderThatCannotBeReadIsNamed() {
        var record = Self.sample().record().changing {
            $0.append(RecordHeader(name: "ce_x", value: ByteBuffer(bytes: [0xFF])))
        }
        #expect(#expect(throws: EventError.self) { try Event(record: record) }?.code == .badHeader)
        record = Self.sample().record().changing {
            $0.removeAll { $0.name == "ce_time" }
            $0.append(RecordHeader(name: "ce_time", value: buffer("yesterday")))
        }
        #expect(#expect(throws: EventError.self) { try Event(record: record) }?.message.contains("yesterday") == true)
    }

    @Test func theEnvelopeCarriesAllFieldsNullsIncluded() throws {
        let json = text { Self.stored(Self.sample()).writeJSON(into: &$0) }
        #expect(
            json == #"{"id":"evt_1","type":"access.pattern_detected","source":"s3://reports","#
                + #""timestamp":"2026-11-23T05:11:20.123Z","recorded_at":"2026-11-23T05:11:20.640Z","partition":0,"#
                + #""offset":1042,"correlation_id":null,"user_id":null,"version":"1.0","simulated":false,"#
                + #""data":{"file_name":"report-2024-Q3.pdf"}}"#)
    }

    @Test func anythingInAnEventIsEscaped() throws {
        var event = Self.sample()
        let nasty = "a\"\\\n\u{1}\u{1F}\u{7F}é😀\u{2028}"
        event.id = nasty
        event.source = nasty
        event.correlationID = nasty
        event.subject = nasty
        event.type = EventType(rawValue: "com.example")
        event.extensions = [EventExtension(name: "x", value: .string(nasty))]
        let native = try JSONDocument.parse(buffer(text { Self.stored(event).writeJSON(into: &$0) })).root
        #expect(native["id"]?.string == nasty)
        #expect(native["correlation_id"]?.string == nasty)
        #expect(native["subject"]?.string == nasty)
        #expect(native["extensions"]?["x"]?.string == nasty)
        let cloud = try JSONDocument.parse(
            buffer(text { Self.stored(event).writeCloudEvent(into: &$0, cursor: nasty) })
        )
        .root
        #expect(cloud["subject"]?.string == nasty)
        #expect(cloud["cursor"]?.string == nasty)
        #expect(cloud["x"]?.string == nasty)
    }

    @Test func theCloudEventHasOurExtensions() throws {
        var event = Self.sample()
        event.correlationID = "c1"
        event.userID = "ada"
        event.extensions = [
            EventExtension(name: "n", value: .integer(3)), EventExtension(name: "b", value: .boolean(false)),
        ]
        let json = text { Self.stored(event, simulated: true).writeCloudEvent(into: &$0, cursor: "v1-1-e0-1043") }
        #expect(
            json == #"{"specversion":"1.0","id":"evt_1","source":"s3://reports","#
                + #""type":"io.cloudflux.access.pattern_detected.v1","subject":"report-2024-Q3.pdf","#
                + #""time":"2026-11-23T05:11:20.123Z","datacontenttype":"application/json","#
                + #""recordedtime":"2026-11-23T05:11:20.640Z","correlationid":"c1","userid":"ada","simulated":true,"#
                + #""cursor":"v1-1-e0-1043","n":3,"b":false,"data":{"file_name":"report-2024-Q3.pdf"}}"#)
    }

    @Test func ownTypesAreWrappedAndForeignOnesGoOutAsTheyCame() {
        #expect(EventType.upload.cloudEventsName == "io.cloudflux.cloud.upload.v1")
        #expect(EventType(cloudEventsName: "io.cloudflux.cloud.upload.v1") == .upload)
        #expect(EventType(rawValue: "com.github.push").cloudEventsName == "com.github.push")
        #expect(EventType(cloudEventsName: "com.github.push").rawValue == "com.github.push")
        #expect(EventType(cloudEventsName: "io.cloudflux..v1").rawValue == "io.cloudflux..v1")
    }

    @Test func noWrappingHidesAnOwnType() {
        let twice = EventType(cloudEventsName: "io.cloudflux.io.cloudflux.cloud.upload.v1.v1")
        #expect(twice == .upload)
        #expect(EventType(cloudEventsName: twice.cloudEventsName) == twice)
    }

    @Test func payloadsAreWhatTheSchemasSay() throws {
        let object = ObjectEventData(
            object: ObjectRef(provider: .file, bucket: "/srv", key: [0x61, 0xFF], version: "7"), operation: "create",
            sizeBytes: 1_234_500, lastModified: Timestamp(milliseconds: 0), accessCount: 2,
            details: ["inode": .integer(5), "renamed_from": .string("b"), "detected": .string("rescan")])
        let event = object.event(.upload, id: "1", source: "file:///srv", time: Timestamp(milliseconds: 0))
        #expect(
            String(buffer: event.data)
                == #"{"file_name":"a"# + "\u{FFFD}" + #"","file_name_base64":"Yf8=","provider":"file","bucket":"/srv","#
                + #""version_id":"7","operation":"create","size_bytes":1234500,"size_mb":1.2345,"#
                + #""last_modified":"1970-01-01T00:00:00.000Z","access_count":2,"#
                + #""details":{"inode":5,"renamed_from":"b","detected":"rescan"}}"#)
        #expect(event.object == object.object.withoutVersion)
        let notice = StoreNotice(storeID: "st_1", url: "file:///srv", provider: .file, bucket: "/srv", origin: "api")
        let added = notice.event(.storeAdded, id: "2", source: "file:///srv", time: Timestamp(milliseconds: 0))
        #expect(added.key == buffer("st_1"))
        for one in [event, added] {
            let data = try JSONDocument.parse(one.data).root
            #expect(Schemas.validate(data: data, type: one.type) == [])
        }
    }

    @Test func inventoryIsCutByCountAndBySize() throws {
        for (count, keyLength) in [(0, 10), (1, 10), (1000, 10), (1001, 10), (2500, 500)] {
            var writer = InventoryWriter(inventoryID: "inv", storeID: "st_1", provider: .file, bucket: "/srv")
            var parts: [ByteBuffer] = []
            for index in 0..<count {
                let key = Array((String(index) + String(repeating: "x", count: keyLength)).utf8)
                if let part = writer.add(InventoryEntry(key: key, sizeBytes: 1, mtimeNanoseconds: 5, inode: 9)) {
                    parts.append(part)
                }
            }
            parts.append(writer.finish())
            #expect(writer.parts == parts.count)
            var names: [String] = []
            for (index, part) in parts.enumerated() {
                #expect(part.readableBytes <= InventoryWriter.maximumBytes)
                let data = try JSONDocument.parse(part).root
                #expect(Schemas.validate(data: data, type: .inventory) == [])
                #expect(data["part"]?.int64 == Int64(index + 1))
                #expect(data["final"]?.bool == (index == parts.count - 1))
                #expect(data["objects"]?.count ?? 0 <= InventoryWriter.maximumObjects)
                names += data["objects"]?.elements.compactMap { $0["file_name"]?.string } ?? []
            }
            #expect(names == (0..<count).map { String($0) + String(repeating: "x", count: keyLength) })
        }
    }
}
