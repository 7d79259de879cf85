import FluxEvents
import FluxLog
import FluxTesting
import Glibc
import NIOCore
import Synchronization
import Testing

@testable import FluxLive

@Suite("Readers of a real log")
struct SeamTests {
    private static let types = ["cloud.upload", "cloud.download", "cloud.delete", "com.example.other"]

    @Test func historyFlowsIntoLiveWithoutASeam() async throws {
        let stage = try Stage()
        let events = stage.log.topic("events")
        _ = try await events.append((0..<200).map { record($0) })
        let reader = TestReader(stage.hub.nextLoopHub())
        reader.connect(StreamRequest(from: .earliest))
        for number in 200..<400 { _ = try await events.append([record(number)]) }
        try await eventually("200 old and 200 new events arrive") { reader.offsets.count >= 400 }
        #expect(reader.offsets == Array(0..<400))
        try await stage.close()
    }

    /// Many readers with random filters, pauses, slowness and reconnects: each gets exactly what its filter gives over
    /// the log, in order, once.
    @Test func everyReaderGetsExactlyWhatItsFilterGivesOverTheLog() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        let stage = try Stage {
            $0.tailBytes = 60_000
            $0.pieceBytes = 4_000
            $0.readAheadBytes = 2 << 20
        }
        let events = stage.log.topic("events")
        let total = 1_500
        let readers = (0..<15).map { number in
            let filter = ["", "type:cloud.upload", "type:cloud.*", "-type:cloud.delete", "type:com.example.other"][
                number % 5]
            return Wanderer(stage.hub, filter: filter, seed: seed &+ UInt64(number))
        }
        let writer = Task {
            var random = SeededRandom(seed: seed)
            var number = 0
            while number < total {
                let count = min(total - number, Int.random(in: 1...60, using: &random))
                _ = try await events.append(
                    (number..<(number + count)).map {
                        record($0, type: Self.types[Int.random(in: 0..<4, using: &random)], padding: 100)
                    })
                number += count
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for reader in readers { group.addTask { await reader.wander(until: Int64(total)) } }
        }
        try await writer.value
        var all: [StoredEvent] = []
        var next: Int64 = 0
        while next < Int64(total) {
            let chunk = try await events.read(from: next, maxBytes: 1 << 20)
            all += try chunk.records.map { try StoredEvent($0, simulated: false) }
            next = chunk.next
        }
        for reader in readers {
            let filter = try Filter(reader.filter, now: Timestamp(milliseconds: 0))
            let expected = all.filter { filter.matches(FilterView($0)) }.map(\.offset)
            let got = await reader.got
            let isExact = got == expected
            let place = zip(got, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            #expect(
                isExact,
                "filter “\(reader.filter)”: \(got.count) of \(expected.count), first difference at \(place ?? -1), seed \(seed)"
            )
        }
        try await stage.close()
    }

    @Test func simulatedAndRealEventsEachArriveOnceInTheirOrder() async throws {
        let stage = try Stage { $0.tailBytes = 20_000 }
        let events = stage.log.topic("events")
        let simulated = stage.log.topic("simulated")
        for number in 0..<150 {
            _ = try await events.append([record(number)])
            _ = try await simulated.append([record(number, type: "cloud.delete")])
        }
        let reader = TestReader(stage.hub.nextLoopHub(), room: 3_000)
        reader.connect(StreamRequest(from: .earliest, simulated: true))
        for number in 150..<300 {
            _ = try await simulated.append([record(number, type: "cloud.delete")])
            _ = try await events.append([record(number)])
            reader.take()
        }
        try await eventually("300 of each topic arrive") {
            reader.take()
            return reader.offsets.count >= 600
        }
        for isSimulated in [false, true] {
            let offsets = reader.lines.filter { $0.type == "event" && $0.json.contains("\"simulated\":\(isSimulated)") }
                .compactMap { TestReader.offset($0.json) }
            #expect(offsets == Array(0..<300))
        }
        #expect(reader.lines.last?.cursor.hasSuffix("-e0-300-s0-300") == true)
        try await stage.close()
    }

    @Test func aReaderThatTakesNothingHoldsNothingAndOthersGoOn() async throws {
        let stage = try Stage { $0.tailBytes = 50_000 }
        let events = stage.log.topic("events")
        let loop = stage.hub.nextLoopHub()
        let slow = TestReader(loop, room: 2_000)
        let fast = TestReader(loop)
        slow.connect(StreamRequest())
        fast.connect(StreamRequest())
        try await eventually("both are connected") { !slow.lines.isEmpty && !fast.lines.isEmpty }
        for number in 0..<500 { _ = try await events.append([record(number, padding: 1_000)]) }
        try await eventually("the fast reader has all") { fast.offsets.count == 500 }
        #expect(slow.offsets.count < 60)
        try await eventually("the slow reader gets all in the end") {
            slow.take()
            return slow.offsets.count == 500
        }
        #expect(slow.offsets == Array(0..<500))
        try await stage.close()
    }

