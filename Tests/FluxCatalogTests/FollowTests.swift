import FluxEvents
import FluxLog
import FluxTesting
import NIOCore
import Synchronization
import Testing

@testable import FluxCatalog

/// What the log delivers is folded as what is read from it, and not read again.
@Suite struct FollowTests {
    @Test(arguments: SeededRandom.seeds(6))
    func whatIsDeliveredFoldsToWhatIsRead(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        let limit = [0, 3, 20_000][random.below(3)]
        let catalog = try fixture.open {
            $0.foldInterval = .milliseconds(random.below(3))
            $0.followedObjects = limit
        }
        let run = Task { try await catalog.run() }
        for _ in 0..<60 {
            var events: [Event] = []
            for _ in 0..<1 + random.below(8) {
                for step in PropertyTests.steps(&random, day: Int64(fixture.today)) {
                    events.append(PropertyTests.event(step, fixture, time: fixture.clock.now.milliseconds))
                }
            }
            let last = try await fixture.append(events)
            if random.chance(3) { try await catalog.folded(through: last) }
        }
        try await catalog.folded(through: fixture.log.bounds().head - 1)
        run.cancel()
        try await run.value
        let followed = try dump(catalog)
        catalog.close()
        fixture.deleteCatalog()
        fixture.deleteSnapshots()
        let again = try fixture.open()
        try await fixture.catchUp(again)
        #expect(try dump(again) == followed, "seed \(seed), limit \(limit)")
        again.close()
    }

    @Test func atTheHeadNothingIsReadFromDisk() async throws {
        let fixture = try Fixture()
        let log = CountingLog(fixture.log)
        let catalog = try Catalog.open(directory: fixture.folder.path, log: log, logger: Fixture.silent)
        try await fixture.append([fixture.object(.upload, "before", size: 1)])
        let run = Task { try await catalog.run() }
        try await catalog.folded(through: 0)
        try await eventually("following") { catalog.state == .following }
        let reads = log.reads
        for number in 0..<20 {
            try await catalog.folded(
                through: try await fixture.append([fixture.object(.upload, "k\(number)", size: 1)]))
        }
        #expect(log.reads == reads)
        #expect(try await fixture.list(catalog).count == 21)
        run.cancel()
        try await run.value
        catalog.close()
    }

    @Test func whatIsForeignHoldsNothingUp() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open { $0.foreignDelay = .seconds(3600) }
        let run = Task { try await catalog.run() }
        defer { run.cancel() }
        try await catalog.folded(through: try await fixture.append([fixture.object(.upload, "first", size: 1)]))
        // Not who waits for one of these,
        for number in 0..<5 {
            try await catalog.folded(through: try await fixture.append([Self.foreign("a\(number)")]))
        }
        // nor what is folded and comes after one.
        try await fixture.append([Self.foreign("b")])
        try await fixture.append([fixture.object(.upload, "second", size: 1)])
        try await eventually("the second object") { try await fixture.list(catalog).count == 2 }
        #expect(catalog.position == fixture.log.bounds().head)
    }

    @Test func whatIsForeignIsPassedWhenItIsTime() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open { $0.foreignDelay = .milliseconds(200) }
        let run = Task { try await catalog.run() }
        defer { run.cancel() }
        try await catalog.folded(through: try await fixture.append([fixture.object(.upload, "first", size: 1)]))
        try await fixture.append([Self.foreign("a")])
        try await eventually("passed") { catalog.position == fixture.log.bounds().head }
    }

    private static func foreign(_ id: String) -> Event {
        Event(
            id: id, source: "/x", type: EventType(rawValue: "com.example.made"), time: Timestamp(milliseconds: 1),
            data: .init(string: "{}"), key: .init(string: id))
    }

    @Test func whatGotLostIsLeftToTheReader() throws {
        func chunk(_ offsets: Range<Int64>) -> LogChunk {
            let event = Event(
                id: "x", source: "/x", type: .storePaused, time: Timestamp(milliseconds: 1),
                data: .init(string: #"{"store_id":"st_a"}"#), key: .init(string: "st_a"))
            let records = offsets.map {
                StoredRecord(partition: 0, offset: $0, recordedAt: Timestamp(milliseconds: 1), record: event.record())
            }
            return LogChunk(records: records, from: offsets.lowerBound, next: offsets.upperBound, reachedHead: true)
        }
        let followed = FollowedEvents(at: 5, limit: 10)
        func take(_ offset: Int64) -> [Int64]? { followed.take(from: offset)?.observations.map(\.offset) }
        #expect(take(4) == nil)
        #expect(take(5) == [])
        _ = followed.deliver(chunk(5..<8))
        _ = followed.deliver(chunk(8..<9))
        // Some of it was read meanwhile.
        #expect(take(7) == [7, 8])
        #expect(take(9) == [])
        _ = followed.deliver(chunk(12..<14))
        #expect(take(9) == nil)
        #expect(take(12) == [12, 13])
        // More than there is room for.
        _ = followed.deliver(chunk(14..<20))
        _ = followed.deliver(chunk(20..<26))
        #expect(take(14) == nil)
        #expect(take(26) == [])
    }

    /// Also while the fold waits for its disk: a chunk of few events may be as large as one of many.
    @Test func manyChunksAreToBeLookedAtHoweverFewTheirEvents() {
        let followed = FollowedEvents(at: 0, limit: 1_000)
        func deliver(_ offset: Int64) -> Bool {
            followed.deliver(LogChunk(records: [StoredRecord](), from: offset, next: offset + 1, reachedHead: true))
        }
        #expect((0..<16).allSatisfy { !deliver($0) })
        #expect(deliver(16))
        followed.look()
        #expect(!deliver(17))
    }
}

/// Counts how often it is read.
private final class CountingLog: EventLog {
    private let log: any EventLog
    private let count = Atomic<Int>(0)

    init(_ log: any EventLog) { self.log = log }

    var reads: Int { count.load(ordering: .relaxed) }
    var topic: String { log.topic }
    func bounds() -> LogBounds { log.bounds() }
    func append(_ records: [Record]) async throws(LogError) -> [Appended] { try await log.append(records) }
    func read(from offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        count.wrappingAdd(1, ordering: .relaxed)
        return try await log.read(from: offset, maxBytes: maxBytes)
    }
    func readBackward(before offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        try await log.readBackward(before: offset, maxBytes: maxBytes)
    }
    func offset(at time: Timestamp) async throws(LogError) -> Int64 { try await log.offset(at: time) }
    func follow(_ deliver: @escaping @Sendable (LogChunk) -> Void) -> LogFollower { log.follow(deliver) }
    func hold(name: String, at offset: Int64) { log.hold(name: name, at: offset) }
    func release(name: String) { log.release(name: name) }
}
