import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

@Suite struct IntakeTests {
    static let now = Timestamp(milliseconds: 1_795_410_680_123)

    static func context(admin: Bool = false, limits: IntakeLimits = IntakeLimits()) -> IntakeContext {
        IntakeContext(
            clientName: "nightly job", userID: "ada", mayWriteReserved: admin, now: now,
            reservedSources: { $0.hasPrefix("file:///srv") }, limits: limits)
    }

    private func native(_ text: String, admin: Bool = false) throws -> [Event] {
        try EventIntake.native(buffer(text), context: Self.context(admin: admin))
    }

    private func structured(_ text: String, admin: Bool = false) throws -> Event {
        try #require(try EventIntake.cloudEvent(structured: buffer(text), context: Self.context(admin: admin)).first)
    }

    @Test func theSmallestEventGetsAllElse() throws {
        let event = try #require(try native(#"{"type":"com.example.done", "data":{ "a" : 1 }}"#).first)
        #expect(event.id.hasPrefix("evt_") && event.id.utf8.count == 30)
        #expect(event.source == "/clients/nightly%20job")
        #expect(event.time == Self.now)
        #expect(event.userID == "ada")
        #expect(event.correlationID == nil)
        #expect(event.data == buffer(#"{"a":1}"#))
        #expect(event.key == buffer("com.example.done"))
    }

