import FluxEvents
import FluxLog
import FluxTesting
import Foundation
import NIOCore
import Testing

@testable import FluxLive
@testable import FluxServer

/// A framing and a form of messages.
struct WrittenForm: Sendable, CustomTestStringConvertible {
    var framing: any LiveFraming
    var content: LiveContent

    var testDescription: String { "\(framing.name), \(content)" }
}

@Suite("What was read of the log, written straight into what goes out")
struct BlockWriterTests {
    private static let ids = ["plain", "quo\"te", "é😀", "back\\slash", "\u{1}"]
    private static let types = ["com.example.a", "cloud.upload", "system.inventory", "com.example.b", "cost.alert"]

    private static func record(_ number: Int, _ random: inout SeededRandom) -> Record {
        if random.chance(100) { return Record(key: nil, value: ByteBuffer(string: "no event")) }
        let size = random.chance(50) ? Int.random(in: 30_000...80_000, using: &random) : random.pick([0, 5, 200])
        return Event(
            id: random.chance(10) ? random.pick(ids) + "\(number)" : "e\(number)", source: "/t",
            type: EventType(rawValue: random.pick(types)), subject: random.chance(3) ? random.pick(ids) : nil,
            time: Timestamp(milliseconds: 1_795_410_680_640 + Int64(number)),
            userID: random.chance(3) ? random.pick(ids) : nil,
            extensions: random.chance(20) ? [EventExtension(name: "x", value: .integer(1))] : [],
            data: ByteBuffer(string: "{\"n\":\"\(String(repeating: "x", count: size))\"}"), key: ByteBuffer()
        ).record()
    }

    /// Calls `body` with a topic that holds these records, in groups of different sizes.
    private func withLog(
        _ records: [Record], _ random: inout SeededRandom, _ body: (any EventLog) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "blocks-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = EmbeddedLogConfiguration()
        configuration.diskReserveBytes = 0
        configuration.dedupEvents = 0
        configuration.segmentBytes = 256 << 10
        let log = try EmbeddedLog.open(directory: folder, configuration: configuration)
        var rest = records[...]
        while !rest.isEmpty {
            let count = random.pick([1, 1, 2, 30, 300])
            _ = try await log.topic("events").append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        try await body(log.topic("events"))
        await log.close()
    }

    /// What the way of live events gives for the same.
    private func written(
        _ form: WrittenForm, _ filter: Filter, _ chunk: LogChunk, from: Int64, before end: Int64, epoch: UInt64
    ) -> (bytes: ByteBuffer, count: Int) {
        var writer = PieceWriter(
            form: Form(
                FormKey(framing: form.framing.name, content: form.content, simulated: false), framing: form.framing),
            filter: filter, epoch: epoch, limits: LiveConfiguration(), now: Timestamp(milliseconds: 0),
            maxBytes: .max, from: Position(events: from, simulated: nil))
        for entry in LiveEntry.entries(of: chunk, isSimulated: false) where entry.offsets.lowerBound < end {
            writer.add(entry)
        }
        let piece = writer.finish()
        return (piece.bytes, piece.count)
    }

    /// The texts of the frames.
    private func messages(_ bytes: ByteBuffer) throws -> [ByteBuffer] {
        var bytes = bytes
        var messages: [ByteBuffer] = []
        while let first = bytes.readInteger(as: UInt8.self), let second = bytes.readInteger(as: UInt8.self) {
            #expect(first == 0x81)
            var length = Int(second)
            if second == 126 { length = bytes.readInteger(as: UInt16.self).map { Int($0) } ?? .max }
            if second == 127 { length = bytes.readInteger(as: UInt64.self).map { Int($0) } ?? .max }
            let message = bytes.readSlice(length: min(length, bytes.readableBytes + 1))
            messages.append(try #require(message))
        }
        return messages
    }

    private static let forms = [
        WrittenForm(framing: WebSocketFraming(), content: .single),
        WrittenForm(framing: WebSocketFraming(), content: .cloudEvents),
        WrittenForm(framing: SSEFraming(), content: .single),
    ]

    private static let filters = [
        "", "type:cloud.*", "type:system.inventory", "id:e1* -type:com.example.a", "data.n:xxxxx", "user:plain OR é",
        "type:none",
    ]

    @Test(arguments: forms, filters)
    func theBytesAreTheSame(_ form: WrittenForm, _ text: String) async throws {
        let seed = SeededRandom().seed
        let filter = try Filter(text, now: Timestamp(milliseconds: 0))
        var random = SeededRandom(seed: seed)
        let records = (0..<1_500).map { Self.record($0, &random) }
        let blocks = try #require(BlockWriter(form.framing, content: form.content))
        var starts = random
        try await withLog(records, &random) { log in
            let epoch = log.bounds().epoch
            var position: Int64 = 0
            var written = 0
            while position < log.bounds().head {
                let chunk = try await log.read(from: position, maxBytes: 100_000)
                let end = starts.chance(3) ? Int64.random(in: position + 1...log.bounds().head, using: &starts) : .max
                let pieces = blocks.pieces(
                    of: chunk, passing: filter, before: end, epoch: epoch, limits: LiveConfiguration())
                guard let last = pieces.last else {
                    // Only a record that is no event stands first.
                    #expect((try? StoredEvent(try #require(chunk.records.first), simulated: false)) == nil)
                    position += 1
                    continue
                }
                let expected = self.written(form, filter, chunk, from: position, before: last.next.events, epoch: epoch)
                let found = pieces.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1.bytes) }
                #expect(found == expected.bytes, "seed \(seed), from \(position)")
                #expect(pieces.reduce(0) { $0 + $1.count } == expected.count, "seed \(seed)")
                #expect(pieces[0].blockEnd == last.next.events)
                #expect(last.next.events <= min(end, chunk.next) && last.next.events > position)
                written += expected.count
                position = last.next.events
            }
            #expect(text == "type:none" ? written == 0 : written > (text.isEmpty ? 1_000 : 50), "seed \(seed)")
        }
    }

