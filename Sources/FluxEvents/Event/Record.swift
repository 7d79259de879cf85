public import NIOCore

/// A header of a record: a name and bytes, or no value. Names may repeat; order is kept.
public struct RecordHeader: Sendable, Hashable {
    public var name: String
    public var value: ByteBuffer?

    public init(name: String, value: ByteBuffer?) {
        self.name = name
        self.value = value
    }
}

/// What the log stores: the key, value and headers of one Kafka record. The log never looks inside.
///
/// It is kept as it lies in a record batch, so that who makes it has encoded it, and nobody does so again: writing it is
/// a copy, reading it a slice of what was read.
public struct Record: Sendable, Hashable {
    /// What stands behind the offset delta of a record in a batch: key, value, number of headers, headers.
    package let content: ByteBuffer
    private let valuePlace: Int32
    private let headersPlace: Int32

    public init(key: ByteBuffer?, value: ByteBuffer?, headers: [RecordHeader] = []) {
        var most = RecordWriter.bytes(key) + RecordWriter.bytes(value) + RecordWriter.maximumVarint
        for header in headers {
            most += 2 * RecordWriter.maximumVarint + header.name.utf8.count + (header.value?.readableBytes ?? 0)
        }
        var content = ByteBuffer()
        var layout = RecordLayout()
        content.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { bytes in
            var writer = RecordWriter(bytes)
            writer.field(key)
            layout.value = writer.position
            writer.field(value)
            layout.headers = writer.position
            writer.count(headers.count)
            for header in headers {
                writer.name(header.name)
                writer.field(header.value)
            }
            return writer.position
        }
        self.init(content: content, layout: layout)
    }

    /// - Parameter content: whole and well-formed, with its parts where `layout` says.
    package init(content: ByteBuffer, layout: RecordLayout) {
        self.content = content
        valuePlace = Int32(layout.value)
        headersPlace = Int32(layout.headers)
    }

    public static func == (a: Record, b: Record) -> Bool { a.content == b.content }

    public func hash(into hasher: inout Hasher) { hasher.combine(content) }

    /// The bytes that it takes in the log, but for a few of its frame.
    public var bytes: Int { content.readableBytes }

    public var key: ByteBuffer? { field(at: 0) }
    public var value: ByteBuffer? { field(at: valueStart) }

    /// Where the value's length stands in the content.
    private var valueStart: Int { Int(valuePlace) }

    var layout: RecordLayout { RecordLayout(value: Int(valuePlace), headers: Int(headersPlace)) }

    public var headers: RecordHeaders { RecordHeaders(record: self) }

    /// Gives the headers one by one as they lie in memory, without making anything.
    package func withHeaders<R>(_ body: (UnsafeRawBufferPointer, inout HeaderScan) -> R) -> R {
        content.withUnsafeReadableBytes { bytes in
            var scan = HeaderScan(bytes, at: Int(headersPlace))
            return body(bytes, &scan)
        }
    }

    /// The value of the first header of that name; nil where there is none, or it has no value.
    public func header(_ name: StaticString) -> ByteBuffer? {
        let range: Range<Int>? = withHeaders { bytes, headers in
            while let header = headers.next() {
                if HeaderScan.equal(bytes, header.name, name) { return header.value }
            }
            return nil
        }
        return range.flatMap { slice($0) }
    }

    /// Whether `header` of that name has these bytes, without making anything.
    package func header(_ name: StaticString, is wanted: ByteBuffer?) -> Bool {
        withHeaders { bytes, headers in
            while let header = headers.next() {
                guard HeaderScan.equal(bytes, header.name, name) else { continue }
                guard let value = header.value, let wanted else { return header.value == nil && wanted == nil }
                return wanted.withUnsafeReadableBytes { HeaderScan.equal(bytes, value, $0) }
            }
            return wanted == nil
        }
    }

    /// A part of the content.
    func slice(_ range: Range<Int>) -> ByteBuffer? {
        content.getSlice(at: content.readerIndex + range.lowerBound, length: range.count)
    }

    private func field(at start: Int) -> ByteBuffer? {
        let range = content.withUnsafeReadableBytes { HeaderScan.field($0, from: start) }
        return range.flatMap { slice($0) }
    }
}

/// Where the parts of a record's content begin; the key is at 0.
package struct RecordLayout: Sendable {
    package var value = 0
    package var headers = 0

    package init(value: Int = 0, headers: Int = 0) {
        self.value = value
        self.headers = headers
    }
}

/// The headers of a record, made as they are asked for.
public struct RecordHeaders: Sendable, Sequence {
    let record: Record

    public func makeIterator() -> Iterator {
        Iterator(record: record, scan: record.withHeaders { _, scan in scan.place })
    }

    public struct Iterator: IteratorProtocol {
        let record: Record
        var scan: HeaderScan.Place

        public mutating func next() -> RecordHeader? {
            record.content.withUnsafeReadableBytes { bytes in
                var headers = HeaderScan(bytes, scan)
                defer { scan = headers.place }
                guard let header = headers.next() else { return nil }
                return RecordHeader(
                    name: String(decoding: UnsafeRawBufferPointer(rebasing: bytes[header.name]), as: UTF8.self),
                    value: header.value.flatMap { record.slice($0) })
            }
        }
    }
}

/// A record with its place in the log.
public struct StoredRecord: Sendable, Hashable {
    public var partition: Int32
    /// Position in the partition; the first record ever has 0; rises by one a record.
    public var offset: Int64
    /// When the log took it (the batch's LogAppendTime). Never runs backwards within a partition.
    public var recordedAt: Timestamp
    public var record: Record

    public init(partition: Int32, offset: Int64, recordedAt: Timestamp, record: Record) {
        self.partition = partition
        self.offset = offset
        self.recordedAt = recordedAt
        self.record = record
    }
}