    @Test func whatIsGivenIsKept() throws {
        let event = try #require(
            try native(
                #"{"id":"1","type":"x","source":"/jobs/ü","timestamp":"2026-11-23T06:11:20.5+01:00","correlation_id":"c","data":[1]}"#
            ).first)
        #expect(event.id == "1")
        #expect(event.source == "/jobs/ü")
        #expect(event.time.rfc3339 == "2026-11-23T05:11:20.500Z")
        #expect(event.correlationID == "c")
    }

    @Test func anArrayGivesManyAndAnEmptyOneNone() throws {
        #expect(try native("[]").isEmpty)
        #expect(try native(#"[{"type":"a","data":{}},{"type":"b","data":null}]"#).map(\.type.rawValue) == ["a", "b"])
    }

    @Test func nullIsAsAbsent() throws {
        let event = try #require(
            try native(#"{"type":"a","data":{},"id":null,"source":null,"timestamp":null,"correlation_id":null}"#).first)
        #expect(event.source == "/clients/nightly%20job")
    }

    @Test(
        arguments: [
            ("{", 400, nil, nil), (#"{"type":"a","type":"b","data":{}}"#, 400, nil, nil), ("5", 422, nil, nil),
            ("[5]", 422, 0, ""), (#"{"data":{}}"#, 422, 0, ""), (#"{"type":"a"}"#, 422, 0, ""),
            (#"[{"type":"a","data":{}},{"type":"a","data":{},"tpye":1}]"#, 422, 1, "/tpye"),
            (#"{"type":"a","data":{},"user_id":"eve"}"#, 422, 0, "/user_id"),
            (#"{"type":"a","data":{},"a/b~c":1}"#, 422, 0, "/a~1b~0c"),
            (#"{"type":5,"data":{}}"#, 422, 0, "/type"), (#"{"type":"a b","data":{}}"#, 422, 0, "/type"),
            (#"{"type":"","data":{}}"#, 422, 0, "/type"), (#"{"type":".a","data":{}}"#, 422, 0, "/type"),
            (#"{"type":"a","data":{},"id":""}"#, 422, 0, "/id"), (#"{"type":"a","data":{},"id":5}"#, 422, 0, "/id"),
            (#"{"type":"a","data":{},"id":"a\u0000"}"#, 422, 0, "/id"),
            (#"{"type":"a","data":{},"source":"a b"}"#, 422, 0, "/source"),
            (#"{"type":"a","data":{},"source":""}"#, 422, 0, "/source"),
            (#"{"type":"a","data":{},"timestamp":"now"}"#, 422, 0, "/timestamp"),
            (#"{"type":"a","data":{},"correlation_id":""}"#, 422, 0, "/correlation_id"),
            (#"{"type":"cloud.upload","data":{}}"#, 403, 0, "/type"),
            (#"{"type":"io.cloudflux.cloud.upload.v1","data":{}}"#, 403, 0, "/type"),
            (#"{"type":"io.cloudflux.io.cloudflux.cloud.upload.v1.v1","data":{}}"#, 403, 0, "/type"),
            (#"{"type":"CLOUD.upload","data":{}}"#, 403, 0, "/type"),
            (#"{"type":"Cost.Alert","data":{"amount":"x"}}"#, 403, 0, "/type"),
            (#"{"type":"a","data":{},"source":"file:///srv/x"}"#, 403, 0, "/source"),
            (#"{"specversion":"1.0","type":"a","data":{}}"#, 422, 0, "/specversion"),
        ] as [(String, Int, Int?, String?)])
    func refusesByName(_ body: String, _ status: Int, _ index: Int?, _ pointer: String?) {
        let error = #expect(throws: IntakeError.self) { try native(body) }
        #expect(error?.status == status, "\(error?.message ?? "")")
        #expect(error?.index == index)
        #expect(error?.pointer == pointer)
    }

    @Test func theLongestIDHas200Characters() throws {
        func body(_ count: Int) -> String {
            #"{"type":"a","data":{},"id":""# + String(repeating: "é", count: count) + #""}"#
        }
        #expect(try native(body(200)).count == 1)
        #expect(#expect(throws: IntakeError.self) { try native(body(201)) }?.pointer == "/id")
    }

    @Test func administratorsWriteOwnTypesThatFitTheirSchema() throws {
        let good =
            #"{"type":"cloud.upload","source":"file:///srv","data":{"file_name":"a/b","provider":"file","bucket":"/srv","size_bytes":5}}"#
        let event = try #require(try native(good, admin: true).first)
        #expect(event.type == .upload)
        #expect(event.object == ObjectRef(provider: .file, bucket: "/srv", key: Array("a/b".utf8)))
        #expect(event.subject == "a/b")
        for (body, pointer) in [
            (#"{"type":"cloud.upload","data":{"provider":"file","bucket":"/srv"}}"#, "/data"),
            (#"{"type":"cloud.upload","data":{"file_name":"a","provider":"ftp","bucket":"/srv"}}"#, "/data/provider"),
            (
                #"{"type":"cloud.upload","data":{"file_name":"a","provider":"file","bucket":"b","size_bytes":-1}}"#,
                "/data/size_bytes"
            ),
            (#"{"type":"cloud.upload","data":[]}"#, "/data"), (#"{"type":"cloud.uplod","data":{}}"#, "/type"),
            (
                #"{"type":"system.inventory","data":{"inventory_id":"i","part":1,"final":true,"objects":[{"file_name":"a","size_bytes":1},{}]}}"#,
                "/data/objects/1"
            ),
            (
                #"{"type":"cloud.upload","data":{"file_name":"a","provider":"file","bucket":"b","file_name_base64":"%"}}"#,
                "/data/file_name_base64"
            ),
        ] {
            let error = #expect(throws: IntakeError.self) { try native("[" + good + "," + body + "]", admin: true) }
            #expect(error?.status == 422, "\(body)")
            #expect(error?.index == 1)
            #expect(error?.pointer == pointer, "\(error?.message ?? "")")
        }
    }

    @Test func theKeyIsTheObjectElseThePlanElseTheStoreElseTheType() throws {
        for (data, key) in [
            (#"{"provider":"aws","bucket":"b","file_name":"k","migration_id":"m"}"#, "aws||b|k"),
            (
                #"{"provider":"aws","account":"1","bucket":"b","file_name":"?","file_name_base64":"/w=="}"#,
                "aws|1|b|%FF"
            ),
            (#"{"provider":"aws","bucket":"b","migration_id":"m|1"}"#, "m%7C1"),
            (#"{"provider":"x","bucket":"b","file_name":"k"}"#, "t"),
            (#"{"store_id":"st_1"}"#, "st_1"), (#"{"migration_id":""}"#, "t"), ("5", "t"),
        ] {
            #expect(try native(#"{"type":"t","data":"# + data + "}").first?.key == buffer(key), "\(data)")
        }
    }

    @Test func limitsAreA413() throws {
        let event = #"{"type":"a","data":{"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyyy"}}"#
        for (limits, body, index) in [
            (IntakeLimits(maxEvents: 1), "[\(event),\(event)]", nil), (IntakeLimits(maxBodyBytes: 10), event, nil),
            (IntakeLimits(maxEventBytes: 30), event, 0),
        ] as [(IntakeLimits, String, Int?)] {
            let error = #expect(throws: IntakeError.self) {
                try EventIntake.native(buffer(body), context: Self.context(limits: limits))
            }
            #expect(error?.status == 413)
            #expect(error?.index == index)
        }
        let deep = #"{"type":"a","data":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}"
        #expect(#expect(throws: IntakeError.self) { try native(deep) }?.status == 400)
    }

    @Test func aCloudEventIsKeptWithItsExtensions() throws {
        let event = try structured(
            #"{"specversion":"1.0","id":"1","source":"https://github.com/x","type":"com.github.push","subject":"refs/x","#
                + #""time":"2026-11-23T05:11:20Z","datacontenttype":"application/vnd.github+json","dataschema":"https://x/y","#
                + #""correlationid":"c","tenant":"acme","rate":-5,"flag":true,"none":null,"recordedtime":"x","cursor":"v1","simulated":false,"#
                + #""data":{"ref":"x"}}"#)
        #expect(event.type.rawValue == "com.github.push")
        #expect(event.subject == "refs/x")
        #expect(event.correlationID == "c")
        #expect(event.userID == "ada")
        #expect(
            event.extensions == [
                EventExtension(name: "datacontenttype", value: .string("application/vnd.github+json")),
                EventExtension(name: "dataschema", value: .string("https://x/y")),
                EventExtension(name: "tenant", value: .string("acme")),
                EventExtension(name: "rate", value: .integer(-5)),
                EventExtension(name: "flag", value: .boolean(true)),
            ])
        let stored = EventTests.stored(try Event(record: event.record()))
        let out = try JSONDocument.parse(buffer(text { stored.writeCloudEvent(into: &$0, cursor: nil) })).root
        #expect(out["rate"]?.int64 == -5)
        #expect(out["flag"]?.bool == true)
        #expect(out["tenant"]?.string == "acme")
        #expect(out["datacontenttype"]?.string == "application/vnd.github+json")
        let native = try JSONDocument.parse(buffer(text { stored.writeJSON(into: &$0) })).root
        #expect(native["extensions"]?["rate"]?.int64 == -5)
        #expect(native["subject"]?.string == "refs/x")
    }

    @Test func anOwnTypeIsUnwrapped() throws {
        let body =
            #"{"specversion":"1.0","id":"1","source":"/x","type":"io.cloudflux.cost.alert.v1","data":{"amount":5}}"#
        #expect(try structured(body, admin: true).type == .costAlert)
        #expect(#expect(throws: IntakeError.self) { try structured(body) }?.status == 403)
    }

    @Test func aCloudEventMayComeWithoutData() throws {
        #expect(try structured(#"{"specversion":"1.0","id":"1","source":"/x","type":"t"}"#).data == buffer("null"))
    }

    @Test(arguments: [
        (#""specversion":"0.3","id":"1","source":"/x","type":"t""#, 422, "/specversion"),
        (#""id":"1","source":"/x","type":"t""#, 422, ""),
        (#""specversion":"1.0","source":"/x","type":"t""#, 422, ""),
        (#""specversion":"1.0","id":"1","type":"t""#, 422, ""),
        (#""specversion":"1.0","id":"1","source":"/x""#, 422, ""),
        (#""specversion":"1.0","id":"","source":"/x","type":"t""#, 422, "/id"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","data_base64":"AAAA""#, 415, "/data_base64"),
        (
            #""specversion":"1.0","id":"1","source":"/x","type":"t","datacontenttype":"text/plain","data":"x""#, 415,
            "/datacontenttype"
        ),
        (
            #""specversion":"1.0","id":"1","source":"/x","type":"t","datacontenttype":"application/a\r\nx: y+json""#,
            415,
            "/datacontenttype"
        ),
        (
            #""specversion":"1.0","id":"1","source":"/x","type":"t","datacontenttype":"application/json; charset=latin1""#,
            415, "/datacontenttype"
        ),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","Ext":"x""#, 422, "/Ext"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","ext":{}"#, 422, "/ext"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","ext":1.5"#, 422, "/ext"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","ext":2147483648"#, 422, "/ext"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","time":"x""#, 422, "/time"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","userid":"eve""#, 403, "/userid"),
        (#""specversion":"1.0","id":"1","source":"/x","type":"t","simulated":true"#, 422, "/simulated"),
        (#""specversion":"1.0","id":"1","source":"file:///srv","type":"t""#, 403, "/source"),
    ])
    func refusesWhatIsNoCloudEvent(_ members: String, _ status: Int, _ pointer: String) {
        let error = #expect(throws: IntakeError.self) { try structured("{\(members)}") }
        #expect(error?.status == status, "\(error?.message ?? "")")
        #expect(error?.pointer == pointer)
    }

    @Test func batchesAreArrays() throws {
        let one = #"{"specversion":"1.0","id":"1","source":"/x","type":"t"}"#
        let context = Self.context()
        #expect(try EventIntake.cloudEvents(batch: buffer("[\(one),\(one)]"), context: context).count == 2)
        #expect(try EventIntake.cloudEvents(batch: buffer("[]"), context: context).isEmpty)
        #expect(throws: IntakeError.self) { try EventIntake.cloudEvents(batch: buffer(one), context: context) }
        #expect(throws: IntakeError.self) {
            try EventIntake.cloudEvent(structured: buffer("[\(one)]"), context: context)
        }
    }

    @Test func binaryModeReadsHeaders() throws {
        let headers = [
            ("Host", "x"), ("CE-SpecVersion", "1.0"), ("ce-id", "1"), ("ce-source", "/x"), ("ce-type", "t"),
            ("ce-subject", "caf%C3%A9 %zz"), ("Ce-Tenant", "\"a \\\"b\""),
            ("Content-Type", "application/json; charset=UTF-8"),
        ]
        let events = try EventIntake.events(headers: headers, body: buffer(#"{"a": 1}"#), context: Self.context())
        let event = try #require(events.first)
        #expect(event.subject == "café %zz")
        #expect(event.extensions == [EventExtension(name: "tenant", value: .string("a \"b"))])
        #expect(event.data == buffer(#"{"a":1}"#))
        for (extra, status) in [
            (("ce-id", "2"), 422), (("ce-data_base64", "x"), 422), (("ce-x", "%FF"), 422), (("ce-userid", "eve"), 403),
        ] {
            let error = #expect(throws: IntakeError.self) {
                try EventIntake.cloudEvent(
                    binaryHeaders: headers + [extra], body: ByteBuffer(), context: Self.context())
            }
            #expect(error?.status == status)
        }
        let plain = headers.dropLast() + [("content-type", "text/plain")]
        #expect(
            #expect(throws: IntakeError.self) {
                try EventIntake.cloudEvent(binaryHeaders: Array(plain), body: buffer("x"), context: Self.context())
            }?.status == 415)
        #expect(
            #expect(throws: IntakeError.self) {
                try EventIntake.cloudEvent(binaryHeaders: headers, body: buffer("x"), context: Self.context())
            }?.status == 400)
    }

    @Test func theContentTypeSaysWhichForm() throws {
        func count(_ type: String?, _ body: String) throws -> Int {
            try EventIntake.events(
                headers: type.map { [("content-type", $0)] } ?? [], body: buffer(body), context: Self.context()
            ).count
        }
        let cloud = #"{"specversion":"1.0","id":"1","source":"/x","type":"t"}"#
        #expect(try count("application/json", #"[{"type":"a","data":{}}]"#) == 1)
        #expect(try count("Application/CloudEvents+JSON; charset=utf-8", cloud) == 1)
        #expect(try count("application/cloudevents-batch+json", "[\(cloud)]") == 1)
        for type in [nil, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"] {
            #expect(#expect(throws: IntakeError.self) { try count(type, "[]") }?.status == 415)
        }
    }

    @Test func anythingPostedIsReadOrRefused() {
        var random = SeededRandom()
        let keys = [
            "type", "data", "id", "source", "timestamp", "specversion", "ext", "time", "simulated", "userid", "é",
        ]
        let values = [
            "\"1.0\"", "\"t\"", "\"cloud.upload\"", "{}", "[]", "null", "5", "true", "\"2026-11-23T05:11:20Z\"", "\"\"",
            "1e99",
        ]
        for _ in 0..<5000 {
            let members = (0..<random.below(7)).map { _ in "\"\(random.pick(keys))\":\(random.pick(values))" }
            let body = buffer("{" + members.joined(separator: ",") + "}")
            let context = Self.context(admin: random.chance(2))
            for isCloudEvent in [false, true] {
                do throws(IntakeError) {
                    let events =
                        isCloudEvent
                        ? try EventIntake.cloudEvent(structured: body, context: context)
                        : try EventIntake.native(body, context: context)
                    for event in events {
                        let record = event.record()
                        #expect((try? Event(record: record)) == event, "seed \(random.seed)")
                        let size = record.headers.reduce(event.data.readableBytes + event.key.readableBytes) {
                            $0 + $1.name.utf8.count + ($1.value?.readableBytes ?? 0)
                        }
                        #expect(EventRules.size(event) == size, "seed \(random.seed)")
                    }
                } catch {
                    #expect([400, 403, 413, 415, 422].contains(error.status), "seed \(random.seed)")
                }
            }
        }
    }
}
