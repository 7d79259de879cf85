import FluxEvents
import FluxTesting
import NIOCore
import Testing

@testable import FluxLive

@Suite("What a client says")
struct ClientMessageTests {
    private func read(_ text: String) throws(ClientMessageRefusal) -> ClientMessage {
        try ClientMessage(ByteBuffer(string: text))
    }

    private func refusal(_ text: String) -> ClientMessageRefusal? {
        do throws(ClientMessageRefusal) {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (#"{"action":"ping"}"#, nil, ClientMessage.Action.ping),
        (#"{"id":7,"action":"pause"}"#, "7", .pause),
        (#"{ "action" : "resume", "id" : "a\n" }"#, #""a\n""#, .resume),
        (#"{"id":null,"action":"stats"}"#, nil, .stats),
        (#"{"id":true,"action":"subscribe"}"#, "true", .subscribe(filter: nil, from: nil)),
        (#"{"id":[1, {"a":null}],"action":"ping"}"#, #"[1, {"a":null}]"#, .ping),
        (#"{"action":"subscribe","filter":"a","from":"-3"}"#, nil, .subscribe(filter: "a", from: "-3")),
    ])
    func everyActionIsUnderstoodAndItsMarkKept(text: String, id: String?, action: ClientMessage.Action) throws {
        let message = try read(text)
        #expect(message.action == action)
        #expect(message.id.map(String.init(buffer:)) == id)
    }

    @Test(arguments: [
        ("", StreamRequestError.Code.badJSON), ("{", .badJSON), ("{}x", .badJSON),
        (#"{"action":"ping","action":"ping"}"#, .badJSON),
        ("[]", .badMessage), ("3", .badMessage), ("{}", .badMessage), (#"{"action":3}"#, .badMessage),
        (#"{"action":null}"#, .badMessage), (#"{"action":"ping","x":1}"#, .badMessage),
        (#"{"action":"ping","filter":"a"}"#, .badMessage), (#"{"action":"subscribe","filter":1}"#, .badMessage),
        (#"{"action":"pong"}"#, .unknownAction),
    ])
    func everythingElseIsRefusedByName(text: String, code: StreamRequestError.Code) {
        #expect(refusal(text)?.error.code == code)
    }

    @Test func aRefusalKeepsTheMark() {
        #expect(refusal(#"{"id":"q1","action":"fly"}"#)?.id.map(String.init(buffer:)) == #""q1""#)
        #expect(refusal(#"{"action":"fly","id":9}"#)?.id.map(String.init(buffer:)) == "9")
    }

    @Test func aLongMarkIsEchoedToo() throws {
        let mark = "\"" + String(repeating: "x", count: 60_000) + "\""
        #expect(try read("{\"id\":\(mark),\"action\":\"ping\"}").id.map(String.init(buffer:)) == mark)
    }

    @Test func anUnknownActionSuggestsTheNearest() {
        #expect(refusal(#"{"action":"subscibe"}"#)?.error.suggestion == "subscribe")
    }

    @Test func randomMessagesNeverCrash() {
        var random = SeededRandom()
        let good = Array(#"{"id":"a1","action":"subscribe","filter":"type:cloud.*","from":"earliest"}"#.utf8)
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0x20...0x7F, using: &random), at: place)
                }
            }
            do throws(ClientMessageRefusal) {
                _ = try ClientMessage(ByteBuffer(bytes: bytes))
            } catch {
                #expect(!error.error.message.isEmpty, "seed \(random.seed)")
            }
        }
    }
}
