import NIOCore

/// What happens on a WebSocket is told to one of these, on the event loop.
protocol WebSocketApplication: AnyObject {
    func opened(_ socket: WebSocketHandler)
    func received(text: ByteBuffer)
    func received(binary: ByteBuffer)
    /// A pong, or a ping that was answered.
    func heard()
    func writabilityChanged()
    /// The connection is gone. Nothing follows.
    func closed()
    /// The server is shutting its listener down.
    func quiescing()
}

/// A server's end of a WebSocket on raw bytes: RFC 6455 strictly, permessage-deflate, an orderly end. No other frame
/// codec is in the pipeline. Confined to its channel's event loop.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case open
        /// A close frame is out; the peer's is awaited.
        case closing
        case closed
    }

    private let application: any WebSocketApplication
    private var parser: FrameParser
    private var context: ChannelHandlerContext?
    private var unread: ByteBuffer?
    private var state = State.open
    private var pongsOwed = 0

    /// How long the peer may take to answer a close frame.
    static let closeTimeout = TimeAmount.seconds(5)
    /// Pongs that may be written to a peer that reads none of them.
    static let maximumPongsOwed = 256

    init(application: any WebSocketApplication, maxMessageBytes: Int, inflater: (any MessageInflater)?) {
        self.application = application
        parser = FrameParser(maxMessageBytes: maxMessageBytes, inflater: inflater)
    }

    var channel: (any Channel)? { context?.channel }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        application.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        guard context != nil else { return }
        context = nil
        state = .closed
        unread = nil
        application.closed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var old = unread.take() {
            old.writeBuffer(&bytes)
            bytes = old
        }
        while state != .closed, let event = parser.next(&bytes) { handle(event) }
        guard state != .closed, bytes.readableBytes > 0 else { return }
        unread = bytes
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pongsOwed = 0 }
        if state == .open { application.writabilityChanged() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // The server as a whole allows half-closed connections; a WebSocket that says no more is gone.
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent: application.quiescing()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Frames

    private func handle(_ event: FrameParser.Event) {
        switch event {
        case .close(let code): peerClosed(code)
        case .failure(let code, let words): fail(code, words)
        case .pong: application.heard()
        case .ping(let payload):
            guard state == .open else { return }
            application.heard()
            pongsOwed = isWritable ? 0 : pongsOwed + 1
            guard pongsOwed <= Self.maximumPongsOwed else {
                return close(1008, "more pings than pongs were read")
            }
            write(Frame.bytes(.pong, payload))
        case .text(let text): if state == .open { application.received(text: text) }
        case .binary(let bytes): if state == .open { application.received(binary: bytes) }
        }
    }

    /// The peer closes, or answers our close: the server ends the TCP connection when its own frame is out.
    private func peerClosed(_ code: UInt16?) {
        guard let context else { return }
        guard state == .open else {
            state = .closed
            return context.close(promise: nil)
        }
        state = .closed
        writeLast(Frame.close(code ?? 1000), then: .all)
    }

    /// What the peer sends cannot be understood any more: say so, end our side, and wait a little for its end, so that
    /// unread input does not destroy the frame on its way.
    private func fail(_ code: UInt16, _ words: String) {
        guard state == .open else {
            context?.close(promise: nil)
            return
        }
        state = .closed
        writeLast(Frame.close(code, String(decoding: words.utf8.prefix(120), as: UTF8.self)), then: .output)
        abortLater()
    }

    /// Says why, and ends when the peer has answered or `closeTimeout` has passed.
    func close(_ code: UInt16, _ reason: String) {
        guard state == .open, let context else { return }
        state = .closing
        context.writeAndFlush(wrapOutboundOut(Frame.close(code, reason)), promise: nil)
        abortLater()
    }

    func abort() {
        context?.close(promise: nil)
    }

    private func writeLast(_ frame: ByteBuffer, then mode: CloseMode) {
        guard let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in self.context?.close(mode: mode, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(frame), promise: written)
    }

    private func abortLater() {
        guard let context else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.closeTimeout) { [weak self] in self?.abort() }
    }

    /// Whole frames, shared with other connections. Flushed at once.
    func write(_ frames: ByteBuffer) {
        guard state == .open, let context else { return }
        context.writeAndFlush(wrapOutboundOut(frames), promise: nil)
    }

    func ping() { write(Frame.bytes(.ping, ByteBuffer())) }
}
