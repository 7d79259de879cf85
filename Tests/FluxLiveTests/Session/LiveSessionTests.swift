import FluxEvents
import NIOCore
import Testing

@testable import FluxLive

@Suite("A reader's session")
struct LiveSessionTests {
    private func session(_ request: StreamRequest = StreamRequest()) -> LiveSession {
        LiveSession(request: request, epoch: 7, limits: limits(), supportsPing: true, now: 0)
    }

    private func at(_ offset: Int64) -> Position { Position(events: offset, simulated: nil) }

    private func opened(at offset: Int64 = 5) -> LiveSession {
        var session = session()
        _ = session.open()
        _ = session.resolved(generation: 0, position: at(offset), gap: nil)
        return session
    }

    private func say(_ text: String, to session: inout LiveSession) -> [LiveSession.Action] {
        session.received(ByteBuffer(string: text), filterTime: Timestamp(milliseconds: 0))
    }

    @Test func theFirstWordIsConnectionWithTheStart() {
        var session = session()
        #expect(session.open() == [.resolve(.latest, generation: 0)])
        let actions = session.resolved(generation: 0, position: at(5), gap: nil)
        #expect(actions == [.send(.connection(cursor: "v1-7-e0-5")), .advance])
    }

    @Test func aGapAtTheStartComesRightAfterConnection() {
        var session = session()
        _ = session.open()
        let gap = GapNotice(from: "v1-1-e0-9", to: "v1-7-e0-0", count: nil, reason: GapNotice.reset)
        let actions = session.resolved(generation: 0, position: at(0), gap: gap)
        #expect(actions == [.send(.connection(cursor: "v1-7-e0-0")), .send(.gap(gap)), .advance])
    }

