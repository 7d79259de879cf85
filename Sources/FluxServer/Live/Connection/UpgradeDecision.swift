import Crypto
import FluxLive
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1

/// What to do with the first request of a connection.
enum UpgradeDecision: Sendable {
    enum Endpoint: Sendable {
        case stream(StreamPrincipal)
        case echo
    }

    /// An accepted handshake.
    struct Handshake: Sendable {
        var endpoint: Endpoint
        var headers: HTTPHeaders
        var deflate: DeflateAgreement?
        /// The subprotocol `cloudevents.json`.
        var isCloudEvents: Bool
    }

    /// An ordinary request, which the routes answer.
    case http
    case refuse(Problem)
    case upgrade(Handshake)
    /// A well-formed handshake for the stream: `settle` says what becomes of it once it is known who asks.
    case ask

    static let streamPath = "/ws/stream"
    static let echoPath = "/ws/echo"
    static let cloudEventsProtocol = "cloudevents.json"
    private static let badHandshake = "bad_handshake"

    /// Decides. Only a well-formed GET for one of our endpoints is taken; anything else that carries `Upgrade`
    /// (`curl --http2`, a POST, another path) stays an ordinary request.
    static func examine(_ head: HTTPRequestHead, echo: Bool) -> UpgradeDecision {
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }
        let isEcho = echo && path == echoPath
        guard isEcho || path == streamPath, head.method == .GET,
            head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" })
        else { return .http }
        if let refusal = malformed(head) { return .refuse(refusal) }
        return isEcho ? .upgrade(handshake(head, .echo, sharesFrames: false)) : .ask
    }

    /// What becomes of a handshake that was to be asked about.
    static func settle(
        _ head: HTTPRequestHead, _ authorisation: Authorisation, hubRefusal: LiveHub.Refusal?
    ) -> UpgradeDecision {
        switch authorisation {
        case .refuse(let problem): return .refuse(problem)
        case .principal(let principal):
            if let hubRefusal { return .refuse(Problem(live: hubRefusal)) }
            return .upgrade(handshake(head, .stream(principal), sharesFrames: true))
        }
    }

    private static func malformed(_ head: HTTPRequestHead) -> Problem? {
        guard head.version == .http1_1,
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else {
            return Problem(400, badHandshake, "A WebSocket is opened with HTTP/1.1 and “Connection: Upgrade”.")
        }
        guard head.headers["sec-websocket-version"] == ["13"] else {
            return Problem(
                426, "upgrade_required", "This server speaks version 13 of WebSocket (RFC 6455).", members: [],
                fields: [SecurityHeaders.named("Sec-WebSocket-Version"): "13"])
        }
        // A body would let a client be authorised now and open its stream much later.
        guard head.headers["content-length"].allSatisfy({ $0 == "0" }),
            !head.headers.contains(name: "transfer-encoding")
        else {
            return Problem(400, badHandshake, "A WebSocket handshake has no body.")
        }
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, keys[0].utf8.count == 24, Data(base64Encoded: keys[0])?.count == 16 else {
            return Problem(400, badHandshake, "“Sec-WebSocket-Key” is not 16 bytes in base64.")
        }
        return nil
    }

    private static func handshake(
        _ head: HTTPRequestHead, _ endpoint: Endpoint, sharesFrames: Bool
    ) -> Handshake {
        var headers: HTTPHeaders = [
            "upgrade": "websocket", "connection": "Upgrade",
            "sec-websocket-accept": accept(head.headers.first(name: "sec-websocket-key") ?? ""),
        ]
        let deflate = DeflateAgreement(
            offers: head.headers[canonicalForm: "sec-websocket-extensions"], sharesFrames: sharesFrames)
        if let deflate { headers.add(name: "sec-websocket-extensions", value: deflate.header) }
        var isCloudEvents = false
        if case .stream = endpoint {
            isCloudEvents = head.headers[canonicalForm: "sec-websocket-protocol"].contains {
                $0 == cloudEventsProtocol
            }
        }
        if isCloudEvents { headers.add(name: "sec-websocket-protocol", value: cloudEventsProtocol) }
        return Handshake(endpoint: endpoint, headers: headers, deflate: deflate, isCloudEvents: isCloudEvents)
    }

    /// RFC 6455, section 4.2.2: proves that the handshake was understood. SHA-1 is no secret-keeper here.
    static func accept(_ key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }
}
