import FluxLive
import NIOCore
import NIOHTTP1
import Testing

@testable import FluxServer

@Suite("Who is let onto the WebSocket")
struct UpgradeDecisionTests {
    private func head(
        _ target: String = "/ws/stream", method: HTTPMethod = .GET, _ change: (inout HTTPHeaders) -> Void = { _ in }
    ) -> HTTPRequestHead {
        var headers: HTTPHeaders = [
            "host": "x", "upgrade": "websocket", "connection": "keep-alive, Upgrade", "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        change(&headers)
        return HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
    }

    private func decide(
        _ head: HTTPRequestHead, echo: Bool = false, full: LiveHub.Refusal? = nil, allows: Bool = true
    ) -> UpgradeDecision {
        let first = UpgradeDecision.examine(head, echo: echo)
        guard case .ask = first else { return first }
        let who: Authorisation =
            allows
            ? .principal(StreamPrincipal(name: "t", grant: "g")) : .refuse(Problem(401, "not_signed_in", "Sign in."))
        return UpgradeDecision.settle(head, who, hubRefusal: full)
    }

    private func isHTTP(_ decision: UpgradeDecision) -> Bool {
        if case .http = decision { return true }
        return false
    }

    private func status(_ decision: UpgradeDecision) -> Int? {
        guard case .refuse(let problem) = decision else { return nil }
        return problem.status
    }

    @Test func aGoodHandshakeIsAnsweredAsTheStandardSays() {
        guard case .upgrade(let handshake) = decide(head()) else {
            Issue.record("refused")
            return
        }
        // The example of RFC 6455, section 1.3.
        #expect(handshake.headers.first(name: "sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.deflate == nil && !handshake.isCloudEvents)
    }

    @Test func everythingElseStaysAnOrdinaryRequest() {
        #expect(isHTTP(decide(head("/ws/stream", method: .POST))))
        #expect(isHTTP(decide(head("/api/x"))))
        #expect(isHTTP(decide(head("/ws/streams"))))
        #expect(isHTTP(decide(head("/ws/echo"))))
        #expect(isHTTP(decide(head { $0.replaceOrAdd(name: "upgrade", value: "h2c") })))
        #expect(isHTTP(decide(head { $0.remove(name: "upgrade") })))
    }

    @Test func badHandshakesAreRefusedWithTheReason() {
        #expect(status(decide(head { $0.replaceOrAdd(name: "sec-websocket-version", value: "8") })) == 426)
        #expect(status(decide(head { $0.remove(name: "sec-websocket-key") })) == 400)
        #expect(status(decide(head { $0.replaceOrAdd(name: "sec-websocket-key", value: "c2hvcnQ=") })) == 400)
        #expect(status(decide(head { $0.replaceOrAdd(name: "connection", value: "keep-alive") })) == 400)
    }

    @Test func aHandshakeHasNoBody() {
        #expect(status(decide(head { $0.add(name: "content-length", value: "5") })) == 400)
        #expect(status(decide(head { $0.add(name: "transfer-encoding", value: "chunked") })) == 400)
        #expect(status(decide(head { $0.add(name: "content-length", value: "0") })) == nil)
    }

    @Test func strangersAndFullServersAreToldOverHTTP() {
        #expect(status(decide(head(), allows: false)) == 401)
        #expect(status(decide(head(), full: .draining)) == 503)
        #expect(status(decide(head(), full: .full(limit: 3))) == 503)
    }

    @Test func echoExistsOnlyWhenAskedFor() {
        guard case .upgrade(let handshake) = decide(head("/ws/echo"), echo: true, allows: false) else {
            Issue.record("refused")
            return
        }
        guard case .echo = handshake.endpoint else {
            Issue.record("not the echo")
            return
        }
    }

    @Test(arguments: [
        ("permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        (
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10"
        ),
        ("permessage-deflate; server_max_window_bits=8", nil), ("permessage-deflate; x=1", nil),
        ("permessage-deflate; server_max_window_bits=99", nil), ("x-webkit-deflate-frame", nil),
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", nil), ("", nil), (";;=", nil),
    ])
    func compressionIsAgreedWithoutContext(offer: String, answer: String?) {
        let offers = head { $0.add(name: "sec-websocket-extensions", value: offer) }
        guard case .upgrade(let handshake) = decide(offers) else {
            Issue.record("refused")
            return
        }
        #expect(handshake.headers.first(name: "sec-websocket-extensions") == answer)
    }

    @Test func theCloudEventsSubprotocolIsChosenWhereOffered() {
        let offered = head { $0.add(name: "sec-websocket-protocol", value: "other, cloudevents.json") }
        guard case .upgrade(let handshake) = decide(offered) else {
            Issue.record("refused")
            return
        }
        #expect(handshake.isCloudEvents)
        #expect(handshake.headers.first(name: "sec-websocket-protocol") == "cloudevents.json")
    }
}
