import NIOCore

/// Why a record is not an event.
public struct EventError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// A header that every event has is missing.
        public static let missingHeader = Code(description: "missing_header")
        /// A header's value cannot be read.
        public static let badHeader = Code(description: "bad_header")
    }

    public var code: Code
    /// What is wrong with which header.
    public var message: String

    public var description: String { message }
}

extension Event {
    /// The content type of `data` unless an event brought another kind of JSON.
    static let jsonContentType = "application/json"
    /// The extension that keeps another content type than `application/json`.
    static let contentTypeExtension = "datacontenttype"

    /// What is stored: a Kafka record in CloudEvents binary mode. The value is `data`, byte for byte.
    public func record() -> Record {
        var headers: [RecordHeader] = []
        headers.reserveCapacity(9 + extensions.count)
        // The values lie one behind the other in one piece of memory; each header holds its slice of it.
        var text = ByteBuffer()
        text.reserveCapacity(id.utf8.count + source.utf8.count + (subject?.utf8.count ?? 0) + 160)
        var lengths: [Int] = []
        lengths.reserveCapacity(headers.capacity)
        func add(_ name: String, _ value: String) {
            lengths.append(text.writeString(value))
            headers.append(RecordHeader(name: name, value: nil))
        }
        add(RecordHeaderName.specVersion, "1.0")
        add(RecordHeaderName.id, id)
        add(RecordHeaderName.source, source)
        add(RecordHeaderName.type, type.cloudEventsName)
        if let subject { add(RecordHeaderName.subject, subject) }
        add(RecordHeaderName.time, time.rfc3339)
        if let correlationID { add(RecordHeaderName.correlationID, correlationID) }
        if let userID { add(RecordHeaderName.userID, userID) }
        var contentType = Self.jsonContentType
        var types: [String] = []
        for one in extensions {
            switch one.value {
            case .string(let text) where one.name == Self.contentTypeExtension:
                contentType = text
            case .string(let text):
                add(RecordHeaderName.prefix + one.name, text)
            case .integer(let number):
                add(RecordHeaderName.prefix + one.name, String(number))
                types.append(one.name + "=i")
            case .boolean(let flag):
                add(RecordHeaderName.prefix + one.name, flag ? "true" : "false")
                types.append(one.name + "=b")
            }
        }
        add(RecordHeaderName.contentType, contentType)
        if !types.isEmpty { add(RecordHeaderName.extensionTypes, types.joined(separator: ",")) }
        for (index, length) in lengths.enumerated() { headers[index].value = text.readSlice(length: length) }
        return Record(key: key, value: data, headers: headers)
    }

    /// Reads what `record()` made. A record without `ce_id`, `ce_source`, `ce_type` and `ce_time` is not an event.
    public init(record: Record) throws(EventError) {
        var id: String?
        var source: String?
        var type: EventType?
        var subject: String?
        var time: Timestamp?
        var correlationID: String?
        var userID: String?
        var extensions: [EventExtension] = []
        var contentType: String?
        var types: String?
        for header in record.headers {
            guard let value = header.value else { continue }
            guard let text = String(validating: value.readableBytesView, as: UTF8.self) else {
                throw EventError(code: .badHeader, message: "The record's header \(header.name) is not UTF-8 text.")
            }
            switch header.name {
            case RecordHeaderName.specVersion: break
            case RecordHeaderName.id: id = text
            case RecordHeaderName.source: source = text
            case RecordHeaderName.type: type = EventType(cloudEventsName: text)
            case RecordHeaderName.subject: subject = text
            case RecordHeaderName.time:
                guard let parsed = Timestamp(rfc3339: text) else {
                    throw EventError(
                        code: .badHeader, message: "The record's header ce_time is not an RFC 3339 time: “\(text)”.")
                }
                time = parsed
            case RecordHeaderName.correlationID: correlationID = text
            case RecordHeaderName.userID: userID = text
            case RecordHeaderName.contentType: contentType = text
            case RecordHeaderName.extensionTypes: types = text
            default:
                if header.name.hasPrefix(RecordHeaderName.prefix) {
                    extensions.append(
                        EventExtension(name: String(header.name.dropFirst(3)), value: .string(text)))
                }
            }
        }
        guard let id else { throw Self.missing(RecordHeaderName.id) }
        guard let source else { throw Self.missing(RecordHeaderName.source) }
        guard let type else { throw Self.missing(RecordHeaderName.type) }
        guard let time else { throw Self.missing(RecordHeaderName.time) }
        if let types { Self.apply(types: types, to: &extensions) }
        if let contentType, contentType != Self.jsonContentType {
            extensions.append(EventExtension(name: Self.contentTypeExtension, value: .string(contentType)))
        }
        self.init(
            id: id, source: source, type: type, subject: subject, time: time, correlationID: correlationID,
            userID: userID, extensions: extensions, data: record.value ?? ByteBuffer(string: "null"),
            key: record.key ?? ByteBuffer())
    }

    private static func missing(_ name: String) -> EventError {
        EventError(
            code: .missingHeader,
            message: "The record is no event: its header \(name) is missing. Only CloudEvents in binary mode are read.")
    }

    /// Gives back the extensions their types; what does not fit stays a string.
    private static func apply(types: String, to extensions: inout [EventExtension]) {
        for item in types.split(separator: ",") {
            let pair = item.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let index = extensions.firstIndex(where: { $0.name == pair[0] }),
                case .string(let text) = extensions[index].value
            else { continue }
            if pair[1] == "i", let number = Int32(text) {
                extensions[index].value = .integer(number)
            } else if pair[1] == "b", text == "true" || text == "false" {
                extensions[index].value = .boolean(text == "true")
            }
        }
    }

    /// The object the event is about, where its record key names one (without a version).
    public var object: ObjectRef? { ObjectRef(recordKey: key) }
}
