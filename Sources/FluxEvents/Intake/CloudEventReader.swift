import NIOCore

/// Reads a CloudEvent in JSON format.
enum CloudEventReader {
    /// The longest name of an extension (characters); CloudEvents itself advises 20.
    static let extensionNameLength = 64
    /// The most extensions.
    static let maximumExtensions = 32

    static func event(_ value: JSONValue, index: Int, _ context: IntakeContext) throws(IntakeError) -> Event {
        var reader = CloudEventAttributes(index: index, context: context)
        for (name, value) in value.members {
            switch name {
            case "data":
                if !value.isNull { reader.draft.data = value }
            case "data_base64":
                if value.isNull { break }
                throw .unsupported(
                    "Only data that is JSON is taken; “data_base64” holds bytes. Put them into a member of data.",
                    index: index, pointer: "/data_base64")
            default:
                try reader.attribute(name, value: value)
            }
        }
        return try reader.event()
    }
}

/// Collects the attributes of one CloudEvent, from JSON or from headers.
struct CloudEventAttributes {
    var draft: EventDraft
    private let context: IntakeContext
    private let index: Int
    private var specVersion: String?

    init(index: Int, context: IntakeContext) {
        draft = EventDraft(index: index)
        self.index = index
        self.context = context
    }

    /// One attribute in JSON; null is the same as absent.
    mutating func attribute(_ name: String, value: JSONValue) throws(IntakeError) {
        if let text = value.string {
            return try attribute(name, .string(text))
        }
        switch value.kind {
        case .null: return
        case .true: return try attribute(name, .boolean(true))
        case .false: return try attribute(name, .boolean(false))
        case .number:
            if let text = value.numberText, let number = Int32(text) { return try attribute(name, .integer(number)) }
        default: break
        }
        throw .notAnEvent(
            "The attribute “\(name.prefix(80))” is a string, a whole number of 32 bits, or true or false; anything else "
                + "belongs into data.", index: index, pointer: JSONPointer.of(name))
    }

    mutating func attribute(_ name: String, _ value: EventExtension.Value) throws(IntakeError) {
        switch name {
        case "specversion": specVersion = try text(name, value)
        case "id": draft.id = try text(name, value)
        case "source": draft.source = try text(name, value)
        case "type": draft.type = try text(name, value)
        case "subject": draft.subject = try text(name, value)
        case "time": draft.time = try NativeReader.time(try text(name, value), name, index)
        case "datacontenttype": try contentType(try text(name, value))
        case "correlationid":
            draft.correlationID = try text(name, value)
            draft.correlationName = name
        case "userid":
            guard context.mayWriteReserved else {
                throw .notAllowed(
                    "“userid” is set by the server; only an administrator may bring one.", index: index,
                    pointer: "/userid")
            }
            draft.userID = try text(name, value)
        // Where an event stood in the log it was exported from; here it gets a place of its own.
        case "recordedtime", "cursor": break
        case "simulated":
            guard value == .boolean(false) || value == .string("false") else {
                throw .notAnEvent(
                    "Simulated events cannot be posted; POST /api/stream/simulate makes them.", index: index,
                    pointer: "/simulated")
            }
        default: try add(name, value)
        }
    }

    private mutating func add(_ name: String, _ value: EventExtension.Value) throws(IntakeError) {
        let isName =
            (1...CloudEventReader.extensionNameLength).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        guard isName else {
            throw .notAnEvent(
                "The attribute “\(name.prefix(80))” is not one; names have lower-case letters and digits only, at most "
                    + "\(CloudEventReader.extensionNameLength).", index: index, pointer: JSONPointer.of(name))
        }
        guard draft.extensions.count < CloudEventReader.maximumExtensions else {
            throw .notAnEvent(
                "The event has more than \(CloudEventReader.maximumExtensions) extensions; put them into data.",
                index: index, pointer: JSONPointer.of(name))
        }
        draft.extensions.append(EventExtension(name: name, value: value))
    }

