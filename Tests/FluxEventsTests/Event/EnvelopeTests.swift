import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

@Suite("Envelopes that are spliced from a record's bytes")
struct EnvelopeTests {
    /// What a writer that has written others before writes; nil where it leaves the record to `StoredEvent`.
    private func spliced(
        _ stored: StoredRecord, room: Int, _ write: (RecordBytes, inout RawWriter) -> EnvelopeWriter.Outcome
    ) -> String? {
        var outcome = EnvelopeWriter.Outcome.notPlain
        let found = text { buffer in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                guard var out = RawWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<room])) else { return 0 }
                outcome = stored.withBytes { write($0, &out) }
                return out.count
            }
        }
        #expect(outcome == .written || found.isEmpty)
        return outcome == .written ? found : nil
    }

    @Test(arguments: SeededRandom.seeds(2))
    func theyAreThoseOfTheEvents(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var writer = EnvelopeWriter()
        let cursor = CursorText(epoch: 0xF00D)
        var plain = 0
        for _ in 0..<5_000 {
            let stored = RandomEvents.stored(&random)
            let isSimulated = random.chance(2)
            let event = try StoredEvent(stored, simulated: isSimulated)
            let expected = text { event.writeJSON(into: &$0) }
            let whole = text { #expect(stored.writeEventJSON(into: &$0, simulated: isSimulated)) }
            #expect(whole == expected, "seed \(seed)")
            let isInventory = event.event.type == .inventory
            #expect(stored.record.isInventory == isInventory, "seed \(seed)")
            let room = EnvelopeWriter.maximumBytes(contentBytes: stored.record.bytes)
            let native = spliced(stored, room: room) {
                writer.writeNative($0, simulated: isSimulated, includesInventory: true, into: &$1)
            }
            #expect(native == nil || native == expected, "seed \(seed)")
            let listed = spliced(stored, room: room) {
                writer.writeNative($0, simulated: isSimulated, includesInventory: false, into: &$1)
            }
            #expect(listed == (isInventory ? nil : native), "seed \(seed)")
            let cloudEvent = spliced(stored, room: room + cursor.maximumBytes) {
                writer.writeCloudEvent(
                    $0, simulated: isSimulated, includesInventory: true, cursor: cursor, next: stored.offset, into: &$1)
            }
            let next = Cursor(
                epoch: 0xF00D, positions: [.init(topic: .events, partition: 0, offset: stored.offset)]
            ).text
            #expect(
                cloudEvent == nil || cloudEvent == text { event.writeCloudEvent(into: &$0, cursor: next) },
                "seed \(seed)")
            #expect((native == nil) == (cloudEvent == nil), "seed \(seed)")
            if native != nil { plain += 1 }
        }
        // Else it was tested against nothing.
        #expect(plain > 500 && plain < 4_500, "seed \(seed)")
    }

    @Test func dataMayBeMissingOrAnyBytes() throws {
        for value in [nil, ByteBuffer(), ByteBuffer(bytes: (0...255).map { UInt8($0) })] {
            let record = Record(
                key: nil, value: value, headers: Array(EventTests.sample().record().headers))
            let stored = StoredRecord(partition: 0, offset: 1, recordedAt: Timestamp(milliseconds: 5), record: record)
            var expected = ByteBuffer()
            try StoredEvent(stored, simulated: false).writeJSON(into: &expected)
            var found = ByteBuffer()
            #expect(stored.writeEventJSON(into: &found, simulated: false))
            #expect(found == expected)
        }
    }

    @Test(arguments: SeededRandom.seeds(1))
    func aTimeIsCanonicalWhateverCameBefore(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var times = CanonicalTimes()
        var canonical = 0
        for _ in 0..<50_000 {
            let milliseconds = Int64.random(in: 951_696_000_000...951_955_200_000, using: &random)
            var bytes = Array(Timestamp(milliseconds: milliseconds).rfc3339.utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    random.chance(4)
                    ? UInt8.random(in: 0...255, using: &random) : UInt8.random(in: 0x2D...0x3A, using: &random)
            }
            if random.chance(50) { bytes.removeLast() }
            if random.chance(50) {
                bytes = Array("\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}T00:00:00.000Z".utf8)
            }
            bytes.withUnsafeBytes { raw in
                let expected = Timestamp.isCanonical(raw)
                if expected { canonical += 1 }
                guard let start = raw.baseAddress else { return }
                #expect(
                    times.isCanonical(start, raw.count) == expected,
                    "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(canonical > 10_000)
    }

    @Test(arguments: SeededRandom.seeds(1))
    func plainTextIsFoundByWords(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0x23...0x5B, using: &random)
            }
            for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
            bytes.withUnsafeBytes { raw in
                #expect(PlainText.isASCII(raw) == bytes.allSatisfy { $0 < 0x80 }, "seed \(seed): \(bytes)")
                guard let start = raw.baseAddress else { return }
                #expect(PlainText.isPlain(start, raw.count) == isPlain, "seed \(seed): \(bytes)")
            }
        }
    }

    @Test func numbersAndCursorsAreWrittenInPlace() {
        var numbers: [Int64] = [0, 9, 10, 99, 100, 101, .max, .max - 1]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1]
        }
        let simulated = CursorText(epoch: .max, simulated: 77)
        for number in numbers {
            var buffer = ByteBuffer()
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 200) { memory in
                guard var out = RawWriter(memory) else { return 0 }
                out.putDecimal(number)
                out.put(" ")
                simulated.write(number, into: &out)
                return out.count
            }
            let cursor = Cursor(
                epoch: .max,
                positions: [
                    .init(topic: .events, partition: 0, offset: number),
                    .init(topic: .simulated, partition: 0, offset: 77),
                ]
            ).text
            #expect(String(buffer: buffer) == "\(number) \(cursor)")
        }
    }

    @Test func reservedTypesAreKnownByTheirBytes() {
        for prefix in EventType.reservedPrefixes {
            for name in [prefix, prefix + "x", String(prefix.dropLast()), "x" + prefix, ""] {
                let expected = EventType(rawValue: name).isReserved
                #expect(Array(name.utf8).withUnsafeBytes { EventType.isReserved($0) } == expected, "\(name)")
            }
        }
    }
}
