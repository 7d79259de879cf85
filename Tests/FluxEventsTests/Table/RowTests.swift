import FluxTesting
import NIOCore
import Testing

@testable import FluxEvents

@Suite("Rows of a table")
struct RowTests {
    /// What a writer that has written others before writes, with no more room than it asks for; nil where it leaves the
    /// record to `StoredEvent`.
    private func spliced(_ writer: inout RowWriter, _ stored: StoredRecord, simulated: Bool = false) -> String? {
        var outcome = EnvelopeWriter.Outcome.notPlain
        let room = EnvelopeWriter.maximumBytes(contentBytes: RowWriter.copies * stored.record.bytes)
        let found = text { buffer in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                guard var out = RawWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<room])) else { return 0 }
                outcome = stored.withBytes {
                    writer.write($0, simulated: simulated, includesInventory: true, into: &out)
                }
                return out.count
            }
        }
        #expect(outcome == .written || found.isEmpty)
        return outcome == .written ? found : nil
    }

    private func stored(_ data: String) -> StoredRecord {
        var event = EventTests.sample()
        event.data = buffer(data)
        return StoredRecord(
            partition: 0, offset: 12, recordedAt: Timestamp(milliseconds: 1_795_410_680_640), record: event.record())
    }

    @Test(arguments: SeededRandom.seeds(2))
    func splicedOnesAreThoseOfTheEvents(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var writer = RowWriter()
        var plain = 0
        for _ in 0..<3_000 {
            var event = RandomEvents.event(&random)
            if random.chance(2) {
                event.id = "plain"
                event.source = "=plain, and more"
                event.type = EventType(rawValue: "com.example.plain")
                event.extensions = []
                event.subject = nil
            }
            if !random.chance(10) { event.data = buffer(RandomData.text(&random)) }
            let isSimulated = random.chance(2)
            let record = StoredRecord(
                partition: 3, offset: Int64.random(in: 0...9_999_999, using: &random),
                recordedAt: Timestamp(milliseconds: 1_795_410_680_640), record: event.record())
            let kept = try StoredEvent(record, simulated: isSimulated)
            let found = spliced(&writer, record, simulated: isSimulated)
            let expected = text { CSV.write(kept, into: &$0) }
            #expect(found == nil || found == expected, "seed \(seed): \(String(buffer: event.data))")
            if found != nil { plain += 1 }
        }
        // Else it was tested against nothing.
        #expect(plain > 300 && plain < 2_700, "seed \(seed)")
    }

    @Test func whatNearlyAllEventsHoldNeedsNoDecoding() {
        var writer = RowWriter()
        let data = [
            #"{"file_name":"a, \u00e9","provider":"aws","bucket":"b","operation":"create","size_bytes":5}"#: false,
            #"{"file_name":"a, é","provider":"aws","bucket":"b","operation":"create","size_bytes":5}"#: true,
            #"{"note":"\u00e9 \"","file_name":"=1+2","size_bytes":-5.0e3}"#: true,
            #" { "details" : { "bucket" : [1, {"bucket" : "x"}] } } "#: true,
            #"{"bucket":"one","bucket":"two"}"#: false,
            #"{"details":{"a":1,"a":2},"bucket":"one"}"#: false,
            #"{"bucket":true,"provider":null,"operation":{},"file_name":[],"size_bytes":"\t"}"#: false,
            #"{"bucket":true,"provider":null,"operation":{},"file_name":[],"size_bytes":"5"}"#: true,
            #"{"bucket":"one"} x"#: false,
            #""bucket""#: true, "17": true, "null": true, "[]": true, "": false, "{": false,
        ]
        for (text, isPlain) in data { #expect((spliced(&writer, stored(text)) != nil) == isPlain, "\(text)") }
    }

    @Test func aRowHoldsTheFieldsOfItsData() throws {
        var writer = RowWriter()
        let row = try #require(
            spliced(
                &writer,
                stored(#"{"file_name":"-a,b","details":{"bucket":"no"},"size_bytes":1e3,"provider":7,"bucket":"é"}"#)))
        #expect(
            row.hasSuffix(
                #"false,"'-a,b",7,é,,1e3,"{""file_name"":""-a,b"",""details"":{""bucket"":""no""},"#
                    + #"""size_bytes"":1e3,""provider"":7,""bucket"":""é""}""# + "\r\n"), "\(row)")
    }

    @Test func dataMayBeMissingOrAnyBytes() throws {
        var writer = RowWriter()
        let bad = ByteBuffer(bytes: Array(#"{"bucket":"a"#.utf8) + [0xFF] + Array(#""}"#.utf8))
        for value in [nil, ByteBuffer(), bad] {
            let record = Record(key: nil, value: value, headers: Array(EventTests.sample().record().headers))
            let stored = StoredRecord(partition: 0, offset: 1, recordedAt: Timestamp(milliseconds: 5), record: record)
            #expect(spliced(&writer, stored) == nil)
        }
    }

    @Test func inventoryIsWrittenOnlyWhereItIsAskedFor() {
        var writer = RowWriter()
        var event = EventTests.sample()
        event.type = .inventory
        let stored = StoredRecord(
            partition: 0, offset: 1, recordedAt: Timestamp(milliseconds: 5), record: event.record())
        #expect(spliced(&writer, stored) != nil)
        var target = ByteBuffer()
        target.writeWithUnsafeMutableBytes(minimumWritableBytes: 100_000) { memory in
            guard var out = RawWriter(memory) else { return 0 }
            let outcome = stored.withBytes {
                writer.write($0, simulated: false, includesInventory: false, into: &out)
            }
            #expect(outcome == .unlisted)
            return out.count
        }
        #expect(target.readableBytes == 0)
    }

    @Test func cellsCannotBecomeFormulas() {
        func cell(_ text: String) -> String {
            var buffer = ByteBuffer()
            Array(text.utf8).withUnsafeBytes { CSV.write(cell: $0, into: &buffer) }
            return String(buffer: buffer)
        }
        #expect(cell("plain") == "plain" && cell("").isEmpty)
        #expect(cell("\"\"") == "\"\"\"\"\"\"")
        // A quote is one also where an accent makes it part of a longer character.
        #expect(cell("\"\u{301},") == "\"\"\"\u{301},\"")
        #expect(cell("a,\"b\"") == "\"a,\"\"b\"\"\"")
        for start in ["=", "+", "-", "@", "\t", "\r"] {
            #expect(cell(start + "1") == "\"'" + start + "1\"")
        }
        #expect(cell("line\nbreak") == "\"line\nbreak\"")
    }

    @Test(arguments: SeededRandom.seeds(1))
    func whatNeedsQuotesIsFoundByWords(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<10_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0x2D...0xFF, using: &random)
            }
            for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x09...0x2D, using: &random)
            }
            let isCell = !bytes.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
            #expect(bytes.withUnsafeBytes { PlainText.isCell($0) } == isCell, "seed \(seed): \(bytes)")
        }
    }
}

