import FluxEvents
import FluxLog
import Testing

@testable import FluxLive

@Suite("Reads of the log before they are asked for")
struct LogReadsTests {
    private func key(_ offset: Int64) -> LogReads.Key {
        LogReads.Key(
            events: offset,
            writing: .init(
                filter: .everything, form: FormKey(framing: "lines", content: .single, simulated: false)))
    }

    @Test("While a block is written, the one behind it is read; how many are wanted is kept until its end is known")
    func chain() {
        var reads = LogReads()
        #expect(reads.addAhead(key(0), blocksBehind: 1) == .begins)
        // A reader that has come further wants one more.
        #expect(reads.addAhead(key(0), blocksBehind: 2) == .isUnderWay(end: nil))
        #expect(reads.addAhead(key(0), blocksBehind: 0) == .isUnderWay(end: nil))
        #expect(reads.wasRead(key(0), to: 700) == 2)
        #expect(reads.addAhead(key(0), blocksBehind: 0) == .isUnderWay(end: 700))
        #expect(reads.end(key(0)).0.isEmpty)
        // It ended: it would be read again.
        #expect(reads.wasRead(key(0), to: 700) == 0)
        #expect(reads.addAhead(key(0), blocksBehind: 0) == .begins)
    }

    @Test("Who wants the same otherwise is known")
    func otherwise() throws {
        var reads = LogReads()
        let mine = try #require(key(5).writing)
        var other = mine
        other.filter = try Filter("type:a", now: Timestamp(milliseconds: 0))
        #expect(!reads.isWanted(at: 5, otherwiseThan: mine))
        #expect(reads.addAhead(key(5), blocksBehind: 0) == .begins)
        #expect(!reads.isWanted(at: 5, otherwiseThan: mine))
        #expect(reads.isWanted(at: 5, otherwiseThan: other) && !reads.isWanted(at: 6, otherwiseThan: other))
    }

    @Test("No more than a few reads are under way that nobody asked for")
    func limit() {
        var reads = LogReads()
        for number in 0..<Int64(LogReads.maximumUnderWay) {
            #expect(reads.addAhead(key(number), blocksBehind: 0) == .begins)
        }
        #expect(reads.addAhead(key(99), blocksBehind: 0) == .mustWait)
        #expect(reads.end(key(0)).1 == nil)
        #expect(reads.addAhead(key(99), blocksBehind: 0) == .begins)
    }
}