    /// A batch larger than a piece, to a socket that fills up and is empty again within one write.
    @Test func aReaderThatFallsBehindAndCatchesUpInsideABatchGetsItOnce() async throws {
        let stage = try Stage()
        let events = stage.log.topic("events")
        let reader = TestReader(stage.hub.nextLoopHub(), room: 10_000, takesAtOnce: true)
        reader.connect(StreamRequest())
        try await eventually("it is connected") { !reader.lines.isEmpty }
        _ = try await events.append((0..<600).map { record($0, padding: 1_000) })
        _ = try await events.append([record(600)])
        try await eventually("the last event arrives") { reader.offsets.last == 600 }
        #expect(reader.offsets == Array(0...600))
        try await stage.close()
    }

    /// A group that is posted while a reader connects must not wait for the next one.
    @Test func anEventThatIsPostedWhileAReaderConnectsArrives() async throws {
        let stage = try Stage()
        let events = stage.log.topic("events")
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for number in 0..<400 {
            let epoch = events.bounds().epoch
            let start = Cursor(epoch: epoch, positions: [.init(topic: .events, partition: 0, offset: Int64(number))])
            let reader = TestReader(stage.hub.nextLoopHub())
            let pause = UInt32.random(in: 0...300, using: &random)
            async let appended = events.append([record(number)])
            usleep(pause)
            reader.connect(StreamRequest(from: .cursor(start)))
            _ = try await appended
            try await eventually("event \(number) arrives, seed \(seed)") { !reader.offsets.isEmpty }
            #expect(reader.offsets == [Int64(number)])
            reader.disconnect()
            try await reader.hub.loop.submit {}.get()
        }
        try await stage.close()
    }

    @Test func aClientThatComesBackTwiceAtOnceGetsEverythingOnceOnEach() async throws {
        let stage = try Stage { $0.pieceBytes = 4_000 }
        let events = stage.log.topic("events")
        _ = try await events.append((0..<300).map { record($0) })
        let first = TestReader(stage.hub.nextLoopHub())
        first.connect(StreamRequest(from: .earliest))
        try await eventually("it has some") { first.offsets.count >= 100 }
        first.disconnect()
        let cursor = try #require(first.lines.first { $0.type == "event" && TestReader.offset($0.json) == 99 }?.cursor)
        let start = StreamRequest(from: try StartPoint(cursor))
        let both = [TestReader(stage.hub.nextLoopHub()), TestReader(stage.hub.nextLoopHub())]
        for reader in both { reader.connect(start) }
        for number in 300..<400 { _ = try await events.append([record(number)]) }
        for reader in both {
            try await eventually("the last event arrives") { reader.offsets.last == 399 }
            #expect(reader.offsets == Array(100..<400))
        }
        try await stage.close()
    }

    @Test func soManyBackCountsWhatMatches() async throws {
        let stage = try Stage()
        let events = stage.log.topic("events")
        for number in 0..<300 {
            _ = try await events.append([record(number, type: number % 3 == 0 ? "cloud.upload" : "cloud.delete")])
        }
        let reader = TestReader(stage.hub.nextLoopHub())
        reader.connect(
            StreamRequest(filter: try Filter("type:cloud.upload", now: Timestamp(milliseconds: 0)), from: .back(10)))
        try await eventually("ten come") { reader.offsets.count >= 10 }
        #expect(reader.offsets == stride(from: Int64(270), to: 300, by: 3).map { $0 })
        try await stage.close()
    }

    /// Let in a moment before the stop began, connected a moment after.
    @Test func whoConnectsWhileTheServerStopsIsToldToo() async throws {
        let stage = try Stage()
        await stage.hub.drain(within: .seconds(5))
        let late = TestReader(stage.hub.nextLoopHub())
        late.connect(StreamRequest())
        try await eventually("it ends") { late.closed != nil }
        #expect(late.lines.map(\.type) == ["connection", "goaway"])
        #expect(late.closed == .goingAway)
        try await stage.close()
    }

