import FluxEvents
import FluxLog
import NIOCore
import Synchronization
import Testing

@testable import FluxLive

/// A real log whose backward reads can be held up and are counted.
private final class HeldLog: EventLog {
    private struct State {
        var isHeld = true
        var reads = 0
        var underWay = 0
        var most = 0
    }

    private let log: any EventLog
    private let state = Mutex(State())

    init(_ log: any EventLog) { self.log = log }

    var reads: Int { state.withLock { $0.reads } }
    var underWay: Int { state.withLock { $0.underWay } }
    var most: Int { state.withLock { $0.most } }

    func release() { state.withLock { $0.isHeld = false } }

    func readBackward(before offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        state.withLock {
            ($0.reads, $0.underWay, $0.most) = ($0.reads + 1, $0.underWay + 1, max($0.most, $0.underWay + 1))
        }
        defer { state.withLock { $0.underWay -= 1 } }
        // Not ended by a cancellation, as a read of a disk is not.
        while state.withLock({ $0.isHeld }) { await Task.yield() }
        return try await log.readBackward(before: offset, maxBytes: maxBytes)
    }

    var topic: String { log.topic }
    func bounds() -> LogBounds { log.bounds() }
    func append(_ records: [Record]) async throws(LogError) -> [Appended] { try await log.append(records) }
    func read(from offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        try await log.read(from: offset, maxBytes: maxBytes)
    }
    func offset(at time: Timestamp) async throws(LogError) -> Int64 { try await log.offset(at: time) }
    func follow(_ deliver: @escaping @Sendable (LogChunk) -> Void) -> LogFollower { log.follow(deliver) }
    func hold(name: String, at offset: Int64) { log.hold(name: name, at: offset) }
    func release(name: String) { log.release(name: name) }
}

@Suite("Searches for so many back")
struct ScanTests {
    private static let nothing = try? Filter("type:no.such", now: Timestamp(milliseconds: 0))

    private func stage(_ change: (inout LiveConfiguration) -> Void = { _ in }) async throws -> (Stage, HeldLog) {
        var held: HeldLog?
        let stage = try Stage(change) { log in
            let one = HeldLog(log)
            held = one
            return one
        }
        let events = stage.log.topic("events")
        for group in 0..<20 {
            _ = try await events.append((0..<200).map { record(group * 200 + $0, padding: 1_000) })
        }
        return (stage, try #require(held))
    }

    @Test func aSearchEndsWithItsConnection() async throws {
        let (stage, log) = try await stage()
        let reader = TestReader(stage.hub.nextLoopHub())
        reader.connect(StreamRequest(filter: try #require(Self.nothing), from: .back(10)))
        try await eventually("it searches") { log.underWay == 1 }
        reader.disconnect()
        try await reader.hub.loop.submit {}.get()
        log.release()
        try await eventually("the search ends") { stage.hub.context.scans.running == 0 }
        #expect(log.reads == 1)
        try await stage.close()
    }

    @Test func onlySoManySearchesRunAtOnceAndOthersHaveTheirTurn() async throws {
        let (stage, log) = try await stage { $0.maxScansAtOnce = 3 }
        let readers = (0..<10).map { _ in TestReader(stage.hub.nextLoopHub()) }
        for reader in readers { reader.connect(StreamRequest(from: .back(5))) }
        try await eventually("three search and seven wait") {
            log.underWay == 3 && stage.hub.context.scans.waiting == 7
        }
        log.release()
        for reader in readers {
            try await eventually("five events come") { reader.offsets.count == 5 }
            #expect(reader.offsets == Array(3_995..<4_000))
        }
        #expect(log.most == 3)
        try await eventually("nobody searches any more") { stage.hub.context.scans.running == 0 }
        try await stage.close()
    }

    @Test func aWaitThatIsCancelledTakesNoPlace() async throws {
        let gate = ScanGate(limit: 1)
        #expect(await gate.enter())
        let waiter = Task { await gate.enter() }
        try await eventually("it waits") { gate.waiting == 1 }
        waiter.cancel()
        #expect(await waiter.value == false)
        #expect(gate.waiting == 0 && gate.running == 1)
        gate.leave()
        #expect(gate.running == 0)
        #expect(await gate.enter())
    }
}
