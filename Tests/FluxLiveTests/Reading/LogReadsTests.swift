import FluxEvents
import FluxLog
import Testing

@testable import FluxLive

@Suite("Reads of the log before they are asked for")
struct LogReadsTests {
    private func key(_ offset: Int64) -> LogReads.Key {
        LogReads.Key(events: offset, form: FormKey(framing: "lines", content: .single, simulated: false))
    }

    @Test("While a block is written, the one behind it is read; how many are wanted is kept until its end is known")
    func chain() {
        var reads = LogReads()
        guard case .begins = reads.addAhead(key(0), blocksBehind: 1) else { return Issue.record("begins") }
        // A reader that has come further wants one more.
        guard case .isUnderWay(nil) = reads.addAhead(key(0), blocksBehind: 2) else {
            return Issue.record("its end is not known yet")
        }
        guard case .isUnderWay(nil) = reads.addAhead(key(0), blocksBehind: 0) else {
            return Issue.record("its end is not known yet")
        }
        #expect(reads.wasRead(key(0), to: 700) == 2)
        guard case .isUnderWay(700) = reads.addAhead(key(0), blocksBehind: 0) else {
            return Issue.record("it ends at 700")
        }
        #expect(reads.end(key(0)).0.isEmpty)
        // It ended: it would be read again.
        #expect(reads.wasRead(key(0), to: 700) == 0)
        guard case .begins = reads.addAhead(key(0), blocksBehind: 0) else { return Issue.record("begins") }
    }

    @Test("No more than a few reads are under way that nobody asked for")
    func limit() {
        var reads = LogReads()
        for number in 0..<Int64(LogReads.maximumUnderWay) {
            guard case .begins = reads.addAhead(key(number), blocksBehind: 0) else {
                return Issue.record("\(number) begins")
            }
        }
        guard case .mustWait = reads.addAhead(key(99), blocksBehind: 0) else {
            return Issue.record("no more")
        }
        #expect(reads.end(key(0)).1 == nil)
        guard case .begins = reads.addAhead(key(99), blocksBehind: 0) else {
            return Issue.record("there is room again")
        }
    }
}