    /// `stats` is answered for all who ask meanwhile by one task, each in the order in which it asked.
    @Test func anyNumberOfStatsMessagesIsOneTaskAtATime() async throws {
        let stage = try Stage()
        let calls = Mutex((now: 0, most: 0, total: 0))
        stage.hub.setServerStatistics {
            calls.withLock { ($0.now, $0.most, $0.total) = ($0.now + 1, max($0.most, $0.now + 1), $0.total + 1) }
            try? await Task.sleep(for: .milliseconds(20))
            calls.withLock { $0.now -= 1 }
            return ByteBuffer(string: "{}")
        }
        let loop = stage.hub.nextLoopHub()
        let readers = [TestReader(loop), TestReader(loop)]
        for reader in readers { reader.connect(StreamRequest()) }
        for number in 0..<200 { for reader in readers { reader.say(#"{"id":\#(number),"action":"stats"}"#) } }
        for reader in readers {
            try await eventually("all are answered") { reader.lines.count { $0.type == "ack" } == 200 }
            let acks = reader.lines.filter { $0.type == "ack" }
            #expect(acks.enumerated().allSatisfy { $1.json.contains("\"id\":\($0),") })
        }
        #expect(calls.withLock { $0.most } == 1)
        #expect(calls.withLock { $0.total } < 200)
        let greedy = TestReader(loop)
        greedy.connect(StreamRequest())
        for _ in 0...LiveSession.maximumAnswersOwed { greedy.say(#"{"action":"stats"}"#) }
        try await eventually("who asks on and on is ended") { greedy.closed != nil }
        #expect(greedy.closed == .tooManyMessages)
        try await stage.close()
    }

    @Test func aHeartbeatAlwaysSaysHowLateAReaderIs() async throws {
        let stage = try Stage { $0.heartbeat = .milliseconds(100) }
        let events = stage.log.topic("events")
        let reader = TestReader(stage.hub.nextLoopHub())
        reader.connect(StreamRequest())
        try await eventually("it is connected") { !reader.lines.isEmpty }
        reader.say(#"{"action":"pause"}"#)
        _ = try await events.append([record(0)])
        try await eventually("it hears of the event it has not had") {
            reader.lines.contains { $0.type == "heartbeat" && $0.json.contains("\"lag_events\":1,") }
        }
        let lags = reader.lines.filter { $0.json.contains("\"lag_events\":1,") }
        #expect(lags.allSatisfy { !$0.json.contains("\"lag_ms\":null") })
        try await eventually("and for how long") {
            reader.lines.last { $0.type == "heartbeat" }.map { !$0.json.contains("\"lag_ms\":0}") } ?? false
        }
        try await stage.close()
    }

    @Test func streamsEndWithTheirGrantAndOthersStay() async throws {
        let stage = try Stage()
        let ended = TestReader(stage.hub.nextLoopHub())
        let stays = TestReader(stage.hub.nextLoopHub())
        ended.connect(StreamRequest(), grant: "old")
        stays.connect(StreamRequest(), grant: "good")
        try await eventually("both are connected") { !ended.lines.isEmpty && !stays.lines.isEmpty }
        #expect(await stage.hub.openGrants() == ["old", "good"])
        stage.hub.endStreams(of: ["old"])
        try await eventually("the stream ends") { ended.closed != nil }
        #expect(ended.closed == .revoked)
        #expect(stays.closed == nil)
        try await stage.close()
        #expect(stays.closed == .goingAway)
        #expect(stays.lines.last?.type == "goaway")
        #expect(stage.hub.refusal == .draining)
    }
}

/// Reads in random ways: slow, pausing, changing nothing, leaving in the middle and coming back with its last cursor.
private actor Wanderer {
    let hub: LiveHub
    nonisolated let filter: String
    private(set) var got: [Int64] = []
    private var random: SeededRandom
    private var cursor: String?

    init(_ hub: LiveHub, filter: String, seed: UInt64) {
        self.hub = hub
        self.filter = filter
        random = SeededRandom(seed: seed)
    }

    func wander(until end: Int64) async {
        let deadline = ContinuousClock.now + .seconds(240)
        while ContinuousClock.now < deadline {
            if await visit(until: end) { return }
        }
    }

    /// One connection; true when the log's end was reached.
    private func visit(until end: Int64) async -> Bool {
        guard let wanted = try? Filter(filter, now: Timestamp(milliseconds: 0)),
            let start = try? cursor.map({ try StartPoint($0) }) ?? .earliest
        else { return true }
        let reader = TestReader(hub.nextLoopHub(), room: Int.random(in: 2_000...60_000, using: &random))
        reader.connect(StreamRequest(filter: wanted, from: start))
        let steps = Int.random(in: 3...30, using: &random)
        var isAtEnd = false
        for step in 0..<steps {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: reader.say(#"{"action":"pause"}"#)
            case 1: reader.say(#"{"action":"resume"}"#)
            default: reader.take()
            }
            if step == steps - 1 { reader.say(#"{"action":"resume"}"#) }
            try? await Task.sleep(for: .milliseconds(Int.random(in: 0...4, using: &random)))
            reader.say(#"{"action":"ping"}"#)
        }
        // What came until the connection ends is what counts; then nothing more may come.
        reader.disconnect()
        try? await hub.nextLoopHub().loop.submit {}.get()
        try? await reader.hub.loop.submit {}.get()
        for line in reader.lines {
            if line.type == "event", let offset = TestReader.offset(line.json) {
                got.append(offset)
                cursor = line.cursor
            }
            // The acknowledgement of a ping tells the place even where the filter lets nothing pass.
            if line.type == "ack", let place = Self.cursor(line.json), let offset = Self.events(place) {
                isAtEnd = offset >= end
                if offset > Self.events(cursor ?? "") ?? -1 { cursor = place }
            }
        }
        return isAtEnd
    }

    private static func cursor(_ json: String) -> String? {
        guard let range = json.firstRange(of: "\"cursor\":\"") else { return nil }
        return String(json[range.upperBound...].prefix { $0 != "\"" })
    }

    private static func events(_ cursor: String) -> Int64? {
        (try? Cursor(text: cursor))?.offset(.events)
    }
}