    @Test func heartbeatsGoOnWhileANewStartIsLookedForButComeNeverBeforeConnection() {
        let idle = SinkProgress(pending: 0, taken: 0)
        let later = limits().heartbeat.inMilliseconds + 1
        var new = session()
        _ = new.open()
        #expect(!new.tick(now: later, progress: idle).contains(.send(.heartbeat)))
        var session = opened(at: 5)
        #expect(
            say(#"{"id":1,"action":"subscribe","from":"-10"}"#, to: &session).contains {
                if case .resolve = $0 { true } else { false }
            })
        #expect(session.tick(now: later, progress: idle).contains(.send(.heartbeat)))
    }

    @Test func badParametersGetAnErrorAndNothingElse() {
        let error = StreamRequestError(code: .badFrom, message: "no")
        #expect(LiveSession.refusal(error) == [.send(.error(id: nil, error)), .close(.badRequest)])
    }

    @Test func whatTheClientSaysBeforeTheStartIsFoundWaits() {
        var session = session()
        _ = session.open()
        #expect(say(#"{"id":1,"action":"ping"}"#, to: &session) == [])
        let actions = session.resolved(generation: 0, position: at(5), gap: nil)
        #expect(
            actions == [
                .send(.connection(cursor: "v1-7-e0-5")),
                .send(.ack(id: ByteBuffer(string: "1"), action: "ping", cursor: "v1-7-e0-5")), .advance,
            ])
    }

    @Test func atTheEndItIsLiveBeforeTheEndItReadsPastTheEndItWaits() {
        var session = opened(at: 5)
        #expect(session.step(isWritable: false, end: at(5)) == .wait)
        #expect(session.step(isWritable: true, end: at(9)) == .fetch)
        session.readStarted()
        #expect(session.step(isWritable: true, end: at(9)) == .wait)
        session.readEnded()
        session.moved(to: at(9))
        #expect(session.step(isWritable: true, end: at(9)) == .join)
        #expect(session.isLive)
        #expect(session.step(isWritable: true, end: at(9)) == .wait)
        var ahead = opened(at: 12)
        #expect(ahead.step(isWritable: true, end: at(9)) == .holdBack)
        #expect(ahead.step(isWritable: true, end: at(12)) == .join)
    }

    @Test func aSlowSocketTakesItOutOfTheLiveSetAndBackInWhereItStood() {
        var session = opened(at: 5)
        _ = session.step(isWritable: true, end: at(5))
        #expect(session.writabilityChanged(false) == [.leave])
        #expect(!session.isLive)
        #expect(session.writabilityChanged(true) == [.advance])
        #expect(session.step(isWritable: true, end: at(8)) == .fetch)
        #expect(session.position == at(5))
    }

    @Test func pauseHoldsBackAndResumeReadsOn() {
        var session = opened(at: 5)
        _ = session.step(isWritable: true, end: at(5))
        #expect(
            say(#"{"action":"pause"}"#, to: &session)
                == [.leave, .send(.ack(id: nil, action: "pause", cursor: "v1-7-e0-5"))])
        #expect(session.step(isWritable: true, end: at(8)) == .wait)
        #expect(
            say(#"{"action":"resume"}"#, to: &session)
                == [.send(.ack(id: nil, action: "resume", cursor: "v1-7-e0-5")), .advance])
        #expect(session.step(isWritable: true, end: at(8)) == .fetch)
    }

    @Test func aNewFilterKeepsThePlaceAndIsAnsweredBeforeItsFirstEvent() throws {
        var session = opened(at: 5)
        _ = session.step(isWritable: true, end: at(5))
        let actions = say(#"{"id":2,"action":"subscribe","filter":"type:cloud.upload"}"#, to: &session)
        #expect(
            actions == [
                .leave, .send(.ack(id: ByteBuffer(string: "2"), action: "subscribe", cursor: "v1-7-e0-5")), .advance,
            ])
        #expect(session.request.filter.text == "type:cloud.upload")
    }

    @Test func aNewStartIsLookedForAndAnsweredWhenFound() {
        var session = opened(at: 5)
        _ = session.step(isWritable: true, end: at(5))
        #expect(
            say(#"{"id":3,"action":"subscribe","from":"-10"}"#, to: &session)
                == [.leave, .resolve(.back(10), generation: 1)])
        #expect(session.step(isWritable: true, end: at(9)) == .wait, "nothing of the old subscription any more")
        #expect(session.resolved(generation: 0, position: at(0), gap: nil) == [], "an old answer")
        #expect(
            session.resolved(generation: 1, position: at(1), gap: nil)
                == [.send(.ack(id: ByteBuffer(string: "3"), action: "subscribe", cursor: "v1-7-e0-1")), .advance])
        #expect(session.step(isWritable: true, end: at(9)) == .fetch)
    }

    @Test func aBadNewFilterLeavesTheOldSubscription() {
        var session = opened(at: 5)
        _ = session.step(isWritable: true, end: at(5))
        let actions = say(#"{"id":4,"action":"subscribe","filter":"typ:x"}"#, to: &session)
        guard case .send(.error(let id, let error))? = actions.first else {
            Issue.record("no error: \(actions)")
            return
        }
        #expect(actions.count == 1)
        #expect(id == ByteBuffer(string: "4"))
        #expect(error.code == .badFilter)
        #expect(session.isLive)
    }

    @Test func aStartThatCannotBeFoundIsToldAndTheOldSubscriptionGoesOn() {
        var session = opened(at: 5)
        _ = say(#"{"action":"subscribe","from":"-10"}"#, to: &session)
        let error = StreamRequestError(code: .unavailable, message: "no")
        #expect(session.resolutionFailed(generation: 1, error: error) == [.send(.error(id: nil, error)), .advance])
        #expect(session.step(isWritable: true, end: at(9)) == .fetch)
        #expect(session.position == at(5))
    }

    @Test func aClientThatOnlySendsIsEnded() {
        var session = opened()
        var last: [LiveSession.Action] = []
        for _ in 0...LiveSession.maximumAnswersOwed { last = say(#"{"action":"ping"}"#, to: &session) }
        #expect(last == [.close(.tooManyMessages)])
        var patient = opened()
        for _ in 0..<1_000 {
            last = say(#"{"action":"ping"}"#, to: &patient)
            patient.drained()
        }
        #expect(last != [.close(.tooManyMessages)])
    }

    @Test func longMarksThatNobodyReadsAreOwedByTheirBytes() {
        var session = opened()
        let message = "{\"id\":\"" + String(repeating: "x", count: 60_000) + "\",\"action\":\"ping\"}"
        var sent = 0
        while say(message, to: &session) != [.close(.tooManyMessages)], sent < 100 { sent += 1 }
        #expect(sent == LiveSession.maximumBytesOwed / 60_002)
    }

    @Test func goawayIsTheLastWordBefore1001() {
        var session = opened(at: 5)
        _ = session.step(isWritable: true, end: at(5))
        #expect(
            session.goAway(retryAfter: 900, reason: "r")
                == [.leave, .send(.goaway(retryAfter: 900, reason: "r")), .close(.goingAway)])
        #expect(session.goAway(retryAfter: 900, reason: "r") == [])
        #expect(say(#"{"action":"ping"}"#, to: &session) == [])
        #expect(session.step(isWritable: true, end: at(9)) == .wait)
    }

    @Test func everyCloseCodeSaysWhetherToComeBack() {
        for close in LiveClose.catalogue {
            #expect(!close.reason.isEmpty && close.reason.utf8.count <= 123)
            switch close.code {
            case 4000...4499, 1001: #expect(close.mayComeBack)
            default: #expect(!close.mayComeBack)
            }
        }
    }
}
