import FluxEvents
import FluxLive
import NIOCore

/// `/ws/stream`: a WebSocket as the live hub's sink.
final class StreamApplication: WebSocketApplication, LiveSink {
    private let hub: LoopHub
    private let request: Result<StreamRequest, StreamRequestError>
    private let content: LiveContent?
    private let framing: WebSocketFraming
    private let principal: StreamPrincipal
    /// Until `closed`.
    private var socket: WebSocketHandler?
    private var connection: LiveConnection?

    /// What the kernel may hold for one slow reader, in bytes (Linux doubles it). Left to itself it grows to megabytes.
    static let sendBufferBytes = 96 << 10

    init(
        hub: LoopHub, request: Result<StreamRequest, StreamRequestError>, isCloudEvents: Bool,
        framing: WebSocketFraming, principal: StreamPrincipal
    ) {
        self.hub = hub
        self.request = request
        content = isCloudEvents ? .cloudEvents : nil
        self.framing = framing
        self.principal = principal
    }

    // MARK: WebSocketApplication

    func opened(_ socket: WebSocketHandler) {
        self.socket = socket
        try? socket.channel?.syncOptions?.setOption(
            .socketOption(.so_sndbuf), value: SocketOptionValue(Self.sendBufferBytes))
        connection = hub.connect(
            request, content: content, framing: framing, principal: principal, isWebSocket: true, sink: self)
    }

    func received(text: ByteBuffer) { connection?.received(text: text) }
    func received(binary: ByteBuffer) { connection?.receivedBinary() }
    func heard() { connection?.heard() }
    func writabilityChanged() { connection?.writabilityChanged() }

    func closed() {
        connection?.closed()
        connection = nil
        socket = nil
    }

    /// The server's listener may hear of a stop before the hub does: the reader is told the same either way.
    func quiescing() { connection?.goAway() }

    // MARK: LiveSink

    var isWritable: Bool { socket?.isWritable ?? false }
    var supportsPing: Bool { true }
    func write(_ bytes: ByteBuffer) { socket?.write(bytes) }
    func ping() { socket?.ping() }
    func close(_ why: LiveClose) { socket?.close(why.code, why.reason) }
    func abort() { socket?.abort() }

    var progress: SinkProgress {
        guard let channel = socket?.channel else { return SinkProgress(pending: 0, taken: 0) }
        let now = SocketProgress(of: channel)
        return SinkProgress(pending: now.buffered + now.pending, taken: now.acknowledged)
    }
}
