import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers the short posts of a connection whose first requests are nothing else, without the machinery that a request
/// of any kind needs: a client that records events one by one does nothing else all day.
///
/// Only what goes well is answered here. Whatever is unusual about a request (its head, who sends it, what is in it, a
/// body that comes in pieces, a log that refuses) has it handed on as it came; from then on the connection is like any
/// other. So every error is made in one place. Confined to the event loop.
final class PostingLane: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case collecting(HTTPRequestHead, ByteBuffer)
        case answering(HTTPRequestHead, ByteBuffer)
        /// An answer is written, but the peer takes none: what it asks next waits.
        case full
        case passing
    }

    private let quick: QuickPost
    private let idleTimeout: TimeAmount
    private let becomeOrdinary: (any Channel) throws -> Void
    /// Where bytes go out: in front of what makes bytes of answers, which are bytes here already.
    private var front: ChannelHandlerContext?
    private var state = State.idle
    /// What came while something was answered, in order.
    private var waiting: [HTTPServerRequestPart] = []
    private var waitingError: (any Error)?
    private var closesWhenAnswered = false
    private var wantsRead = false
    private var lastActive = NIODeadline.now()
    private var idleCheck: Scheduled<Void>?

    /// - Parameters:
    ///   - front: the place of the handler that encodes answers.
    ///   - becomeOrdinary: adds the handlers that ordinary requests need; called once, before the first of them.
    init(
        quick: QuickPost, front: ChannelHandlerContext, idleTimeout: TimeAmount,
        becomeOrdinary: @escaping (any Channel) throws -> Void
    ) {
        self.quick = quick
        self.front = front
        self.idleTimeout = idleTimeout
        self.becomeOrdinary = becomeOrdinary
    }

    func handlerAdded(context: ChannelHandlerContext) { watchIdle(context, after: idleTimeout) }

    func handlerRemoved(context: ChannelHandlerContext) {
        idleCheck?.cancel()
        front = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        idleCheck?.cancel()
        waiting = []
        context.fireChannelInactive()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .passing = state { return context.fireChannelRead(data) }
        take(unwrapInboundIn(data), context)
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.idle, .head(let head)) where quick.takes(head):
            state = .collecting(head, ByteBuffer())
        case (.collecting(let head, var body), .body(let piece)):
            if body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
            state = .collecting(head, body)
        case (.collecting(let head, let body), .end):
            state = .answering(head, body)
            answer(head, body, context)
        case (.answering, _), (.full, _):
            waiting.append(part)
        case (.passing, _):
            context.fireChannelRead(wrapInboundOut(part))
        case (.idle, _), (.collecting, .head):
            pass(context)
            context.fireChannelRead(wrapInboundOut(part))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // A body that comes in pieces needs a limit on how long it takes, which ordinary requests have.
        if case .collecting = state { pass(context) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        // A peer that sends on and on is read no further than its first request that waits.
        if waiting.isEmpty { context.read() } else { wantsRead = true }
    }

    // MARK: Answering

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let (quick, loop, begin) = (quick, context.eventLoop, ContinuousClock.now)
        let ends = ConnectionEnds(of: context.channel)
        Task(executorPreference: LoopExecutor(loop)) {
            let answer = await quick.post(head, body, ends)
            // The task's executor is the loop.
            me.value.answered(answer, begin, bound.value)
        }
    }

    private func answered(_ body: ByteBuffer?, _ begin: ContinuousClock.Instant, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        guard let body else {
            pass(context)
            return goOn(context)
        }
        front?.write(NIOAny(IOData.byteBuffer(quick.answer(body))), promise: nil)
        // From here, so that whoever watches what the peer takes knows of it.
        context.flush()
        quick.count(took: .now - begin)
        lastActive = .now()
        state = context.channel.isWritable ? .idle : .full
        goOn(context)
    }

    /// Takes what waits, up to the next request that has to be answered.
    private func goOn(_ context: ChannelHandlerContext) {
        var parts = waiting[...]
        waiting = []
        loop: while let part = parts.first {
            switch state {
            case .answering, .full: break loop
            default:
                parts.removeFirst()
                take(part, context)
            }
        }
        // Nothing was added meanwhile: an answer comes in a turn of its own.
        waiting = Array(parts)
        switch state {
        case .answering, .full: return
        case .passing: context.fireChannelReadComplete()
        // What is in pieces now is judged when the rest of what the socket has was read.
        case .collecting, .idle: break
        }
        if let error = waitingError {
            waitingError = nil
            pass(context)
            context.fireErrorCaught(error)
        }
        if closesWhenAnswered, case .idle = state { return context.close(promise: nil) }
        if wantsRead {
            wantsRead = false
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .full = state, context.channel.isWritable {
            state = .idle
            goOn(context)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Becoming ordinary

    /// Hands on what has been kept back; everything that follows goes on as it comes.
    private func pass(_ context: ChannelHandlerContext) {
        if case .passing = state { return }
        let before = state
        state = .passing
        idleCheck?.cancel()
        do { try becomeOrdinary(context.channel) } catch { return context.close(promise: nil) }
        switch before {
        case .collecting(let head, let body):
            context.fireChannelRead(wrapInboundOut(.head(head)))
            if body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(body))) }
        case .answering(let head, let body):
            context.fireChannelRead(wrapInboundOut(.head(head)))
            if body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(body))) }
            context.fireChannelRead(wrapInboundOut(.end(nil)))
            context.fireChannelReadComplete()
        case .idle, .full, .passing: break
        }
        if closesWhenAnswered { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .answering, .full: waitingError = waitingError ?? error
        case .passing: context.fireErrorCaught(error)
        case .idle, .collecting:
            pass(context)
            context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .passing = state { return context.fireUserInboundEventTriggered(event) }
        guard event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        switch state {
        // The server stops, or the peer sends no more: what was asked is answered first.
        case .answering, .full: closesWhenAnswered = true
        default: context.close(promise: nil)
        }
    }

    // MARK: Time

    private func watchIdle(_ context: ChannelHandlerContext, after wait: TimeAmount) {
        idleCheck = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { [self] in
            let rest = lastActive + idleTimeout - .now()
            switch state {
            case .idle where rest <= .zero: context.close(promise: nil)
            case .passing: break
            default: watchIdle(context, after: rest > .zero ? rest : idleTimeout)
            }
        }
    }
}
