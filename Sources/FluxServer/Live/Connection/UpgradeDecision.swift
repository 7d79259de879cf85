import Crypto
import FluxLive
import Foundation
import NIOCore
import NIOHTTP1

/// What to do with the first request of a connection.
enum UpgradeDecision {
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

    struct Refusal: Sendable {
        var status: HTTPResponseStatus
        var headers: HTTPHeaders
        var problem: ByteBuffer
    }

    /// An ordinary request, which the routes answer.
    case http
    case refuse(Refusal)
    case upgrade(Handshake)

    static let streamPath = "/ws/stream"
    static let echoPath = "/ws/echo"
    static let cloudEventsProtocol = "cloudevents.json"

    /// Decides. Only a well-formed GET for one of our endpoints is taken; anything else that carries `Upgrade`
    /// (`curl --http2`, a POST, another path) stays an ordinary request.
    static func decide(
        _ head: HTTPRequestHead, echo: Bool, hubRefusal: LiveHub.Refusal?,
        authorise: (HTTPRequestHead) -> Authorisation
    ) -> UpgradeDecision {
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }
        let isEcho = echo && path == echoPath
        guard isEcho || path == streamPath, head.method == .GET,
            head.headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" })
        else { return .http }
        if let refusal = malformed(head) { return .refuse(refusal) }
        if isEcho { return .upgrade(handshake(head, .echo, sharesFrames: false)) }
        switch authorise(head) {
        case .refuse(let status, let problem):
            return .refuse(Refusal(status: status, headers: [:], problem: problem))
        case .principal(let principal):
            if let hubRefusal { return .refuse(Refusal(hubRefusal)) }
            return .upgrade(handshake(head, .stream(principal), sharesFrames: true))
        }
    }

    private static func malformed(_ head: HTTPRequestHead) -> Refusal? {
        guard head.version == .http1_1,
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else {
            return Refusal(.badRequest, "A WebSocket is opened with HTTP/1.1 and “Connection: Upgrade”.")
        }
        guard head.headers["sec-websocket-version"] == ["13"] else {
            var refusal = Refusal(.upgradeRequired, "This server speaks version 13 of WebSocket (RFC 6455).")
            refusal.headers.add(name: "sec-websocket-version", value: "13")
            return refusal
        }
        // A body would let a client be authorised now and open its stream much later.
        guard head.headers["content-length"].allSatisfy({ $0 == "0" }),
            !head.headers.contains(name: "transfer-encoding")
        else {
            return Refusal(.badRequest, "A WebSocket handshake has no body.")
        }
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, keys[0].utf8.count == 24, Data(base64Encoded: keys[0])?.count == 16 else {
            return Refusal(.badRequest, "“Sec-WebSocket-Key” is not 16 bytes in base64.")
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

extension UpgradeDecision.Refusal {
    init(_ status: HTTPResponseStatus, _ detail: String) {
        self.init(
            status: status, headers: [:],
            problem: LiveProblem(status: Int(status.code), title: status.reasonPhrase, detail: detail).bytes)
    }

    init(_ refusal: LiveHub.Refusal) {
        switch refusal {
        case .draining:
            self.init(.serviceUnavailable, "The server is stopping; come back in a few seconds.")
            headers.add(name: "retry-after", value: "3")
        case .full(let limit):
            self.init(
                .serviceUnavailable,
                "\(limit) streams are open, which is the limit (--max-connections); close one or come back later.")
            headers.add(name: "retry-after", value: "30")
        }
    }
}
