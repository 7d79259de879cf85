import FluxEvents
import FluxLog
import NIOCore
import Testing

@testable import FluxLive

/// Writes one message a line: type, cursor, JSON.
struct LineFraming: LiveFraming {
    var name: String { "lines" }

    func makeFramer() -> any LiveFramer { Framer() }

    private final class Framer: LiveFramer {
        func frame(type: String, cursor: ByteBuffer?, payload: ByteBuffer, into out: inout ByteBuffer) {
            out.writeString("\(type) \(cursor.map(String.init(buffer:)) ?? "-") ")
            out.writeImmutableBuffer(payload)
            out.writeString("\n")
        }
    }
}

@Suite("Pieces of the log, as readers get them")
struct PieceTests {
    private func writer(
        _ filter: String = "", content: LiveContent = .single, simulated: Bool = false, from: Int64 = 0,
        limits changed: LiveConfiguration = limits()
    ) throws -> PieceWriter {
        let form = Form(
            FormKey(framing: "lines", content: content, simulated: simulated), framing: LineFraming())
        return PieceWriter(
            form: form, filter: try Filter(filter, now: Timestamp(milliseconds: 0)), epoch: 7, limits: changed,
            now: Timestamp(milliseconds: 0), maxBytes: 1 << 20,
            from: Position(events: from, simulated: simulated ? 0 : nil))
    }

    private func lines(_ piece: Piece) -> [Substring] { String(buffer: piece.bytes).split(separator: "\n") }

    private func entry(_ number: Int, type: String = "cloud.upload", isSimulated: Bool = false) -> LiveEntry {
        .event(LiveEvent(stored(number, offset: Int64(number), type: type), isSimulated: isSimulated))
    }

    @Test func eachEventIsAMessageWithTheCursorBehindIt() throws {
        var writer = try writer()
        for number in 0..<3 { writer.add(entry(number)) }
        let piece = writer.finish()
        #expect(piece.count == 3)
        #expect(piece.next.events == 3)
        let lines = lines(piece)
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("event v1-7-e0-2 {\"type\":\"event\",\"data\":{"))
        #expect(lines[1].hasSuffix(",\"cursor\":\"v1-7-e0-2\"}"))
    }

    @Test func whatTheFilterRefusesStillMovesTheReader() throws {
        var writer = try writer("type:cloud.upload")
        writer.add(entry(0, type: "cloud.delete"))
        writer.add(entry(1, type: "cloud.delete"))
        let piece = writer.finish()
        #expect(piece.count == 0)
        #expect(piece.bytes.readableBytes == 0)
        #expect(piece.next.events == 2)
    }

    @Test func whatTheReaderHadIsNotRepeated() throws {
        var writer = try writer(from: 2)
        for number in 0..<4 { writer.add(entry(number)) }
        #expect(writer.finish().count == 2)
    }

    @Test func inventoryIsGivenOnlyToThoseWhoNameIt() throws {
        for (filter, count) in [("", 1), ("type:system.inventory", 1), ("type:cloud.*", 1)] {
            var writer = try writer(filter)
            writer.add(entry(0, type: "system.inventory"))
            writer.add(entry(1))
            #expect(writer.finish().count == count)
        }
    }

    @Test func batchesHoldAtMostWhatTheLimitsSayButAlwaysOne() throws {
        for (limits, messages) in [
            (limits { $0.maxBatchEvents = 4 }, 3), (limits { $0.maxBatchBytes = 10 }, 10), (limits(), 1),
        ] {
            var writer = try writer(content: .batch, limits: limits)
            for number in 0..<10 { writer.add(entry(number)) }
            let piece = writer.finish()
            #expect(lines(piece).count == messages)
            #expect(piece.count == 10)
            #expect(lines(piece).last?.hasPrefix("events v1-7-e0-10 ") == true)
        }
    }

    @Test func aGapSaysExactlyWhatThisReaderMissed() throws {
        var writer = try writer(content: .batch, from: 5)
        writer.add(.gap(LogGap(from: 0, to: 20, reason: .retention), isSimulated: false))
        writer.add(entry(20))
        let piece = writer.finish()
        #expect(piece.gaps == 1)
        #expect(
            lines(piece)[0]
                == "gap v1-7-e0-20 {\"type\":\"gap\",\"from\":\"v1-7-e0-5\",\"to\":\"v1-7-e0-20\",\"count\":15,\"reason\":\"retention\"}"
        )
        #expect(lines(piece)[1].hasPrefix("events v1-7-e0-21 "))
    }

    @Test func aRecordThatIsNoEventIsToldNotSkipped() throws {
        var writer = try writer()
        let foreign = StoredRecord(
            partition: 0, offset: 0, recordedAt: Timestamp(milliseconds: 1),
            record: Record(key: nil, value: ByteBuffer(string: "x"), headers: []))
        writer.add(.event(LiveEvent(foreign, isSimulated: false)))
        let piece = writer.finish()
        #expect(piece.gaps == 1)
        #expect(lines(piece)[0].contains("\"count\":1,\"reason\":\"damage\""))
    }

    @Test func simulatedEventsAreOnlyForThoseWhoWantThemAndCursorsHoldBothPlaces() throws {
        var plain = try writer()
        plain.add(entry(0, isSimulated: true))
        #expect(plain.finish().count == 0)
        var both = try writer(simulated: true)
        both.add(entry(0, isSimulated: true))
        both.add(entry(0))
        let piece = both.finish()
        #expect(piece.count == 2)
        #expect(lines(piece)[0].hasPrefix("event v1-7-e0-0-s0-1 "))
        #expect(lines(piece)[1].hasPrefix("event v1-7-e0-1-s0-1 "))
    }

    @Test func bareCloudEventsHaveNoEnvelopeAndGapsAreEventsToo() throws {
        var writer = try writer(content: .cloudEvents)
        writer.add(.gap(LogGap(from: 0, to: 1, reason: .damage), isSimulated: false))
        writer.add(entry(1))
        let lines = lines(writer.finish())
        #expect(lines[0].contains("\"type\":\"io.cloudflux.system.gap.v1\""))
        #expect(lines[1].hasPrefix("cloudevent v1-7-e0-2 {\"specversion\":\"1.0\""))
    }
}

