import NIOCore

/// Makes the records of plain events in native form straight from the text: no document, no `Event`.
///
/// What it takes comes out as the ordinary reader has it, byte for byte; whatever is unusual about any of the events has
/// it answer nil, and the ordinary reader is asked.
struct PlainIntake {
    /// Kinds of events that are told apart at once; a request mostly has one.
    private static let maximumFrames = 8

    private let context: IntakeContext
    private var content = ByteBuffer()
    private var parts: ContiguousArray<(bytes: Int, layout: RecordLayout)> = []
    private var frames: ContiguousArray<RecordFrame> = []

    /// The records of one event, or of an array of at least one; nil where they are not all plain.
    static func records(_ body: ByteBuffer, _ context: IntakeContext) -> [Record]? {
        guard body.readableBytes <= min(context.limits.maxBodyBytes, PlainScanner.maximumBytes) else { return nil }
        var intake = PlainIntake(context: context)
        return intake.read(body.readableBytesUInt8Span) ? intake.records() : nil
    }

    private init(context: IntakeContext) {
        self.context = context
    }

    private mutating func read(_ bytes: Span<UInt8>) -> Bool {
        var scanner = PlainScanner()
        if scanner.next(bytes) == UInt8(ascii: "{") {
            guard let event = scanner.event(bytes), add(event, bytes) else { return false }
        } else {
            guard scanner.take("[", bytes) else { return false }
            repeat {
                let start = scanner.position
                guard let event = scanner.event(bytes), add(event, bytes) else { return false }
                // Events of one request are mostly alike.
                if parts.count == 1 { reserve(bytes.count - scanner.position, asOf: scanner.position - start) }
            } while scanner.take(",", bytes)
            guard scanner.take("]", bytes) else { return false }
        }
        _ = scanner.next(bytes)
        return scanner.position == bytes.count && parts.count <= context.limits.maxEvents
    }

    private mutating func reserve(_ left: Int, asOf one: Int) {
        let expected = left / max(one, 1)
        parts.reserveCapacity(expected + 1)
        content.reserveCapacity(content.writerIndex * (expected + 1))
    }

    private mutating func records() -> [Record] {
        parts.compactMap { part in
            content.readSlice(length: part.bytes).map { Record(content: $0, layout: part.layout) }
        }
    }

    /// Appends an event's record; false where its texts are not plain.
    private mutating func add(_ event: PlainScanner.Event, _ bytes: Span<UInt8>) -> Bool {
        guard let kind = frame(of: event, bytes) else { return false }
        let lengths = 1...EventRules.idLength
        if let id = event.id, !lengths.contains(id.count) { return false }
        if let id = event.correlationID, !lengths.contains(id.count) { return false }
        var time: Timestamp?
        if let range = event.time {
            time = bytes.extracting(range).withUnsafeBytes { Timestamp(rfc3339Bytes: $0) }
            if time == nil { return false }
        }
        let data = event.data.count - event.dataSpace
        let texts = data + (event.id?.count ?? ULID.textBytes) + (event.correlationID?.count ?? 0)
        guard frames[kind].size + texts <= context.limits.maxEventBytes else { return false }
        let now = context.now
        var layout = RecordLayout()
        let written = bytes.withUnsafeBytes { text in
            content.writeWithUnsafeMutableBytes(
                minimumWritableBytes: frames[kind].bytes.readableBytes + texts + 3 * RecordWriter.maximumVarint
            ) { [frames] target in
                var writer = RecordWriter(target)
                layout = frames[kind].write(event, text, dataBytes: data, time: time, now: now, to: &writer)
                return writer.position
            }
        }
        parts.append((written, layout))
        return true
    }

    /// The place of the frame that the event goes into.
    private mutating func frame(of event: PlainScanner.Event, _ bytes: Span<UInt8>) -> Int? {
        for kind in frames.indices where frames[kind].fits(event, bytes) { return kind }
        guard let frame = RecordFrame(event, bytes, context) else { return nil }
        if frames.count == Self.maximumFrames { frames.removeAll() }
        frames.append(frame)
        return frames.count - 1
    }
}