    mutating func contentType(_ text: String) throws(IntakeError) {
        let media = MediaType(text)
        guard media.isJSON else {
            throw .unsupported(
                "Only data that is JSON in UTF-8 is taken, not “\(text.prefix(80))”.", index: index,
                pointer: "/datacontenttype")
        }
        if text != Event.jsonContentType, media.name != Event.jsonContentType {
            draft.extensions.append(EventExtension(name: Event.contentTypeExtension, value: .string(text)))
        }
    }

    private func text(_ name: String, _ value: EventExtension.Value) throws(IntakeError) -> String {
        guard case .string(let text) = value, !text.isEmpty else {
            throw .notAnEvent("“\(name)” is a string that is not empty.", index: index, pointer: "/\(name)")
        }
        return text
    }

    func event() throws(IntakeError) -> Event {
        guard let specVersion else {
            throw .notAnEvent("The CloudEvent has no “specversion”; it must be “1.0”.", index: index, pointer: "")
        }
        guard specVersion == "1.0" else {
            throw .notAnEvent(
                "The “specversion” is “\(specVersion.prefix(20))”; only “1.0” is read.", index: index,
                pointer: "/specversion")
        }
        guard draft.id != nil else { throw missing("id") }
        guard draft.source != nil else { throw missing("source") }
        guard !draft.type.isEmpty else { throw missing("type") }
        return try draft.event(context)
    }

    private func missing(_ name: String) -> IntakeError {
        .notAnEvent("The CloudEvent has no “\(name)”.", index: index, pointer: "")
    }
}

/// Reads a CloudEvent in HTTP's binary mode.
enum BinaryReader {
    static func event(
        _ headers: [(String, String)], _ body: ByteBuffer, _ context: IntakeContext
    ) throws(IntakeError) -> Event {
        var reader = CloudEventAttributes(index: 0, context: context)
        var seen: Set<String> = []
        for (header, value) in headers {
            let name = header.lowercased()
            if name == "content-type" {
                guard seen.insert(name).inserted else { throw repeated(name) }
                try reader.contentType(value)
            } else if name.hasPrefix("ce-") {
                guard seen.insert(name).inserted else { throw repeated(name) }
                let attribute = String(name.dropFirst(3))
                guard attribute != "datacontenttype", attribute != "data", attribute != "data_base64" else {
                    throw .notAnEvent(
                        "“\(name)” is no header of binary mode; data is the body, its type the Content-Type.",
                        index: 0, pointer: JSONPointer.of(attribute))
                }
                guard let text = decoded(value) else {
                    throw .notAnEvent(
                        "The header “\(name)” is not percent-encoded UTF-8.", index: 0,
                        pointer: JSONPointer.of(attribute))
                }
                try reader.attribute(attribute, .string(text))
            }
        }
        if body.readableBytes > 0 {
            reader.draft.data = try EventIntake.parse(body, context)
        }
        return try reader.event()
    }

    private static func repeated(_ name: String) -> IntakeError {
        .notAnEvent("The header “\(name)” stands there twice.", index: 0, pointer: nil)
    }

    /// A header's value: perhaps in double quotes, and with what is not printable ASCII as `%XX` of UTF-8.
    private static func decoded(_ value: String) -> String? {
        var bytes: [UInt8] = []
        var text = Array(value.utf8)
        if text.count >= 2, text.first == 0x22, text.last == 0x22 {
            var inner: [UInt8] = []
            var isEscaped = false
            for byte in text[1..<text.count - 1] {
                if byte == 0x5C, !isEscaped {
                    isEscaped = true
                } else {
                    inner.append(byte)
                    isEscaped = false
                }
            }
            text = inner
        }
        var index = 0
        while index < text.count {
            if text[index] == 0x25, index + 2 < text.count, let high = PercentCoding.digit(text[index + 1]),
                let low = PercentCoding.digit(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
