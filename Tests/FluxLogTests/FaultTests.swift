import FluxEvents
import Foundation
import Logging
import NIOCore
import Synchronization
import Testing

@testable import FluxLog

@Suite("Full disks, failed syncs, clocks, retention")
struct FaultTests {
    @Test("A full disk is a clear error; readers go on; appends recover when there is space")
    func diskFull() async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(
            directory: "/d", configuration: configuration { $0.diskReserveBytes = 10_000 }, files: disk)
        let events = log.topic("events")
        _ = try await events.append([record("a")])
        // What was reserved before is still there to be written; more is not.
        disk.setFree(10_200)
        var refused: LogError?
        var written = 1
        while refused == nil {
            do {
                _ = try await events.append([record("x\(written)", size: 100_000)])
                written += 1
            } catch {
                refused = error
            }
        }
        #expect(refused?.code == .diskFull)
        #expect(log.health.isDiskFull && !log.health.acceptsAppends)
        #expect(try await readAll(events).count == written)
        #expect(log.statistics.refusedDiskFull == 1)
        await log.applyRetention()
        #expect(log.health.isDiskFull)
        disk.setFree(1 << 30)
        await log.applyRetention()
        #expect(log.health.acceptsAppends, "told without an append")
        let answer = try await events.append([record("x\(written)", size: 100_000)])
        #expect(answer[0].offset == Int64(written) && !answer[0].isDuplicate)
        #expect(log.health.acceptsAppends)
        #expect(disk.unreserved == 0)
        await log.close()
    }

    @Test("A reservation that fails writes nothing", arguments: [ENOSPC, EDQUOT, EIO])
    func reserveFails(number: Int32) async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(directory: "/d", configuration: configuration(), files: disk)
        let events = log.topic("events")
        disk.setTrace()
        // The first append asks for the free space, then reserves: a generous piece, then just enough.
        disk.fail(call: 2, .errno(number))
        disk.fail(call: 3, .errno(number))
        let error = await #expect(throws: LogError.self) { try await events.append([record("a")]) }
        #expect(error?.code == (number == EIO ? .io : .diskFull))
        #expect(!disk.trace.contains { $0.hasPrefix("pwrite") && $0.hasSuffix(".log") })
        #expect(try await events.append([record("a")])[0].offset == 0)
        await log.close()
    }

    @Test("A failed write or sync fails the log for good; it is told once; what was acknowledged can still be read")
    func fatal() async throws {
        for call in ["pwrite", "fdatasync"] {
            for number in [EIO, ENOSPC] {
                let disk = FakeDisk()
                let told = Mutex<[LogError]>([])
                let log = try EmbeddedLog.open(
                    directory: "/d",
                    configuration: configuration { $0.onFatal = { error in told.withLock { $0.append(error) } } },
                    files: disk)
                let events = log.topic("events")
                _ = try await events.append([record("a")])
                disk.fail(call: call == "pwrite" ? 1 : 2, .errno(number))
                let error = await #expect(throws: LogError.self) { try await events.append([record("b")]) }
                #expect(error?.code == .fatal)
                #expect(disk.hitFault?.hasPrefix(call) == true)
                let syncs = disk.calls
                for _ in 0..<3 {
                    let later = await #expect(throws: LogError.self) { try await events.append([record("c")]) }
                    #expect(later?.code == .fatal)
                }
                #expect(disk.calls == syncs, "nothing is tried again")
                #expect(try await readAll(events).map { id(of: $0.record) } == ["a"])
                #expect(told.withLock { $0.count } == 1)
                #expect(log.health.fatal?.code == .fatal && !log.health.acceptsAppends)
                await log.close()
            }
        }
    }

    @Test("No append is answered before the sync that covers it")
    func answeredAfterSync() async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(directory: "/d", configuration: configuration(), files: disk)
        let events = log.topic("events")
        for number in 0..<30 {
            _ = try await events.append([record("n\(number)"), record("n\(number / 2)")])
            #expect(disk.unsyncedBytes(ofSegmentsIn: "/d/log/events-0") == 0)
        }
        await log.close()
    }

    @Test("What a killed server left in the page cache is on disk before anybody is shown it")
    func recoveredIsSynced() async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(directory: "/d", configuration: configuration(), files: disk)
        _ = try await log.topic("events").append([record("a")])
        disk.fail(call: 2, .crash)
        await #expect(throws: LogError.self) { try await log.topic("events").append([record("b")]) }
        #expect(disk.hitFault?.hasPrefix("fdatasync") == true)
        disk.kill()
        let again = try EmbeddedLog.open(directory: "/d", configuration: configuration(), files: disk)
        #expect(again.topic("events").bounds().head == 2)
        #expect(disk.unsyncedBytes(ofSegmentsIn: "/d/log/events-0") == 0)
        await again.close()
        await log.close()
    }

    @Test("The weaker modes answer before a sync, and sync at the end")
    func weaker() async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(
            directory: "/d", configuration: configuration { $0.durability = .none }, files: disk)
        _ = try await log.topic("events").append([record("a")])
        #expect(disk.unsyncedBytes(ofSegmentsIn: "/d/log/events-0") > 0)
        await log.close()
        #expect(disk.unsyncedBytes(ofSegmentsIn: "/d/log/events-0") == 0)
    }

    @Test("A clock that jumps back never makes the log's time run backwards, and is counted")
    func clock() async throws {
        let clock = TestClock()
        let log = try EmbeddedLog.open(
            directory: "/d", configuration: configuration { $0.clock = { clock.now } }, files: FakeDisk())
        let events = log.topic("events")
        let first = try await events.append([record("a")])[0].recordedAt
        clock.advance(-3_600_000)
        #expect(try await events.append([record("b")])[0].recordedAt == first)
        #expect(log.statistics.clockBehind == 1)
        clock.advance(3_600_001)
        #expect(try await events.append([record("c")])[0].recordedAt.milliseconds == first.milliseconds + 1)
        #expect(log.statistics.clockBehind == 1)
        await log.close()
    }

    @Test("Retention by size goes as far as fence and holds allow, and trimmed readers are told")
    func retentionBySize() async throws {
        let fence = Mutex<Int64>(0)
        let log = try EmbeddedLog.open(
            directory: "/d",
            configuration: configuration {
                $0.segmentBytes = 1024
                $0.retentionBytes = 3000
                $0.retentionFence = { _ in fence.withLock { $0 } }
            }, files: FakeDisk())
        let events = log.topic("events")
        for number in 0..<60 { _ = try await events.append([record("n\(number)")]) }
        await log.applyRetention()
        #expect(events.bounds().earliest == 0, "nothing goes that no snapshot covers")
        fence.withLock { $0 = 40 }
        events.hold(name: "backup", at: 20)
        await log.applyRetention()
        let held = events.bounds().earliest
        #expect(held > 0 && held <= 20)
        events.release(name: "backup")
        await log.applyRetention()
        let earliest = events.bounds().earliest
        #expect(earliest > held && earliest <= 40)
        let chunk = try await events.read(from: 0, maxBytes: 1)
        #expect(chunk.gap == LogGap(from: 0, to: earliest, reason: .retention))
        #expect(chunk.records.first?.offset == earliest)
        #expect(try await events.readBackward(before: earliest, maxBytes: 1).records.isEmpty)
        #expect(log.statistics.topics[0].trimmedSegments > 0)
        await log.close()
    }

    @Test("Retention by age takes an idle topic's last segment as well")
    func retentionByAge() async throws {
        let clock = TestClock()
        let disk = FakeDisk()
        let settings = configuration {
            $0.retentionAgeMilliseconds = 60_000
            $0.clock = { clock.now }
            $0.uptime = { clock.now.milliseconds }
            $0.retentionFence = { _ in .max }
        }
        var log = try EmbeddedLog.open(directory: "/d", configuration: settings, files: disk)
        _ = try await log.topic("events").append([record("a"), record("b")])
        await log.applyRetention()
        #expect(log.topic("events").bounds().earliest == 0)
        clock.advance(60_001)
        await log.applyRetention()
        #expect(log.topic("events").bounds().earliest == 2)
        await log.close()
        log = try EmbeddedLog.open(directory: "/d", configuration: settings, files: disk)
        #expect(log.topic("events").bounds().head == 2, "offsets are never given twice")
        await log.close()
    }

    @Test("When the disk's reserve is in danger, holds don't count")
    func holdsAgainstReserve() async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(
            directory: "/d",
            configuration: configuration {
                $0.segmentBytes = 2000
                $0.retentionBytes = 3000
                $0.diskReserveBytes = 1000
                $0.retentionFence = { _ in .max }
            }, files: disk)
        let events = log.topic("events")
        events.hold(name: "slow reader", at: 0)
        for number in 0..<40 { _ = try await events.append([record("n\(number)")]) }
        await log.applyRetention()
        #expect(events.bounds().earliest == 0)
        disk.setFree(500)
        for number in 40..<60 { _ = try? await events.append([record("n\(number)")]) }
        #expect(events.bounds().earliest > 0)
        await log.close()
    }

    @Test("A large append becomes several groups in a row; a record over the limit is refused whole")
    func large() async throws {
        let folder = TemporaryFolder()
        let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let events = log.topic("events")
        let answers = try await events.append((0..<30).map { record("n\($0)", size: 200_000) })
        #expect(answers.map(\.offset) == Array(0..<30))
        #expect(log.statistics.topics[0].groups >= 6)
        let error = await #expect(throws: LogError.self) {
            try await events.append([record("small"), record("big", size: 1 << 20)])
        }
        #expect(error?.code == .tooLarge && error?.message.contains("record 1") == true)
        #expect(events.bounds().head == 30)
        let chunk = try await events.read(from: 7, maxBytes: 10)
        #expect(chunk.records.first?.offset == 7 && chunk.records.count <= 5)
        await #expect(throws: LogError.self) { try await events.read(from: 31, maxBytes: 1) }
        await log.close()
        let closed = await #expect(throws: LogError.self) { try await events.append([record("late")]) }
        #expect(closed?.code == .closed)
    }

    @Test("Times find the first record at or after them")
    func times() async throws {
        let clock = TestClock(1_000)
        let log = try EmbeddedLog.open(
            directory: "/d",
            configuration: configuration {
                $0.clock = { clock.now }
                $0.segmentBytes = 1024
            }, files: FakeDisk())
        let events = log.topic("events")
        for number in 0..<40 {
            _ = try await events.append([record("n\(number)")])
            clock.advance(10)
        }
        #expect(try await events.offset(at: Timestamp(milliseconds: 0)) == 0)
        for number in 0..<40 as Range<Int64> {
            #expect(try await events.offset(at: Timestamp(milliseconds: 1_000 + number * 10)) == number)
            #expect(try await events.offset(at: Timestamp(milliseconds: 1_001 + number * 10)) == number + 1)
        }
        await log.close()
    }
}

extension FakeDisk {
    func setTrace() { self.change { $0.trace = [] } }
    var trace: [String] { self.look { $0.trace ?? [] } }

    /// Bytes of writes to segments of a folder that a power cut might lose.
    func unsyncedBytes(ofSegmentsIn folder: String) -> Int {
        self.look { state in
            var bytes = 0
            for (path, entry) in state.names where path.hasPrefix(folder) && path.hasSuffix(".log") {
                guard case .file(let node) = entry else { continue }
                for case .write(_, let written) in node.pending { bytes += written.count }
            }
            return bytes
        }
    }
}
