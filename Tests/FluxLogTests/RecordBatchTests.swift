import CFluxSystem
import FluxEvents
import FluxTesting
import Foundation
import NIOCore
import Testing

@testable import FluxLog

/// One case of `Fixtures/index.json`.
struct FixtureCase: Decodable, CustomTestStringConvertible, Sendable {
    struct Entry: Decodable, Sendable {
        var timestamp: Int64
        var key: String?
        var value: String?
        var headers: [[String?]]

        var record: Record {
            func buffer(_ text: String?) -> ByteBuffer? {
                text.flatMap { Data(base64Encoded: $0) }.map { ByteBuffer(bytes: $0) }
            }
            return Record(
                key: buffer(self.key), value: buffer(self.value),
                headers: self.headers.map { RecordHeader(name: ($0[0] ?? "?"), value: buffer($0[1])) })
        }
    }

    var name: String
    var encoder: String
    var codec: String
    var records: [Entry]

    var testDescription: String { self.name }

    static let folder = Bundle.module.resourceURL?.appending(path: "Fixtures") ?? URL(filePath: "/")

    static let all: [FixtureCase] = {
        guard let data = try? Data(contentsOf: folder.appending(path: "index.json")) else { return [] }
        return (try? JSONDecoder().decode([FixtureCase].self, from: data)) ?? []
    }()

    func batch() throws -> ByteBuffer {
        let text = try Data(contentsOf: Self.folder.appending(path: "\(self.name).b64"))
        return ByteBuffer(bytes: try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters)))
    }
}

