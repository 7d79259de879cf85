import FluxEvents
import FluxStores
import FluxTesting
import NIOCore
import Testing

@testable import FluxIngest

@Suite struct NotificationTests {
    private static func read(_ text: String) throws -> [BucketNotification] {
        try NotificationReader.read(ByteBuffer(string: text))
    }

    private static func record(
        _ name: String, key: String = "red+flower%2B%C3%A4.jpg", version: String = "2.1", more: String = "",
        object: String = #","size":1024,"eTag":"d41d8","sequencer":"0055AED6DCD90281E5""#
    ) -> String {
        """
        {"Records":[{"eventVersion":"\(version)","eventSource":"aws:s3","awsRegion":"us-west-2",\
        "eventTime":"2026-11-30T15:00:00.000Z","eventName":"\(name)","userIdentity":{"principalId":"AWS:U"},\
        "s3":{"s3SchemaVersion":"1.0","bucket":{"name":"b-1","arn":"arn:aws:s3:::b-1"},"object":{"key":"\(key)"\(object)}}\(more)}]}
        """
    }

    @Test func anUploadIsRead() throws {
        let told = try #require(try Self.read(Self.record("ObjectCreated:Put")).first)
        #expect(told.what == .created)
        #expect(told.key == Array("red flower+ä.jpg".utf8))
        #expect(told.bucket == "b-1" && told.size == 1024 && told.etag == "d41d8" && told.requester == "AWS:U")
        #expect(told.time == Timestamp(rfc3339: "2026-11-30T15:00:00Z"))
    }

    @Test(arguments: [
        ("ObjectCreated:CompleteMultipartUpload", BucketNotification.What.created, false),
        ("ObjectRemoved:Delete", .deleted, false), ("ObjectRemoved:DeleteMarkerCreated", .deleteMarker, false),
        ("LifecycleExpiration:Delete", .deleted, true),
        ("LifecycleExpiration:DeleteMarkerCreated", .deleteMarker, true),
        ("ObjectRestore:Post", .restoreBegun, false), ("ObjectRestore:Delete", .restoreExpired, false),
        ("LifecycleTransition", .storageClass(nil), true), ("ObjectTagging:Put", .other("ObjectTagging:Put"), false),
    ])
    func whatHappenedIsToldApart(_ name: String, _ what: BucketNotification.What, _ byRule: Bool) throws {
        let told = try #require(try Self.read(Self.record(name, version: "2.3", object: "")).first)
        #expect(told.what == what)
        #expect(told.byRule == byRule)
        #expect(told.size == nil && told.sequencer == nil)
    }

    @Test func theTestMessageTellsNothing() throws {
        #expect(try Self.read(#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b-1"}"#) == [])
    }

    @Test func topicsWrapMessages() throws {
        var json = JSONWriter()
        json.beginObject()
        json.field("Type", "Notification")
        json.field("Message", Self.record("ObjectCreated:Put"))
        json.endObject()
        #expect(try NotificationReader.read(json.buffer) == Self.read(Self.record("ObjectCreated:Put")))
        // Once, and no deeper.
        var outer = JSONWriter()
        outer.beginObject()
        outer.field("Type", "Notification")
        outer.field("Message", String(buffer: json.buffer))
        outer.endObject()
        #expect(throws: NotificationReader.Failure.self) { try NotificationReader.read(outer.buffer) }
    }

