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
        var content = ByteBuffer()
        let layout = write(into: &content)
        return Record(content: content, layout: layout)
    }

    /// The records of events that are appended together: they share one piece of memory.
    public static func records(_ events: [Event]) -> [Record] {
        var content = ByteBuffer()
        content.reserveCapacity(events.reduce(0) { $0 + $1.maximumRecordBytes })
        var parts: [(bytes: Int, layout: RecordLayout)] = []
        parts.reserveCapacity(events.count)
        for event in events {
            let start = content.writerIndex
            let layout = event.write(into: &content)
            parts.append((content.writerIndex - start, layout))
        }
        return parts.compactMap { part in
            content.readSlice(length: part.bytes).map { Record(content: $0, layout: part.layout) }
        }
    }

    /// At least what the record's content takes.
    private var maximumRecordBytes: Int {
        var bytes = 512 + id.utf8.count + source.utf8.count + type.rawValue.utf8.count + data.readableBytes
        bytes += key.readableBytes
        for text in [subject, correlationID, userID] { bytes += text?.utf8.count ?? 0 }
        // An extension's name stands in its header, and once more where its type is told.
        for one in extensions {
            bytes += 2 * one.name.utf8.count + 2 * RecordWriter.maximumVarint + 16
            if case .string(let text) = one.value { bytes += text.utf8.count }
        }
        return bytes
    }

    private func write(into content: inout ByteBuffer) -> RecordLayout {
        var layout = RecordLayout()
        var contentType = Self.jsonContentType
        var own = extensions
        if let index = own.firstIndex(where: { $0.name == Self.contentTypeExtension }),
            case .string(let text) = own[index].value
        {
            contentType = text
            own.remove(at: index)
        }
        let types = own.compactMap { one -> String? in
            switch one.value {
            case .string: nil
            case .integer: one.name + "=i"
            case .boolean: one.name + "=b"
            }
        }
        var count = 6 + own.count + (types.isEmpty ? 0 : 1)
        for text in [subject, correlationID, userID] where text != nil { count += 1 }
        content.writeWithUnsafeMutableBytes(minimumWritableBytes: maximumRecordBytes) { bytes in
            var writer = RecordWriter(bytes)
            writer.field(key)
            layout.value = writer.position
            writer.field(data)
            layout.headers = writer.position
            writer.count(count)
            writer.header(RecordHeaderName.specVersion, "1.0" as StaticString)
            writer.header(RecordHeaderName.id, id)
            writer.header(RecordHeaderName.source, source)
            writer.header(RecordHeaderName.type, type.cloudEventsName)
            if let subject { writer.header(RecordHeaderName.subject, subject) }
            writer.header(RecordHeaderName.time, time)
            if let correlationID { writer.header(RecordHeaderName.correlationID, correlationID) }
            if let userID { writer.header(RecordHeaderName.userID, userID) }
            for one in own {
                writer.name(RecordHeaderName.prefix + one.name)
                switch one.value {
                case .string(let text): writer.field(text)
                case .integer(let number): writer.field(String(number))
                case .boolean(let flag): writer.field(flag ? "true" : "false" as StaticString)
                }
            }
            writer.header(RecordHeaderName.contentType, contentType)
            if !types.isEmpty { writer.header(RecordHeaderName.extensionTypes, types.joined(separator: ",")) }
            return writer.position
        }
        return layout
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
        let error: EventError? = record.withHeaders { bytes, headers in
            while let header = headers.next() {
                guard let range = header.value else { continue }
                func isNamed(_ name: StaticString) -> Bool { HeaderScan.equal(bytes, header.name, name) }
                func text(_ range: Range<Int>) -> String? {
                    String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
                }
                guard let value = text(range) else {
                    let name = text(header.name) ?? "?"
                    return EventError(code: .badHeader, message: "The record's header \(name) is not UTF-8 text.")
                }
                if isNamed(RecordHeaderName.specVersion) {
                    continue
                } else if isNamed(RecordHeaderName.id) {
                    id = value
                } else if isNamed(RecordHeaderName.source) {
                    source = value
                } else if isNamed(RecordHeaderName.type) {
                    type = EventType(cloudEventsName: value)
                } else if isNamed(RecordHeaderName.subject) {
                    subject = value
                } else if isNamed(RecordHeaderName.time) {
                    guard let parsed = Timestamp(rfc3339: value) else {
                        return EventError(
                            code: .badHeader,
                            message: "The record's header ce_time is not an RFC 3339 time: “\(value)”.")
                    }
                    time = parsed
                } else if isNamed(RecordHeaderName.correlationID) {
                    correlationID = value
                } else if isNamed(RecordHeaderName.userID) {
                    userID = value
                } else if isNamed(RecordHeaderName.contentType) {
                    contentType = value
                } else if isNamed(RecordHeaderName.extensionTypes) {
                    types = value
                } else if let name = text(header.name), name.hasPrefix(RecordHeaderName.prefix) {
                    extensions.append(EventExtension(name: String(name.dropFirst(3)), value: .string(value)))
                }
            }
            return nil
        }
        if let error { throw error }
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

    private static func missing(_ name: StaticString) -> EventError {
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
