/// Why the server ends a stream: a WebSocket close code, the verdict it carries, and words for people.
///
/// 4000–4499 say "come back, with your cursor", 4500–4999 "do not come back without a change".
public struct LiveClose: Sendable, Hashable {
    /// The WebSocket close code.
    public var code: UInt16
    /// At most 123 bytes of UTF-8, as a close frame has no room for more.
    public var reason: String

    public init(code: UInt16, reason: String) {
        self.code = code
        self.reason = reason.utf8.count <= 123 ? reason : Self.cut(reason)
    }

    /// Whether a client should come back by itself.
    public var mayComeBack: Bool {
        switch code {
        case 1000, 1008, 1009, 1002, 1003, 1007, 1010: false
        case 4500...4999: false
        default: true
        }
    }

    /// The client asked for it.
    public static let normal = LiveClose(code: 1000, reason: "closed as you asked")
    /// The server stops or restarts.
    public static let goingAway = LiveClose(code: 1001, reason: "the server is going away; come back with your cursor")
    /// A frame that RFC 6455 does not allow; the reason that is sent says which.
    public static let brokenFrame = LiveClose(
        code: 1002, reason: "you sent a frame that RFC 6455 does not allow")
    /// Text that is not UTF-8, or damaged compression; the reason that is sent says which.
    public static let brokenText = LiveClose(code: 1007, reason: "the text is not UTF-8, or its compression is damaged")
    /// The client broke a rule of this protocol that a retry does not mend.
    public static let tooManyMessages = LiveClose(
        code: 1008, reason: "more messages than answers were read; read the answers before sending more")
    /// A message was larger than `--max-message-bytes`.
    public static let tooBig = LiveClose(code: 1009, reason: "the message is larger than this server accepts")
    /// The server met an error of its own.
    public static let unreadable = LiveClose(
        code: 4400, reason: "the log could not be read just now; come back with your cursor")
    /// Not a byte was taken for `--stall-timeout`.
    public static let stalled = LiveClose(
        code: 4408, reason: "nothing was read for too long; come back with your cursor")
    /// No ping was answered.
    public static let silent = LiveClose(
        code: 4408, reason: "no ping was answered for too long; come back with your cursor")
    /// A parameter of the request is bad; the `error` message before says which.
    public static let badRequest = LiveClose(
        code: 4500, reason: "a parameter is not valid; the error message before this says which")
    /// The session or token that opened the stream is no longer good.
    public static let revoked = LiveClose(
        code: 4501, reason: "your session or token has ended; sign in again")

    /// Every code that this server sends on a stream, with what it means, for documentation and tests.
    public static let catalogue: [LiveClose] = [
        .normal, .goingAway, .brokenFrame, .brokenText, .tooManyMessages, .tooBig, .unreadable, .stalled, .silent,
        .badRequest, .revoked,
    ]

    private static func cut(_ text: String) -> String {
        var kept = ""
        for character in text {
            guard kept.utf8.count + character.utf8.count <= 120 else { break }
            kept.append(character)
        }
        return kept + "…"
    }
}
