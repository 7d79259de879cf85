import Testing

@testable import FluxLive

@Suite("Heartbeats, pings and stalls")
struct KeepAliveTests {
    private let idle = SinkProgress(pending: 0, taken: 0)

    private func keepAlive(supportsPing: Bool = true) -> KeepAlive {
        KeepAlive(
            limits: limits {
                $0.heartbeat = .seconds(5)
                $0.pingInterval = .seconds(20)
                $0.stallTimeout = .seconds(60)
            }, supportsPing: supportsPing, now: 0)
    }

    @Test func aHeartbeatComesOnlyAfterSilence() {
        var alive = keepAlive()
        #expect(alive.tick(now: 4_999, progress: idle, mayBeat: true) == .nothing)
        alive.sent(now: 4_999)
        #expect(alive.tick(now: 5_000, progress: idle, mayBeat: true) == .nothing)
        #expect(alive.tick(now: 9_999, progress: idle, mayBeat: true) == .heartbeat)
        #expect(alive.tick(now: 10_001, progress: idle, mayBeat: true) == .nothing)
    }

    @Test func noHeartbeatBeforeConnection() {
        var alive = keepAlive()
        #expect(alive.tick(now: 9_000, progress: idle, mayBeat: false) == .nothing)
    }

    @Test func twoUnansweredPingsEndIt() {
        var alive = keepAlive()
        #expect(alive.tick(now: 20_000, progress: idle, mayBeat: false) == .ping)
        #expect(alive.tick(now: 39_000, progress: idle, mayBeat: false) == .nothing)
        #expect(alive.tick(now: 40_000, progress: idle, mayBeat: false) == .ping)
        #expect(alive.tick(now: 60_000, progress: idle, mayBeat: false) == .close(.silent))
    }

    @Test func anAnswerBeginsAnew() {
        var alive = keepAlive()
        #expect(alive.tick(now: 20_000, progress: idle, mayBeat: false) == .ping)
        #expect(alive.tick(now: 40_000, progress: idle, mayBeat: false) == .ping)
        alive.heard(now: 41_000)
        #expect(alive.tick(now: 60_000, progress: idle, mayBeat: false) == .nothing)
        #expect(alive.tick(now: 61_000, progress: idle, mayBeat: false) == .ping)
        #expect(alive.tick(now: 81_000, progress: idle, mayBeat: false) == .ping)
        #expect(alive.tick(now: 101_000, progress: idle, mayBeat: false) == .close(.silent))
    }

    @Test func aStreamThatCannotBePingedIsNotPinged() {
        var alive = keepAlive(supportsPing: false)
        for now in stride(from: 1_000, to: 300_000, by: 1_000) {
            #expect(alive.tick(now: Int64(now), progress: idle, mayBeat: false) == .nothing)
        }
    }

    @Test func aReaderThatTakesNothingIsEnded() {
        var alive = keepAlive()
        #expect(alive.tick(now: 1_000, progress: SinkProgress(pending: 9, taken: 100), mayBeat: false) == .nothing)
        #expect(alive.tick(now: 60_999, progress: SinkProgress(pending: 9, taken: 100), mayBeat: false) == .nothing)
        #expect(
            alive.tick(now: 61_000, progress: SinkProgress(pending: 9, taken: 100), mayBeat: false) == .close(.stalled))
    }

    @Test func aReaderMayBeAsSlowAsItLikes() {
        var alive = keepAlive()
        for minute in 1...200 {
            let progress = SinkProgress(pending: 1 << 20, taken: UInt64(minute))
            #expect(alive.tick(now: Int64(minute) * 59_000, progress: progress, mayBeat: false) == .nothing)
        }
    }
}