/// Data of events: the fields that have a column and others, in every form that JSON has, and at times one that it has
/// not.
private enum RandomData {
    private static let names = [
        "file_name", "provider", "bucket", "operation", "size_bytes", "file_nam3", "file_nam", "operatiox",
        "size_bytfs", "Bucket", "size_mb", "details", "", "b\\u0075cket", "näme", "a name that is longer than a word",
        "a name that is longer than another",
    ]
    private static let scalars = [
        #""""#, #""plain""#, #""=1+1""#, #""-""#, #""@x""#, #""a,b""#, #""quo\"te""#, #""line\nbreak""#,
        #""\u0009tab""#,
        #""é😀\u00e9\ud83d\ude00""#, #""back\\slash""#, "0", "-0", "5", "-5", "5.50", "1e3", "1E+3", "-0.0e-7", "true",
        "false", "null", "123456789012345678901234567890", #""\/""#, #""'""#, "\"\u{7F}\u{2028}\"",
    ]
    private static let wrong = [
        "01", "1.", "+1", "nul", "\"", "\"\\x\"", "\"\n\"", "\"\\ud800\"", "{", "]", ",", "NaN", "\u{FEFF}1",
    ]

    static func text(_ random: inout SeededRandom) -> String {
        space(&random) + (random.chance(20) ? value(&random, 0) : object(&random, 0)) + space(&random)
    }

    private static func value(_ random: inout SeededRandom, _ depth: Int) -> String {
        if random.chance(200) { return random.pick(wrong) }
        if depth < 18, random.chance(6) { return object(&random, depth + 1) }
        if depth < 18, random.chance(8) {
            let count = Int.random(in: 0...3, using: &random)
            return "[" + (0..<count).map { _ in value(&random, depth + 1) }.joined(separator: ",") + "]"
        }
        if random.chance(300) { return String(repeating: "[", count: 40) + String(repeating: "]", count: 40) }
        return random.pick(scalars)
    }

    private static func object(_ random: inout SeededRandom, _ depth: Int) -> String {
        let count = Int.random(in: 0...(random.chance(30) ? 20 : 6), using: &random)
        var left = names.shuffled(using: &random)
        if count > left.count { left += (0...count).map { "other\($0)" } }
        var taken = Array(left[..<count])
        if count > 1, random.chance(20) { taken[0] = taken[1] }
        let members = taken.map { name in
            space(&random) + "\"" + name + "\"" + space(&random) + ":" + space(&random) + value(&random, depth)
                + space(&random)
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func space(_ random: inout SeededRandom) -> String {
        random.chance(30) ? random.pick([" ", "\n", "\r\n\t", "  "]) : ""
    }
}
