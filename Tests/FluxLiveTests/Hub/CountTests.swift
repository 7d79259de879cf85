import FluxEvents
import NIOCore
import Testing

@testable import FluxLive

@Suite("What the streams count")
struct CountTests {
    @Test func subscriptionsAndRefusalsAndEndsAreCounted() async throws {
        let stage = try Stage()
        let reader = TestReader(stage.hub.nextLoopHub())
        reader.connect(StreamRequest())
        for text in [
            #"{"action":"subscribe","filter":"type:a"}"#, #"{"action":"subscribe","from":"earliest"}"#,
            #"{"action":"ping"}"#, #"{"action":"subscribe","filter":"typ:a"}"#,
            #"{"action":"subscribe","filter":"("}"#, #"{"action":"fly"}"#,
        ] {
            reader.say(text)
        }
        try await eventually("all is answered") { reader.lines.count >= 7 }
        let counted = stage.hub.statistics
        #expect(counted.subscriptions == 3)
        #expect(counted.refused == ["bad_filter": 2, "unknown_action": 1])
        #expect(counted.ended.isEmpty)
        await stage.hub.drain(within: .seconds(5))
        try await eventually("it is told to go") { reader.closed == .goingAway }
        #expect(stage.hub.statistics.ended == [1001: 1])
        try await stage.close()
    }
}
