public import NIOCore

/// Takes a stream of bytes apart into server-sent events (WHATWG HTML, "Interpreting an event stream"). Pure.
public struct ServerSentEventParser: Sendable {
    public struct Message: Sendable, Hashable {
        /// The `event:` field; `message` where there was none.
        public var name: String
        public var data: ByteBuffer
        /// The last `id:` seen so far.
        public var lastID: String?
    }

    /// The longest message that is kept; a longer one is an error, since no server of ours sends it.
    public static let maximumMessageBytes = 16 * 1024 * 1024

    private var line = ByteBuffer()
    private var name = ""
    private var data = ByteBuffer()
    private var hasData = false
    private var lastID: String?
    private var skipNewline = false

    public init() {}

    /// Feeds a piece and returns the messages that it completes.
    ///
    /// - Throws: `ToolError` with code `server` where a message is larger than `maximumMessageBytes`.
    public mutating func feed(_ piece: ByteBuffer) throws(ToolError) -> [Message] {
        var messages: [Message] = []
        var rest = piece.readableBytesView
        while let first = rest.first {
            if skipNewline {
                skipNewline = false
                if first == 0x0A {
                    rest = rest.dropFirst()
                    continue
                }
            }
            guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else {
                line.writeBytes(rest)
                break
            }
            line.writeBytes(rest[..<end])
            skipNewline = rest[end] == 0x0D
            rest = rest[rest.index(after: end)...]
            if let message = takeLine() { messages.append(message) }
        }
        guard line.readableBytes + data.readableBytes <= Self.maximumMessageBytes else {
            throw ToolError(.server, "the server sent a message of more than \(Self.maximumMessageBytes) bytes")
        }
        return messages
    }

    private mutating func takeLine() -> Message? {
        defer { line.clear() }
        let view = line.readableBytesView
        guard !view.isEmpty else {
            defer {
                name = ""
                data = ByteBuffer()
                hasData = false
            }
            return hasData ? Message(name: name.isEmpty ? "message" : name, data: data, lastID: lastID) : nil
        }
        let colon = view.firstIndex(of: 0x3A) ?? view.endIndex
        var value = colon < view.endIndex ? view[view.index(after: colon)...] : view[view.endIndex...]
        if value.first == 0x20 { value = value.dropFirst() }
        switch String(decoding: view[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): lastID = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { data.writeInteger(UInt8(0x0A)) }
            data.writeBytes(value)
            hasData = true
        default: break
        }
        return nil
    }
}