@Suite("Kafka v2 record batches")
struct RecordBatchTests {
    @Test("The checksum of a long stretch is that which is made bit by bit")
    func longChecksums() {
        var generator = SeededRandom()
        let bytes = ByteBuffer(bytes: (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        for count in [0, 1, 7, 8, 1023, 1024, 3071, 3072, 3073, 6143, 6144, 9_999, 20_000] {
            let part = bytes.getSlice(at: 0, length: count) ?? ByteBuffer()
            let sum = part.withUnsafeReadableBytes { cflux_crc32c(0, $0.baseAddress, $0.count) }
            #expect(sum == checksum(part), "\(count) bytes, seed \(generator.seed)")
        }
    }

    @Test("There are fixtures of both encoders")
    func fixturesAreThere() {
        #expect(Set(FixtureCase.all.map(\.encoder)) == ["kafka-python", "confluent-kafka"])
        #expect(FixtureCase.all.count >= 13)
    }

    @Test("Batches that other encoders wrote are read as they were meant", arguments: FixtureCase.all)
    func reads(_ fixture: FixtureCase) throws {
        var buffer = try fixture.batch()
        if fixture.codec != "none" {
            let header = try RecordBatchDecoder().check(buffer)
            #expect("\(try #require(header.codec))" == fixture.codec)
            let error = #expect(throws: RecordBatchError.self) { try RecordBatchDecoder().decode(&buffer) }
            #expect(error?.code == .compressed)
            return
        }
        let (header, records) = try RecordBatchDecoder().decode(&buffer)
        #expect(buffer.readableBytes == 0)
        #expect(header.producerID == -1 && !header.isLogAppendTime)
        #expect(records.map(\.offset) == Array(0..<Int64(fixture.records.count)))
        #expect(records.map(\.timestamp.milliseconds) == fixture.records.map(\.timestamp))
        #expect(records.map(\.record) == fixture.records.map(\.record))
    }

    @Test("Apart from the time, our batches are byte for byte what kafka-python writes", arguments: FixtureCase.all)
    func writesTheSame(_ fixture: FixtureCase) throws {
        guard fixture.encoder == "kafka-python", fixture.codec == "none", fixture.records.count == 1 else { return }
        let theirs = try fixture.batch()
        var ours = ByteBuffer()
        let time = Timestamp(milliseconds: fixture.records[0].timestamp)
        RecordBatchEncoder.encode(fixture.records.map(\.record), baseOffset: 0, timestamp: time, into: &ours)
        // Only the attributes differ, by the LogAppendTime bit, and so the checksum; kafka-python's leader epoch is 0.
        var a = Array(theirs.readableBytesView)
        var b = Array(ours.readableBytesView)
        #expect(b[22] == 8 && a[22] == 0)
        a.replaceSubrange(17..<23, with: [0, 0, 0, 0, 0, 0])
        b.replaceSubrange(17..<23, with: [0, 0, 0, 0, 0, 0])
        a.replaceSubrange(12..<16, with: [0, 0, 0, 0])
        #expect(a == b)
    }

    @Test("What is encoded is decoded to the same, whatever it holds")
    func roundTrip() throws {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let records = (0..<Int.random(in: 1...70, using: &generator)).map { _ in randomRecord(&generator) }
            let base = Int64.random(in: 0...(1 << 50), using: &generator)
            let time = Timestamp(milliseconds: Int64.random(in: -5_000...(1 << 45), using: &generator))
            var buffer = ByteBuffer(string: "in front")
            buffer.moveReaderIndex(forwardBy: 8)
            let written = RecordBatchEncoder.encode(records, baseOffset: base, timestamp: time, into: &buffer)
            #expect(written == buffer.readableBytes)
            let (header, decoded) = try RecordBatchDecoder().decode(&buffer)
            #expect(header.isLogAppendTime && header.baseTimestamp == time && header.maxTimestamp == time)
            #expect(header.nextOffset == base + Int64(records.count), "seed \(seed)")
            #expect(decoded.map(\.record) == records, "seed \(seed)")
            #expect(decoded.allSatisfy { $0.timestamp == time })
            #expect(decoded.map(\.offset) == Array(base..<base + Int64(records.count)))
        }
    }

    @Test("A flipped bit is seen; with the checksum made to fit, nothing crashes and offsets stay inside the batch")
    func mutations() throws {
        var accepted = 0
        for seed in 0..<800 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let records = (0..<Int.random(in: 1...6, using: &generator)).map { _ in randomRecord(&generator) }
            var buffer = ByteBuffer()
            RecordBatchEncoder.encode(records, baseOffset: 7, timestamp: Timestamp(milliseconds: 1), into: &buffer)
            var bytes = Array(buffer.readableBytesView)
            let place = Int.random(in: RecordBatchHeader.checksummedFrom..<bytes.count, using: &generator)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            var broken = ByteBuffer(bytes: bytes)
            #expect(throws: RecordBatchError.self, "seed \(seed)") { try RecordBatchDecoder().decode(&broken) }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: RecordBatchHeader.checksummedFrom..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                bytes.removeLast(Int.random(in: 0..<bytes.count - RecordBatchHeader.bytes, using: &generator))
                bytes.replaceSubrange(8..<12, with: withUnsafeBytes(of: Int32(bytes.count - 12).bigEndian, Array.init))
            }
            fixChecksum(&bytes)
            var fixed = ByteBuffer(bytes: bytes)
            guard let (header, decoded) = try? RecordBatchDecoder().decode(&fixed) else { continue }
            accepted += 1
            #expect(decoded.count == Int(header.count), "seed \(seed)")
            #expect(decoded.allSatisfy { (header.baseOffset..<header.nextOffset).contains($0.offset) }, "seed \(seed)")
        }
        #expect(accepted > 0)
    }

    @Test("Bad batches are refused with the reason", arguments: BadBatch.all)
    func refused(_ bad: BadBatch) throws {
        var buffer = ByteBuffer()
        RecordBatchEncoder.encode(
            [record("a"), record("b")], baseOffset: 3, timestamp: Timestamp(milliseconds: 9), into: &buffer)
        var bytes = Array(buffer.readableBytesView)
        bad.change(&bytes)
        if bad.fixesChecksum { fixChecksum(&bytes) }
        var changed = ByteBuffer(bytes: bytes)
        let error = #expect(throws: RecordBatchError.self) {
            try RecordBatchDecoder(maxBatchBytes: 9000).decode(&changed)
        }
        #expect(error?.code == bad.code)
        #expect(error?.description.contains("at byte") == true)
        #expect(changed.readerIndex == 0)
    }

    /// For `conformance/record-batch/run`, which lets kafka-python read them.
    @Test(
        "Batches for kafka-python to judge",
        .enabled(if: ProcessInfo.processInfo.environment["FLUXLOG_BATCHES_OUT"] != nil))
    func writesForTheJudge() throws {
        let path = try #require(ProcessInfo.processInfo.environment["FLUXLOG_BATCHES_OUT"])
        var cases: [(String, [Record])] = FixtureCase.all.filter { $0.encoder == "kafka-python" && $0.codec == "none" }
            .map { (String($0.name.dropFirst("kafka-python-".count)), $0.records.map(\.record)) }
        // Names that kafka-python takes for text; 3,000 of them need offset deltas of two bytes.
        cases.append(("many", (0..<3000).map { record("n\($0)", size: $0 % 50) }))
        func text(_ buffer: ByteBuffer?) -> Any {
            buffer.map { Data($0.readableBytesView).base64EncodedString() } ?? NSNull()
        }
        var lines = Data()
        for (number, (name, records)) in cases.enumerated() {
            let base = Int64(number) << 33
            let time = Timestamp(milliseconds: 1_700_000_000_123)
            var buffer = ByteBuffer()
            RecordBatchEncoder.encode(records, baseOffset: base, timestamp: time, into: &buffer)
            let entries = records.enumerated().map { index, record in
                [
                    "offset": base + Int64(index), "timestamp": time.milliseconds, "key": text(record.key),
                    "value": text(record.value), "headers": record.headers.map { [$0.name, text($0.value)] as [Any] },
                ] as [String: Any]
            }
            let line: [String: Any] = ["name": name, "batch": text(buffer), "records": entries]
            lines += try JSONSerialization.data(withJSONObject: line) + Data("\n".utf8)
        }
        try lines.write(to: URL(filePath: path))
    }

    @Test("A varint of any value comes back; one that is too long or cut is refused")
    func varints() {
        for value in [0, -1, 1, 63, -64, 64, -65, 8191, 8192, Int64.max, Int64.min, 1 << 40, -(1 << 40)] {
            var bytes = [UInt8](repeating: 0xFF, count: 12)
            bytes.withUnsafeMutableBytes { raw in
                var end = 0
                Varint.write(value, to: raw, at: &end)
                #expect(end == Varint.size(value))
                var position = 0
                #expect(Varint.read(UnsafeRawBufferPointer(raw), at: &position, end: end) == value)
                #expect(position == end)
                position = 0
                #expect(Varint.read(UnsafeRawBufferPointer(raw), at: &position, end: end - 1) == nil)
            }
        }
        [UInt8](repeating: 0x80, count: 12).withUnsafeBytes { raw in
            var position = 0
            #expect(Varint.read(raw, at: &position, end: 12) == nil)
        }
        ([UInt8](repeating: 0xFF, count: 9) + [0x02]).withUnsafeBytes { raw in
            var position = 0
            #expect(Varint.read(raw, at: &position, end: 10) == nil)
        }
    }

    @Test("Values are slices of the bytes that were read, not copies")
    func slices() throws {
        var buffer = ByteBuffer()
        RecordBatchEncoder.encode(
            [record("a", size: 5000)], baseOffset: 0, timestamp: Timestamp(milliseconds: 0), into: &buffer)
        let whole = buffer
        let (_, records) = try RecordBatchDecoder().decode(&buffer)
        let value = try #require(records[0].record.value)
        whole.withUnsafeReadableBytes { all in
            value.withUnsafeReadableBytes { part in
                guard let a = all.baseAddress, let p = part.baseAddress else { return #expect(Bool(false)) }
                #expect(p > a && p + part.count <= a + all.count)
            }
        }
    }
}