/// The record of an event with nothing in it, and where its parts go: what events of one type and source have in common.
private struct RecordFrame {
    /// The content of that record.
    let bytes: ByteBuffer
    /// What it counts for the limit on an event's bytes.
    let size: Int
    /// Where the lengths of the empty value, id and correlation id stand, and where the time does.
    private let value: Int
    private let id: Int
    private let time: Int
    private let correlation: Int?
    /// As they stood in the text.
    private let type: [UInt8]
    private let source: [UInt8]?

    /// Nil where the type or the source has to be looked at by the ordinary reader.
    init?(_ event: PlainScanner.Event, _ text: Span<UInt8>, _ context: IntakeContext) {
        type = text.extracting(event.type).withUnsafeBytes { Array($0) }
        source = event.source.map { range in text.extracting(range).withUnsafeBytes { Array($0) } }
        let named = EventType(cloudEventsName: String(decoding: type, as: UTF8.self))
        guard named.isWellFormed, !named.looksReserved else { return nil }
        let own = source.map { String(decoding: $0, as: UTF8.self) }
        if let own { guard (try? EventDraft(index: 0).checkSource(own, context)) != nil else { return nil } }
        let empty = Event(
            id: "", source: own ?? context.clientSource, type: named, time: context.now,
            correlationID: event.correlationID == nil ? nil : "", userID: context.userID, data: ByteBuffer(),
            key: RecordKey.named(named.rawValue))
        let record = empty.record()
        size = EventRules.size(empty)
        bytes = record.content
        value = record.layout.value
        func place(_ name: StaticString) -> Int? {
            record.withHeaders { bytes, headers in
                while let header = headers.next() {
                    if HeaderScan.equal(bytes, header.name, name) { return header.value?.lowerBound }
                }
                return nil
            }
        }
        guard let id = place(RecordHeaderName.id), let time = place(RecordHeaderName.time) else { return nil }
        self.id = id - 1
        self.time = time
        correlation = place(RecordHeaderName.correlationID).map { $0 - 1 }
    }

    /// Whether it is the one of this event.
    func fits(_ event: PlainScanner.Event, _ text: Span<UInt8>) -> Bool {
        guard (event.correlationID == nil) == (correlation == nil), equal(event.type, type, text) else { return false }
        guard let range = event.source, let source else { return event.source == nil && source == nil }
        return equal(range, source, text)
    }

    private func equal(_ range: Range<Int>, _ known: [UInt8], _ text: Span<UInt8>) -> Bool {
        guard range.count == known.count else { return false }
        for (place, index) in range.enumerated() where text[index] != known[place] { return false }
        return true
    }

    /// Writes the record of an event of this kind.
    func write(
        _ event: PlainScanner.Event, _ text: UnsafeRawBufferPointer, dataBytes: Int, time: Timestamp?, now: Timestamp,
        to writer: inout RecordWriter
    ) -> RecordLayout {
        func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: text[range]) }
        return bytes.withUnsafeReadableBytes { frame in
            func piece(_ range: Range<Int>) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(rebasing: frame[range])
            }
            writer.copy(piece(0..<value))
            writer.count(dataBytes)
            if event.dataSpace == 0 {
                writer.copy(part(event.data))
            } else {
                let written = JSONValue.compact(part(event.data), into: writer.room(dataBytes))
                precondition(written == dataBytes, "the scanner has counted the space")
            }
            let layout = RecordLayout(value: value, headers: writer.position)
            writer.copy(piece(value + 1..<id))
            if let given = event.id {
                writer.count(given.count)
                writer.copy(part(given))
            } else {
                writer.count(ULID.textBytes)
                Identifier.nextULID(at: now).write(to: writer.room(ULID.textBytes))
            }
            writer.copy(piece(id + 1..<self.time))
            var rest = self.time
            if let time {
                time.write(to: writer.room(Timestamp.textBytes))
                rest += Timestamp.textBytes
            }
            if let correlation, let given = event.correlationID {
                writer.copy(piece(rest..<correlation))
                writer.count(given.count)
                writer.copy(part(given))
                rest = correlation + 1
            }
            writer.copy(piece(rest..<frame.count))
            return layout
        }
    }
}
