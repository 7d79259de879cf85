import FluxEvents
import NIOCore
import Testing

@testable import FluxLog

@Suite("Records as they lie in what was read")
struct LogRecordsTests {
    /// Small groups, large ones, and a read that begins within one.
    private func chunk(from offset: Int64, of log: any EventLog) async throws -> LogChunk {
        var number = 0
        for count in [1, 40, 2, 1, 300] {
            _ = try await log.append((0..<count).map { record("\(number + $0)", size: $0 * 13) })
            number += count
        }
        return try await log.read(from: offset, maxBytes: 1 << 20)
    }

    @Test func theyAreTheSameHoweverTheyAreAskedFor() async throws {
        let folder = TemporaryFolder()
        let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let chunk = try await chunk(from: 17, of: log.topic("events"))
        let records = chunk.records
        #expect(records.count == 344 - 17 && records.first?.offset == 17 && records.last?.offset == 343)
        #expect(records.map { id(of: $0.record) } == (17..<344).map(String.init))
        let made = LogRecords(Array(records))
        #expect(made == records && made.hashValue == records.hashValue)
        for all in [records, made] {
            for (start, end) in [(0, 327), (5, 30), (24, 26), (326, 327), (7, 7)] {
                var next = start
                all.forEachBytes(from: start, to: end) { index, bytes in
                    let stored = all[index]
                    #expect(index == next && bytes.offset == stored.offset && bytes.recordedAt == stored.recordedAt)
                    stored.withBytes { same in
                        #expect(same.content.elementsEqual(bytes.content) && same.content.count == all.bytes(index))
                    }
                    next += 1
                    return true
                }
                #expect(next == end)
            }
            var seen = 0
            all.forEachBytes(from: 3, to: 200) { _, _ in
                seen += 1
                return seen < 30
            }
            #expect(seen == 30)
            #expect(all.index(of: 0) == 0 && all.index(of: 17) == 0 && all.index(of: 40) == 23)
            #expect(all.index(of: 344) == 327 && all.index(of: .max) == 327)
            #expect(all.offset(23) == 40 && all.recordedAt(23) == all[23].recordedAt)
        }
        await log.close()
    }

    @Test func memoryThatIsStillReadIsNotWrittenTo() async throws {
        let folder = TemporaryFolder()
        let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let events = log.topic("events")
        let kept = try await chunk(from: 0, of: events).records
        var single: [StoredRecord] = []
        for offset in stride(from: Int64(0), to: 344, by: 7) {
            // Of each chunk only one record is kept.
            single.append(try #require(try await events.read(from: offset, maxBytes: 4096).records.first))
        }
        #expect(kept.map { id(of: $0.record) } == (0..<344).map(String.init))
        #expect(single.map { id(of: $0.record) } == stride(from: 0, to: 344, by: 7).map(String.init))
        await log.close()
    }

    @Test func writingStopsWhereSomethingDoesNotFitOrIsNotPlain() {
        let stored = (0..<10).map { number in
            StoredRecord(
                partition: 0, offset: Int64(number), recordedAt: Timestamp(milliseconds: 0),
                record: record("\(number)", size: number == 5 ? 5_000 : 100))
        }
        let records = LogRecords(stored)
        var buffer = ByteBuffer()
        var index = 0
        func write(_ room: Int, plainBefore end: Int64) -> LogRecords.Stop {
            records.write(from: &index, to: records.count, into: &buffer, room: room, overhead: 1) { record, out in
                guard record.offset < end else { return .notPlain }
                out.put(UInt8(0x30 + record.offset))
                return .written
            } close: { out in
                out.put(".")
            }
        }
        #expect(write(2_048, plainBefore: 7) == .full)
        #expect(index == 5 && String(buffer: buffer) == "01234.")
        #expect(write(0, plainBefore: 7) == .notPlain)
        #expect(index == 7 && String(buffer: buffer) == "01234.56.")
        index += 1
        #expect(write(2_048, plainBefore: 99) == .end)
        #expect(index == 10 && String(buffer: buffer) == "01234.56.89.")
        #expect(write(2_048, plainBefore: 99) == .end)
        #expect(String(buffer: buffer) == "01234.56.89.")
    }
}