struct BadBatch: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: RecordBatchError.Code
    var fixesChecksum = true
    var change: @Sendable (inout [UInt8]) -> Void

    static func set<T: FixedWidthInteger & Sendable>(_ value: T, at position: Int) -> @Sendable (inout [UInt8]) -> Void
    {
        { bytes in
            withUnsafeBytes(of: value.bigEndian) { bytes.replaceSubrange(position..<position + $0.count, with: $0) }
        }
    }

    static let all: [BadBatch] = [
        BadBatch(testDescription: "empty", code: .truncated, fixesChecksum: false) { $0 = [] },
        BadBatch(testDescription: "half a header", code: .truncated, fixesChecksum: false) {
            $0.removeLast($0.count - 30)
        },
        BadBatch(testDescription: "half a body", code: .truncated, fixesChecksum: false) { $0.removeLast(10) },
        BadBatch(testDescription: "checksum", code: .badChecksum, fixesChecksum: false) { $0[17] ^= 1 },
        BadBatch(testDescription: "magic 1", code: .unsupportedMagic) { $0[16] = 1 },
        BadBatch(testDescription: "negative length", code: .malformed, change: set(Int32(-1), at: 8)),
        BadBatch(testDescription: "length of 48", code: .malformed, change: set(Int32(48), at: 8)),
        BadBatch(testDescription: "length over the limit", code: .overLimit, change: set(Int32(100_000), at: 8)),
        BadBatch(testDescription: "negative offset", code: .malformed, change: set(Int64(-1), at: 0)),
        BadBatch(testDescription: "offset overflows", code: .malformed, change: set(Int64.max, at: 0)),
        BadBatch(testDescription: "negative count", code: .malformed, change: set(Int32(-1), at: 57)),
        BadBatch(testDescription: "more records than offsets", code: .malformed, change: set(Int32(3), at: 57)),
        BadBatch(testDescription: "fewer records than bytes", code: .malformed, change: set(Int32(1), at: 57)),
        BadBatch(testDescription: "a count that can't fit", code: .malformed) { bytes in
            set(Int32.max - 1, at: 23)(&bytes)
            set(Int32.max, at: 57)(&bytes)
        },
        BadBatch(testDescription: "gzip", code: .compressed) { $0[22] |= 1 },
        BadBatch(testDescription: "codec 7", code: .malformed) { $0[22] |= 7 },
        BadBatch(testDescription: "record longer than the batch", code: .malformed) {
            $0[61] = 0x7E
            $0[62] = 0x7E
        },
        BadBatch(testDescription: "key longer than the record", code: .malformed) {
            $0[65] = 0xFE
            $0[66] = 0x7F
        },
        BadBatch(testDescription: "key length -2", code: .malformed) { $0[65] = 3 },
    ]
}

func fixChecksum(_ bytes: inout [UInt8]) {
    guard bytes.count > RecordBatchHeader.checksummedFrom else { return }
    let covered = ByteBuffer(bytes: bytes[RecordBatchHeader.checksummedFrom...])
    withUnsafeBytes(of: checksum(covered).bigEndian) { bytes.replaceSubrange(17..<21, with: $0) }
}

/// Bit by bit: another way to the same sum than the one under test.
func checksum(_ buffer: ByteBuffer) -> UInt32 {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in buffer.readableBytesView {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0x82F6_3B78 : sum >> 1 }
    }
    return ~sum
}

func randomRecord(_ generator: inout SeededRandom) -> Record {
    func field() -> ByteBuffer? {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return nil
        case 1: return ByteBuffer()
        default:
            let count = [3, 40, 64, 200][Int.random(in: 0..<4, using: &generator)]
            return ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }
    let names = ["", "ce_id", "content-type", "é🜚", String(repeating: "n", count: 70)]
    return Record(
        key: field(), value: field(),
        headers: (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            RecordHeader(name: names[Int.random(in: 0..<names.count, using: &generator)], value: field())
        })
}