    @Test func eventBridgeDoesNotEncodeKeys() throws {
        func event(_ kind: String, _ more: String = "") -> String {
            """
            {"version":"0","detail-type":"\(kind)","source":"aws.s3","time":"2026-11-30T15:00:00Z","detail":{"bucket":{"name":"b-1"},\
            "object":{"key":"a+b%2B.jpg","size":5,"etag":"e","version-id":"v1","sequencer":"1"},"requester":"123"\(more)}}
            """
        }
        let told = try #require(try Self.read(event("Object Created")).first)
        #expect(
            told.what == .created && told.key == Array("a+b%2B.jpg".utf8) && told.etag == "e" && told.versionID == "v1")
        #expect(
            try Self.read(
                event("Object Deleted", #","deletion-type":"Delete Marker Created","reason":"Lifecycle Expiration""#)
            )
            .first.map { [$0.what == .deleteMarker, $0.byRule] } == [true, true])
        #expect(
            try Self.read(event("Object Storage Class Changed", #","destination-storage-class":"GLACIER""#)).first?.what
                == .storageClass("GLACIER"))
        #expect(try Self.read(event("Object Tags Added")).first?.what == .other("Object Tags Added"))
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "<Error/>", #"{"Records":[{}]}"#, record("ObjectCreated:Put", version: "3.0"),
        record("ObjectCreated:Put", key: "a%2"), #"{"source":"aws.s3","detail":{}}"#,
        #"{"Type":"Notification","Message":"x"}"#,
        record("ObjectCreated:Put").replacing("2026-11-30T15:00:00.000Z", with: "today"),
    ])
    func whatIsNoneIsRefused(_ text: String) {
        #expect(throws: NotificationReader.Failure.self) { try Self.read(text) }
    }

    @Test func whateverArrives() {
        var random = SeededRandom()
        let whole = Array(Self.record("ObjectCreated:Put").utf8)
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<(1 + random.below(3)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            _ = try? NotificationReader.read(ByteBuffer(bytes: bytes))
        }
    }

    @Test func sequencersOfDifferentLength() throws {
        func order(_ a: String, _ b: String) throws -> Bool { try #require(Sequencer(a)) < #require(Sequencer(b)) }
        #expect(try order("0055AED6DCD90281E5", "0055AED6DCD90281E6"))
        #expect(try order("0055", "00551"))
        #expect(try order("0055", "0056AA"))
        #expect(try !order("0055", "0055000"))
        #expect(try !order("00ab", "00AB"))
        #expect(Sequencer("") == nil && Sequencer(nil) == nil)
    }

    @Test func anOldMessageMakesNoOtherOneNew() throws {
        var book = SequencerBook()
        func message(_ sequencer: String, key: UInt8 = 1) -> BucketNotification {
            var told = Self.told(.created, etag: "a")
            told.key = [key]
            told.sequencer = Sequencer(sequencer)
            return told
        }
        book.note(message("5"))
        #expect(book.isOld(message("5")) && book.isOld(message("4")) && !book.isOld(message("6")))
        book.note(message("3"))
        #expect(book.isOld(message("4")))
        #expect(!book.isOld(message("1", key: 2)))
    }

    // MARK: What it means

    private static func object(_ etag: String, class storageClass: String = "STANDARD", at time: Int64 = 1000)
        -> BucketObject
    {
        BucketObject(
            key: [1], size: Int64(etag.utf8.count), lastModified: Timestamp(milliseconds: time), etag: etag,
            storageClass: storageClass)
    }

    private static func known(_ object: BucketObject) -> KnownObject { KnownObject(object) }

    private static func told(_ what: BucketNotification.What, etag: String? = nil) -> BucketNotification {
        BucketNotification(
            what: what, name: "x", bucket: "b", key: [1], size: etag.map { Int64($0.utf8.count) }, etag: etag,
            time: Timestamp(milliseconds: 1500))
    }

    private static func verdict(
        _ told: BucketNotification, _ before: BucketObject?, _ now: BucketObject?, isOld: Bool = false
    ) -> NotificationRule.Verdict {
        NotificationRule.verdict(told, before: before.map(known), now: now, isOld: isOld)
    }

    @Test func whatANotificationMeans() {
        let (a, b, other) = (Self.object("a"), Self.object("bb"), Self.object("a", class: "GLACIER"))
        // New, overwritten, told already.
        #expect(Self.verdict(Self.told(.created, etag: "a"), nil, a) == .upload(a))
        #expect(Self.verdict(Self.told(.created, etag: "bb"), a, b) == .upload(b))
        #expect(Self.verdict(Self.told(.created, etag: "a"), a, a) == .nothing)
        #expect(Self.verdict(Self.told(.created, etag: "a"), nil, a, isOld: true) == .nothing)
        // Late: what it tells of was replaced, and that is told.
        #expect(Self.verdict(Self.told(.created, etag: "a"), b, b) == .nothing)
        // Two writes in a row: each is told.
        let between = BucketObject(key: [1], size: 1, lastModified: Timestamp(milliseconds: 1500), etag: "a")
        #expect(Self.verdict(Self.told(.created, etag: "a"), nil, b) == .upload(between))
        #expect(Self.verdict(Self.told(.created, etag: "a"), nil, nil) == .upload(between))
        // A copy onto itself.
        #expect(Self.verdict(Self.told(.created, etag: "a"), a, other) == .storageClass(other))
        #expect(Self.verdict(Self.told(.storageClass("GLACIER")), a, other) == .storageClass(other))
        #expect(Self.verdict(Self.told(.storageClass("GLACIER")), other, other) == .nothing)
        // Deleted; deleted and there again; told already.
        #expect(Self.verdict(Self.told(.deleted), a, nil) == .delete(marker: false))
        #expect(Self.verdict(Self.told(.deleteMarker), a, nil) == .delete(marker: true))
        #expect(Self.verdict(Self.told(.deleted), a, b) == .delete(marker: false))
        #expect(Self.verdict(Self.told(.deleted), a, a) == .nothing)
        #expect(Self.verdict(Self.told(.deleted), nil, nil) == .nothing)
        var version = Self.told(.deleted)
        version.versionID = "v2"
        #expect(Self.verdict(version, b, a) == .upload(a))
        #expect(Self.verdict(version, b, b) == .nothing)
        #expect(Self.verdict(Self.told(.restored(until: nil)), other, other) == .restore(other, "completed"))
        #expect(Self.verdict(Self.told(.other("tags")), a, b) == .nothing)
    }

    /// Whatever the order in which notifications of one key come, and however often: what is known is what is there.
    @Test func anyOrderEndsAtWhatIsThere() {
        var random = SeededRandom()
        for _ in 0..<3000 {
            // A history of an object.
            var now: BucketObject?
            var messages: [BucketNotification] = []
            for step in 0..<(1 + random.below(5)) {
                var told: BucketNotification
                if now != nil, random.chance(3) {
                    told = Self.told(.deleted)
                    now = nil
                } else {
                    let object = Self.object("e\(random.below(3))", at: Int64(step) * 1000)
                    now = object
                    told = Self.told(.created, etag: object.etag)
                }
                told.sequencer = Sequencer(String(step + 1, radix: 16))
                messages.append(told)
            }
            messages += (0..<random.below(3)).map { _ in random.pick(messages) }
            messages.shuffle(using: &random)
            // All of them come when all has happened, and some are forgotten by a restart.
            var known: KnownObject?
            var book = SequencerBook()
            for message in messages {
                if random.chance(5) { book = SequencerBook() }
                let verdict = NotificationRule.verdict(message, before: known, now: now, isOld: book.isOld(message))
                book.note(message)
                switch verdict {
                case .upload(let object), .storageClass(let object), .restore(let object, _):
                    known = KnownObject(object)
                case .delete: known = nil
                case .nothing: break
                }
            }
            // The newest message is among them, so nothing is left to a listing, unless a restart forgot that it came.
            if let now { #expect(known?.hasSameContent(as: now) == true, "seed \(random.seed): \(messages)") }
        }
    }
}
