import FluxEvents
import FluxTesting
import Testing

@testable import FluxLive

@Suite("A stream's parameters")
struct StreamRequestTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func error(_ target: String) -> StreamRequestError? {
        do throws(StreamRequestError) {
            _ = try StreamRequest(target: target, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func withoutAnyTheStreamStartsNowWithEverything() throws {
        let request = try StreamRequest(target: "/ws/stream", now: now)
        #expect(request == StreamRequest())
    }

    @Test func allOfThemAreRead() throws {
        let request = try StreamRequest(
            target: "/ws/stream?filter=type%3Acloud.%2A+provider:aws&from=-25&batch=1&simulated=true&token=abc",
            now: now)
        #expect(request.filter.text == "type:cloud.* provider:aws")
        #expect(request.from == .back(25))
        #expect(request.batch && request.simulated)
    }

    @Test(arguments: [
        ("latest", StartPoint.latest), ("earliest", .earliest), ("-1", .back(1)), ("-10000", .back(10_000)),
        ("2026-11-23T05:11:20.123Z", .time(Timestamp(milliseconds: 1_795_410_680_123))),
        ("2026-11-23T06:11:20.123 01:00", .time(Timestamp(milliseconds: 1_795_410_680_123))),
        ("v1-a-e0-7", .cursor(Cursor(epoch: 10, positions: [.init(topic: .events, partition: 0, offset: 7)]))),
    ])
    func everyFormOfFromIsUnderstood(text: String, start: StartPoint) throws {
        #expect(try StartPoint(text) == start)
    }

    @Test(arguments: [
        "", "-", "-0", "-10001", "-x", "--5", "5", "yesterday", "v1-", "v1-a-s0-7", "v1-A-e0-7", "LATEST",
    ])
    func anythingElseIsNoPlaceToStart(text: String) {
        #expect(throws: StreamRequestError.self) { try StartPoint(text) }
    }

    @Test func anUnknownParameterIsNamedWithTheNearestKnownOne() {
        let error = error("/x?fitler=a")
        #expect(error?.code == .unknownParameter)
        #expect(error?.suggestion == "filter")
    }

    @Test func aParameterTwiceIsRefused() {
        #expect(error("/x?batch=1&batch=1")?.code == .repeatedParameter)
    }

    @Test(arguments: ["/x?batch=2", "/x?simulated=", "/x?filter=%zz", "/x?filter=%ff", "/x?%=1"])
    func badValuesAreRefused(target: String) {
        #expect(error(target)?.code == .badParameter)
    }

    @Test func aBadFilterTellsWhere() {
        let error = error("/x?filter=typ:a")
        #expect(error?.code == .badFilter)
        #expect(error?.position != nil)
    }

    @Test func randomQueriesNeverCrash() {
        var random = SeededRandom()
        let alphabet = Array("filterombsuld=&%+-?#:*\"()0123456789\u{0}é \u{1F600}")
        for _ in 0..<3_000 {
            let text = String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            do throws(StreamRequestError) {
                _ = try StreamRequest(target: "/x?" + text, now: now)
            } catch {
                #expect(!error.message.isEmpty, "seed \(random.seed)")
            }
        }
    }
}