    @Test(arguments: SeededRandom.seeds(2))
    func batchesHoldTheSameEvents(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let records = (0..<1_500).map { Self.record($0, &random) }
        let blocks = try #require(BlockWriter(WebSocketFraming(), content: .batch))
        var limits = LiveConfiguration()
        limits.maxBatchEvents = 20
        try await withLog(records, &random) { log in
            let epoch = log.bounds().epoch
            var position: Int64 = 0
            while position < log.bounds().head {
                let chunk = try await log.read(from: position, maxBytes: 100_000)
                var expected = chunk.records.filter { $0.offset >= position }[...]
                let pieces = blocks.pieces(
                    of: chunk, passing: .everything, before: .max, epoch: epoch, limits: limits)
                for piece in pieces {
                    var last: String?
                    for message in try self.messages(piece.bytes) {
                        let root = try JSONDocument.parse(message).root
                        #expect(root["type"]?.string == "events")
                        let events = Array(try #require(root["data"]?.elements))
                        #expect((1...20).contains(events.count))
                        for event in events {
                            while let first = expected.first, first.record.isInventory {
                                expected = expected.dropFirst()
                            }
                            let stored = try #require(expected.first)
                            expected = expected.dropFirst()
                            var json = ByteBuffer()
                            #expect(stored.writeEventJSON(into: &json, simulated: false))
                            #expect(event.bytes == json, "seed \(seed)")
                            last = Cursor(epoch: epoch, events: stored.offset + 1).text
                        }
                        #expect(root["cursor"]?.string == last)
                    }
                }
                position = pieces.last?.next.events ?? position + 1
            }
        }
    }

    @Test func aGapOrAForeignFormIsLeftToOthers() throws {
        var random = SeededRandom()
        let stored = (0..<3).map {
            StoredRecord(
                partition: 0, offset: Int64($0 + 5), recordedAt: Timestamp(milliseconds: 0),
                record: Self.record($0, &random))
        }
        let blocks = try #require(BlockWriter(WebSocketFraming(), content: .single))
        let gap = LogGap(from: 0, to: 5, reason: .damage)
        let chunk = LogChunk(records: stored, from: 5, next: 8, gap: gap, reachedHead: true)
        let pieces = blocks.pieces(
            of: chunk, passing: .everything, before: .max, epoch: 1, limits: LiveConfiguration())
        #expect(pieces.isEmpty)
        #expect(BlockWriter(WebSocketFraming(windowBits: 15), content: .single) == nil)
        #expect(BlockWriter(SSEFraming(), content: .batch) == nil)
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
    func framesHaveTheHeaderOfTheirLength(_ length: Int) {
        let payload = ByteBuffer(repeating: 0x61, count: length)
        var expected = ByteBuffer(string: "before")
        Frame.write(.text, payload, into: &expected)
        var found = ByteBuffer()
        found.writeWithUnsafeMutableBytes(minimumWritableBytes: length + 6 + Frame.maximumHeader) { memory in
            guard var out = RawWriter(memory) else { return 0 }
            out.put("before")
            let start = out.count
            Frame.beginText(into: &out)
            payload.withUnsafeReadableBytes { out.put($0) }
            Frame.endText(from: start, into: &out)
            return out.count
        }
        #expect(found == expected)
    }
}
