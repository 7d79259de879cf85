import FluxEvents
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import FluxLog

@Suite("The embedded log, on a real disk")
struct EmbeddedLogTests {
    @Test("What was appended is read back, forwards and backwards, also after it was opened again")
    func roundTrip() async throws {
        let folder = TemporaryFolder()
        for round in 0..<3 {
            let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
            let events = log.topic("events")
            #expect(events.bounds().head == Int64(round * 10))
            for number in 0..<5 {
                let answers = try await events.append([record("\(round)-\(number)a"), record("\(round)-\(number)b")])
                #expect(answers.map(\.offset) == [Int64(round * 10 + number * 2), Int64(round * 10 + number * 2 + 1)])
                #expect(answers.allSatisfy { !$0.isDuplicate })
            }
            let all = try await readAll(events)
            #expect(all.count == (round + 1) * 10)
            #expect(all.map(\.offset) == Array(0..<Int64((round + 1) * 10)))
            #expect(id(of: all[all.count - 1].record) == "\(round)-4b")
            #expect(all[all.count - 1].record == record("\(round)-4b"))
            let back = try await events.readBackward(before: events.bounds().head, maxBytes: 1)
            #expect(back.records.map { id(of: $0.record) } == ["\(round)-4a", "\(round)-4b"])
            #expect(back.next == Int64(round * 10 + 8))
            #expect(log.topic("simulated").bounds().head == 0)
            await log.close()
        }
    }

    @Test("A record whose identity is known is answered with the first one's offset, also after a restart")
    func duplicates() async throws {
        let folder = TemporaryFolder()
        var log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        _ = try await log.topic("events").append([record("a"), record("b")])
        let again = try await log.topic("events").append([record("b"), record("c"), record("c"), record("a")])
        #expect(again.map(\.offset) == [1, 2, 2, 0])
        #expect(again.map(\.isDuplicate) == [true, false, true, true])
        await log.close()
        log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let after = try await log.topic("events").append([record("c"), record("d")])
        #expect(after.map(\.offset) == [2, 3])
        #expect(log.statistics.topics[0].duplicates == 1)
        await log.close()
        // Without the side file the window is made from the log itself.
        try FileManager.default.removeItem(atPath: folder.path + "/log/events-0/00000000000000000000.ids")
        log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        #expect(try await log.topic("events").append([record("d"), record("a")]).map(\.offset) == [3, 0])
        await log.close()
    }

    @Test("A follower gets every group once, in order, from the head at registration on")
    func follow() async throws {
        let folder = TemporaryFolder()
        let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let events = log.topic("events")
        _ = try await events.append([record("before")])
        let seen = Mutex<[LogChunk]>([])
        let follower = events.follow { chunk in
            #expect(events.bounds().head >= chunk.next)
            seen.withLock { $0.append(chunk) }
        }
        #expect(follower.start == 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<50 { _ = try await events.append([record("\(writer)/\(number)")]) }
                }
            }
            try await group.waitForAll()
        }
        follower.cancel()
        _ = try await events.append([record("after")])
        let chunks = seen.withLock { $0 }
        var next = follower.start
        for chunk in chunks {
            #expect(chunk.from == next)
            next = chunk.next
        }
        let followed = chunks.flatMap(\.records)
        #expect(followed.count == 400)
        let read = try await readAll(events, from: 1)
        #expect(read.dropLast() == followed[...])
        await log.close()
    }

    @Test(
        "Every append is answered before the log is closed, each with the place of its own records, however many wait")
    func manyAtOnce() async throws {
        let folder = TemporaryFolder()
        let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let events = log.topic("events")
        let places = try await withThrowingTaskGroup(of: [(String, Int64)].self) { group in
            for writer in 0..<400 {
                group.addTask {
                    var own: [(String, Int64)] = []
                    for number in 0..<10 {
                        let one = record("\(writer)-\(number)")
                        let answer = try await events.append([one])
                        own.append((id(of: one), answer[0].offset))
                    }
                    return own
                }
            }
            return try await group.reduce(into: [Int64: String]()) { places, own in
                for (id, offset) in own { places[offset] = id }
            }
        }
        let stored = try await readAll(events)
        #expect(stored.count == 4_000)
        #expect(stored.allSatisfy { places[$0.offset] == id(of: $0.record) })
        // Some of these are on their way when it is closed: each is answered, one way or the other, before that returns.
        let taken = await withTaskGroup(of: Int.self) { group in
            for number in 0..<300 {
                group.addTask { (try? await events.append([record("late-\(number)")])) == nil ? 0 : 1 }
            }
            group.addTask {
                await log.close()
                return 0
            }
            return await group.reduce(0, +)
        }
        await #expect(throws: LogError.self) { _ = try await events.append([record("after")]) }
        let again = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        #expect(again.topic("events").bounds().head == Int64(4_000 + taken))
        await again.close()
    }

    @Test("A second process is refused, with the number of the first")
    func lock() async throws {
        let folder = TemporaryFolder()
        let log = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        let error = #expect(throws: LogError.self) {
            try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        await log.close()
        let next = try EmbeddedLog.open(directory: folder.path, configuration: configuration())
        await next.close()
    }
}
