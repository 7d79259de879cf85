import FluxTesting
import NIOCore
import Testing

@testable import FluxLive

@Suite("When readers are given what is new")
struct FlushRhythmTests {
    private static func at(_ milliseconds: Double) -> NIODeadline {
        .uptimeNanoseconds(UInt64(1_000_000_000 + milliseconds * 1_000_000))
    }

    /// What a flush of so many milliseconds, begun at 0, makes the next event do that comes at `arrival`.
    private static func after(cost: Double, arrival: Double) -> FlushRhythm.Action {
        var rhythm = FlushRhythm(interval: .milliseconds(25))
        rhythm.flushed(from: at(0), to: at(cost))
        return rhythm.arrived(at: at(arrival))
    }

    @Test func theFirstEventGoesOutAtOnce() {
        #expect(FlushRhythm(interval: .milliseconds(25)).arrived(at: .uptimeNanoseconds(0)) == .flush)
        #expect(FlushRhythm(interval: .milliseconds(25)).arrived(at: Self.at(0)) == .flush)
    }

    @Test func anEventAfterQuietGoesOutAtOnceHoweverDearTheLastFlushWas() {
        for cost in [0.01, 0.5, 10, 60, 500] {
            #expect(Self.after(cost: cost, arrival: 2 * cost + 25) == .flush)
        }
    }

    @Test func fewReadersAreHardlyKeptWaiting() {
        // Five readers: about 0.04 ms.
        #expect(Self.after(cost: 0.04, arrival: 0.1) == .flushLater(Self.at(2)))
        #expect(Self.after(cost: 0.04, arrival: 2) == .flush)
    }

    @Test func aLightFlushIsFollowedByNoLongerPauseThanConfigured() {
        #expect(Self.after(cost: 0.5, arrival: 1) == .flushLater(Self.at(25)))
        #expect(Self.after(cost: 12, arrival: 12) == .flushLater(Self.at(25)))
    }

    @Test func anExpensiveFlushIsFollowedByAPauseAsLongAsItself() {
        #expect(Self.after(cost: 13, arrival: 14) == .flushLater(Self.at(26)))
        #expect(Self.after(cost: 60, arrival: 61) == .flushLater(Self.at(120)))
    }

    @Test func noPauseIsLongerThanTheLongest() {
        #expect(Self.after(cost: 100, arrival: 101) == .flushLater(Self.at(200)))
        #expect(Self.after(cost: 400, arrival: 401) == .flushLater(Self.at(500)))
    }

    @Test func withoutAnIntervalOnlyExpensiveFlushesPause() {
        var rhythm = FlushRhythm(interval: .zero)
        rhythm.flushed(from: Self.at(0), to: Self.at(0.5))
        #expect(rhythm.arrived(at: Self.at(0.6)) == .flushLater(Self.at(1)))
        #expect(rhythm.arrived(at: Self.at(1)) == .flush)
    }

    /// Events at random times, flushes of random cost: none overlap, nobody waits for longer than what the flush before
    /// allows, and at most half of the time goes into flushing while there is always something new.
    @Test func anyTrafficIsFlushedInTime() {
        var random = SeededRandom()
        for _ in 0..<200 {
            var rhythm = FlushRhythm(interval: .milliseconds(25))
            let dearest = random.pick([0.05, 1, 20, 80])
            var now = 0.0
            var busyUntil = 0.0
            var allowed = 0.0
            var flushing = 0.0
            for _ in 0..<200 {
                now += Double(random.below(1_000)) / 50
                let arrived = max(now, busyUntil)
                let begin: Double
                switch rhythm.arrived(at: Self.at(arrived)) {
                case .flush: begin = arrived
                case .flushLater(let time):
                    begin = Double((time - Self.at(0)).nanoseconds) / 1_000_000
                    #expect(begin > arrived, "seed \(random.seed)")
                }
                #expect(begin - arrived <= allowed + 0.001, "seed \(random.seed)")
                let cost = dearest * Double(1 + random.below(100)) / 100
                rhythm.flushed(from: Self.at(begin), to: Self.at(begin + cost))
                busyUntil = begin + cost
                allowed = max(25 - cost, min(cost, 100))
                flushing += cost
                now = max(now, begin)
            }
            #expect(flushing <= busyUntil / 2 + dearest, "seed \(random.seed)")
        }
    }
}
