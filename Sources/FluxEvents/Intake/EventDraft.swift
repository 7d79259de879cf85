import NIOCore

/// An event as a client gave it, whatever the form; `event()` checks what all forms have in common.
struct EventDraft {
    var index: Int
    var type = ""
    /// In place of `type`: the one of an event before, which needs no look any more.
    var known: KnownType?
    var id: String?
    var source: String?
    var subject: String?
    var time: Timestamp?
    var correlationID: String?
    /// What the form calls the correlation id.
    var correlationName = "correlation_id"
    /// Only administrators may bring one.
    var userID: String?
    var extensions: [EventExtension] = []
    /// Nil where a CloudEvent came without data.
    var data: JSONValue?

    init(index: Int) {
        self.index = index
    }

    func event(_ context: IntakeContext) throws(IntakeError) -> Event {
        let type = known?.type ?? EventType(cloudEventsName: type)
        if known == nil { try check(type, context) }
        if let id { try checkText(id, "id", EventRules.idLength) }
        if let source { try checkSource(source, context) }
        if let correlationID { try checkText(correlationID, correlationName, EventRules.idLength) }
        let target = try EventTarget(data, index: index)
        let event = Event(
            id: id ?? Identifier.ulid(at: context.now),
            source: source ?? context.clientSource, type: type,
            subject: subject ?? target.object?.keyText, time: time ?? context.now, correlationID: correlationID,
            userID: userID ?? context.userID, extensions: extensions,
            data: data?.compactBytes ?? ByteBuffer(string: "null"),
            key: target.recordKey ?? known?.key ?? RecordKey.named(type.rawValue))
        let size = EventRules.size(event)
        guard size <= context.limits.maxEventBytes else {
            throw .tooLarge(
                "The event has \(size) bytes; at most \(context.limits.maxEventBytes) are taken (--max-event-bytes).",
                index: index)
        }
        return event
    }

    private func check(_ type: EventType, _ context: IntakeContext) throws(IntakeError) {
        guard type.isWellFormed else {
            throw .notAnEvent(
                "A type is a letter or digit followed by letters, digits and . _ / - (at most 256 characters), such as "
                    + "com.example.job_done.", index: index, pointer: "/type")
        }
        guard type.looksReserved else { return }
        guard context.mayWriteReserved else {
            throw .notAllowed(
                "The type “\(type)” is one of CloudFlux's own; posting it needs the admin scope. Use a name of your own, "
                    + "such as com.example.\(type).", index: index, pointer: "/type")
        }
        guard Schemas.schema(for: type) != nil else {
            let nearest = Suggestion.nearest(to: type.rawValue, among: Schemas.names())
            throw .notAnEvent(
                "There is no type “\(type)”"
                    + (nearest.map { "; did you mean “\($0)”?" } ?? "; look at /api/schemas."),
                index: index, pointer: "/type")
        }
        guard let data else {
            throw .notAnEvent("An event of type “\(type)” needs data.", index: index, pointer: "/data")
        }
        if let problem = Schemas.validate(data: data, type: type).first {
            throw .notAnEvent(
                "The data does not fit the schema of “\(type)” (/api/schemas/\(type)): \(problem.message).",
                index: index, pointer: "/data" + problem.pointer)
        }
    }

    func checkSource(_ source: String, _ context: IntakeContext) throws(IntakeError) {
        guard (1...EventRules.sourceLength).contains(source.unicodeScalars.count),
            source.unicodeScalars.allSatisfy(EventRules.mayStandInSource)
        else {
            throw .notAnEvent(
                "A source is a URI reference of 1–\(EventRules.sourceLength) characters, such as /jobs/nightly; spaces and "
                    + "signs such as < > \" are written %20 and so on.", index: index, pointer: "/source")
        }
        guard context.mayWriteReserved || !context.reservedSources(source) else {
            throw .notAllowed(
                "The source “\(source)” is one of this server's own stores; posting in its name needs the admin scope. "
                    + "Use a source of your own, or leave it out.", index: index, pointer: "/source")
        }
    }

    private func checkText(_ text: String, _ name: String, _ longest: Int) throws(IntakeError) {
        guard (1...longest).contains(text.unicodeScalars.count),
            !text.unicodeScalars.contains(where: EventRules.isControl)
        else {
            throw .notAnEvent(
                "“\(name)” has 1–\(longest) characters, none of them a control character.", index: index,
                pointer: "/\(name)")
        }
    }
}

/// A type of somebody else's that has passed. Most events of a request have the same one, which is looked at once.
struct KnownType {
    /// As it stood in the JSON text.
    private let text: ByteBuffer
    let type: EventType
    /// The record key of events that are about nothing else.
    let key: ByteBuffer