@Suite("The tail in memory")
struct TailTests {
    private func event(_ offset: Int64, isSimulated: Bool = false) -> LiveEntry {
        .event(LiveEvent(stored(Int(offset), offset: offset), isSimulated: isSimulated))
    }

    @Test func itServesWhateverIsStillThere() {
        var tail = Tail(at: Position(events: 10, simulated: 0))
        for offset in 10..<30 { tail.append(event(Int64(offset))) }
        #expect(tail.covers(Position(events: 10, simulated: nil)))
        #expect(!tail.covers(Position(events: 9, simulated: nil)))
        let entries = Array(tail.entries(from: tail.index(of: Position(events: 25, simulated: nil))))
        #expect(entries.map(\.offsets.lowerBound) == [25, 26, 27, 28, 29])
    }

    @Test func trimmingKeepsTheNewestWithinTheLimit() {
        var tail = Tail(at: Position(events: 0, simulated: 0))
        for offset in 0..<10_000 {
            tail.append(event(Int64(offset)))
            tail.trim(to: 100_000)
        }
        #expect(tail.bytes <= 100_000)
        #expect(tail.base.events == 10_000 - Int64(tail.count))
        let first = Array(tail.entries(from: tail.index(of: tail.base)).prefix(1))
        #expect(first.first?.offsets.lowerBound == tail.base.events)
    }

    @Test func aReaderWithAnotherInterleavingMissesNothing() {
        var tail = Tail(at: Position(events: 0, simulated: 0))
        tail.append(event(0))
        tail.append(event(0, isSimulated: true))
        tail.append(event(1))
        // It had both events of one topic and none of the other: an order this tail never was in.
        let reader = Position(events: 2, simulated: 0)
        let rest = tail.entries(from: tail.index(of: reader)).filter(\.isSimulated)
        #expect(rest.count == 1)
    }
}

@Suite("Latencies")
struct LatencyHistogramTests {
    @Test func percentilesAreNearTheTruth() {
        var histogram = LatencyHistogram()
        for value in 1...1_000 { histogram.record(Int64(value)) }
        for (share, truth) in [(0.5, 500.0), (0.9, 900), (0.99, 990)] {
            let found = Double(histogram.percentile(share) ?? 0)
            #expect(abs(found - truth) <= truth * 0.04)
        }
        #expect(histogram.percentile(1) == 1_000)
        #expect(LatencyHistogram().percentile(0.5) == nil)
    }

    @Test func anyValueHasAPlace() {
        var histogram = LatencyHistogram()
        for value in [Int64.min, -1, 0, 31, 32, 33, 1 << 40, .max] { histogram.record(value) }
        #expect(histogram.total == 8)
    }
}