    /// Nil for one of our own: that is checked with the data of each event.
    init?(_ text: ByteBuffer, _ type: EventType) {
        guard !type.looksReserved else { return nil }
        self.text = text
        self.type = type
        key = RecordKey.named(type.rawValue)
    }

    func stands(in value: JSONValue) -> Bool { value.bytes == text }
}

/// What an event is about, read from its data.
struct EventTarget {
    var object: ObjectRef?
    private var name: String?

    /// An object where data has provider, bucket and file_name, else what migration_id or store_id names.
    init(_ data: JSONValue?, index: Int) throws(IntakeError) {
        var members = Members()
        data?.eachMember { members.take($0, $1) }
        if let provider = members.provider?.string.flatMap(Provider.init(rawValue:)),
            let bucket = members.bucket?.string,
            let fileName = members.fileName?.utf8
        {
            var key = fileName
            if let encoded = members.encodedName, !encoded.isNull {
                guard let bytes = encoded.string.flatMap({ Base64.decode($0) }) else {
                    throw .notAnEvent(
                        "“file_name_base64” is the name's bytes in Base64 with padding.", index: index,
                        pointer: "/data/file_name_base64")
                }
                key = bytes
            }
            object = ObjectRef(provider: provider, account: members.account?.string ?? "", bucket: bucket, key: key)
        } else {
            name = members.migrationID?.string ?? members.storeID?.string
            if name?.isEmpty == true { name = nil }
        }
    }

    /// The members of data that tell, found in one pass.
    private struct Members {
        var provider, bucket, fileName, encodedName, account, migrationID, storeID: JSONValue?

        mutating func take(_ name: UnsafeRawBufferPointer, _ value: JSONValue) {
            func isNamed(_ text: StaticString) -> Bool { HeaderScan.equal(name, 0..<name.count, text) }
            if isNamed("provider") {
                provider = value
            } else if isNamed("bucket") {
                bucket = value
            } else if isNamed("file_name") {
                fileName = value
            } else if isNamed("file_name_base64") {
                encodedName = value
            } else if isNamed("account") {
                account = value
            } else if isNamed("migration_id") {
                migrationID = value
            } else if isNamed("store_id") {
                storeID = value
            }
        }
    }

    /// The record key, fixed for every type; nil where the type's own is meant.
    var recordKey: ByteBuffer? { object?.recordKey ?? name.map { RecordKey.named($0) } }
}

/// What holds for events in every form.
enum EventRules {
    /// The longest id and correlation id (characters).
    static let idLength = 200
    /// The longest source (characters).
    static let sourceLength = 1024

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// What RFC 3987 allows in a reference, roughly: no space, control character or one of `< > " { } | \ ^` and `` ` ``.
    static func mayStandInSource(_ scalar: Unicode.Scalar) -> Bool {
        if isControl(scalar) || scalar.properties.isWhitespace { return false }
        switch scalar {
        case "<", ">", "\"", "{", "}", "|", "\\", "^", "`": return false
        default: return true
        }
    }

    /// The source of events that bring none: `/clients/NAME`, with the name percent-encoded.
    static func clientSource(_ name: String) -> String { "/clients/" + PercentCoding.encode(name) }

    /// The bytes an event takes in the log: value, key and headers, counted without making the record.
    static func size(_ event: Event) -> Int {
        var size = event.data.readableBytes + event.key.readableBytes
        func header(_ name: StaticString, _ bytes: Int) { size += name.utf8CodeUnitCount + bytes }
        header(RecordHeaderName.specVersion, 3)
        header(RecordHeaderName.id, event.id.utf8.count)
        header(RecordHeaderName.source, event.source.utf8.count)
        header(RecordHeaderName.type, event.type.cloudEventsName.utf8.count)
        header(RecordHeaderName.time, 24)
        if let subject = event.subject { header(RecordHeaderName.subject, subject.utf8.count) }
        if let id = event.correlationID { header(RecordHeaderName.correlationID, id.utf8.count) }
        if let id = event.userID { header(RecordHeaderName.userID, id.utf8.count) }
        guard !event.extensions.isEmpty else {
            header(RecordHeaderName.contentType, Event.jsonContentType.utf8.count)
            return size
        }
        // Extensions are rare; their types are spelled out once, in the record.
        return event.record().headers.reduce(event.data.readableBytes + event.key.readableBytes) {
            $0 + $1.name.utf8.count + ($1.value?.readableBytes ?? 0)
        }
    }
}
