import FluxEvents
import FluxLog
public import NIOCore
import Synchronization

/// One reader on its event loop: the pure session, and the sink that its actions are done on. All calls on the loop.
public final class LiveConnection {
    private let hub: LoopHub
    var session: LiveSession
    let form: Form
    let principal: StreamPrincipal
    let isWebSocket: Bool
    private let id: String
    /// Until `closed`, which the shell promises to call.
    private var sink: (any LiveSink)?
    // Where the hub keeps it.
    var place = 0
    var slot = 0
    var group: LiveGroup?
    var joinedInDrain = -1
    /// When it last took something, or was let in (monotonic milliseconds).
    private(set) var movedAt: Int64
    private var isPumping = false
    private var isGone = false
    private var endedAt: Int64?
    private var lastRecordedAt: Timestamp?
    private let openedAt: Timestamp
    /// The search for a start that is under way.
    private var resolving: Task<Void, Never>?

    /// How long a client may take for the last bytes after the end was said.
    static let closeTimeout: Int64 = 5_000
    /// Pieces handed over in one go before other readers have their turn.
    private static let maximumPiecesAtOnce = 16

    init(
        hub: LoopHub, request: StreamRequest, form: Form, principal: StreamPrincipal, isWebSocket: Bool,
        sink: any LiveSink
    ) {
        self.hub = hub
        self.form = form
        self.principal = principal
        self.isWebSocket = isWebSocket
        self.sink = sink
        openedAt = hub.context.now()
        movedAt = hub.clock
        id = "live_" + String(UInt64.random(in: .min ... .max), radix: 36)
        session = LiveSession(
            request: request, epoch: hub.context.epoch, limits: hub.context.configuration,
            supportsPing: sink.supportsPing, now: hub.clock)
    }

    var isLive: Bool { session.isLive }

    // MARK: What the shell tells

    /// A complete text message of the client.
    public func received(text: ByteBuffer) {
        session.keepAlive.heard(now: hub.clock)
        // A client that takes its answers may ask as often as it likes.
        if sink?.isWritable == true { session.drained() }
        perform(session.received(text, filterTime: hub.context.now()))
    }

    /// A complete binary message of the client: there is none in this protocol.
    public func receivedBinary() {
        session.keepAlive.heard(now: hub.clock)
        // A client that takes its answers may ask as often as it likes.
        if sink?.isWritable == true { session.drained() }
        perform(session.received(nil, filterTime: hub.context.now()))
    }

    /// A pong, or any other sign of life.
    public func heard() {
        session.keepAlive.heard(now: hub.clock)
    }

    /// The sink's `isWritable` has changed.
    public func writabilityChanged() {
        guard let sink else { return }
        perform(session.writabilityChanged(sink.isWritable))
    }

    /// The connection is gone, whoever ended it. Nothing is called on the sink afterwards.
    public func closed() {
        guard !isGone else { return }
        isGone = true
        resolving?.cancel()
        perform(session.closed())
        sink = nil
        hub.remove(self)
    }

    // MARK: What the hub tells

    func open() { perform(session.open()) }

    func refuse(_ error: StreamRequestError) {
        perform(LiveSession.refusal(error))
    }

    /// Says goodbye as a stopping server does, once. For a shell that hears of the stop before the hub does.
    public func goAway() { hub.goAway(self, reason: "the server is stopping") }

    func end(_ why: LiveClose) { perform(session.end(why)) }

    func goAway(retryAfter: Int64, reason: String) {
        perform(session.goAway(retryAfter: retryAfter, reason: reason))
    }

    func abandon() { sink?.abort() }

    func fallBehind() {
        hub.leave(self)
        session.fellBehind()
    }

    func readEnded() {
        session.readEnded()
        pump()
    }

    func readFailed(_ error: LogError) {
        if error.code == .closed { end(.goingAway) } else { perform(session.readFailed()) }
    }

    func tick(clock: Int64, now: Timestamp) {
        guard let sink else { return }
        if session.isEnded {
            if let endedAt, clock - endedAt >= Self.closeTimeout { sink.abort() }
            return
        }
        if let expiry = principal.expiresAt, expiry <= now { return end(.revoked) }
        perform(session.tick(now: clock, progress: sink.progress))
    }

    /// New events, while live. The position is set first: a write may call back and change everything.
    func give(_ piece: Piece) {
        session.moved(to: piece.next)
        movedAt = hub.clock
        lastRecordedAt = piece.lastRecordedAt ?? lastRecordedAt
        guard piece.bytes.readableBytes > 0 else { return }
        session.keepAlive.sent(now: hub.clock)
        sink?.write(piece.bytes)
    }

    /// Reads on as far as the socket takes it.
    func pump() {
        guard !isPumping, !isGone else { return }
        isPumping = true
        defer { isPumping = false }
        for _ in 0..<Self.maximumPiecesAtOnce {
            guard let sink else { return }
            switch session.step(isWritable: sink.isWritable, end: hub.end) {
            case .wait: return
            case .join: return hub.join(self)
            case .holdBack: return hub.holdBack(self)
            case .fetch:
                guard let piece = hub.piece(for: self) else { return }
                hub.countDelivered(piece)
                give(piece)
            }
        }
        hub.loop.assumeIsolated().execute { self.pump() }
    }

    // MARK: Actions

    private func perform(_ actions: [LiveSession.Action]) {
        for action in actions {
            switch action {
            case .send(let message): send(message)
            case .resolve(let start, let generation): resolve(start, generation)
            case .fetchStatistics(let id): hub.desk.ask(for: self, id: id)
            case .leave: hub.leave(self)
            case .advance: pump()
            case .ping: sink?.ping()
            case .close(let why): close(why)
            }
        }
    }

    private func close(_ why: LiveClose) {
        _ = session.end(why)
        resolving?.cancel()
        endedAt = hub.clock
        hub.statistics.update {
            $0.ended[why.code, default: 0] += 1
            if why.code == LiveClose.stalled.code { $0.stalled += 1 }
        }
        sink?.close(why)
    }

    private func send(_ message: ServerMessage) {
        guard let sink else { return }
        if message == .heartbeat {
            // A reader that takes nothing is not given heartbeats on top.
            guard sink.isWritable else { return }
            if form.key.content == .cloudEvents { return sink.ping() }
        }
        var out = ByteBuffer()
        let cursor: String?
        switch message {
        case .gap(let gap):
            form.write(gap, now: hub.context.now(), into: &out)
            hub.statistics.update { $0.gaps += 1 }
            cursor = nil
        case .connection(let start):
            hub.statistics.update { $0.subscriptions += 1 }
            cursor = start
        case .heartbeat: cursor = session.cursor
        case .ack(_, let action, _, _):
            if action == LiveSession.subscribe { hub.statistics.update { $0.subscriptions += 1 } }
            cursor = nil
        case .error(_, let error):
            hub.statistics.update { $0.refused[error.code.description, default: 0] += 1 }
            cursor = nil
        case .goaway: cursor = nil
        }
        if out.readableBytes == 0 {
            form.write(type: message.type, json: message.json(messageContext()), cursor: cursor, into: &out)
        }
        guard out.readableBytes > 0 else { return }
        session.keepAlive.sent(now: hub.clock)
        sink.write(out)
    }

    private func messageContext() -> MessageContext {
        let now = hub.context.now()
        let end = hub.end.narrowed(simulated: form.key.simulated)
        let lag = session.position.distance(to: end)
        // Of the next event where it is in memory; else a little more, or at least as long as the reader waits.
        let since = hub.recordedAt(behind: session.position) ?? lastRecordedAt ?? openedAt
        let age = lag == 0 ? 0 : max(0, now.milliseconds - since.milliseconds)
        return MessageContext(
            now: now, session: id, configuration: hub.context.configuration,
            subscribers: hub.context.subscribers.load(ordering: .relaxed), cursor: session.cursor,
            head: end.cursorText(epoch: hub.context.epoch), lagEvents: lag, lagMilliseconds: age)
    }

    private func resolve(_ start: StartPoint, _ generation: Int) {
        let wanted = form.key.simulated
        let resolver = hub.context.resolver
        if let found = resolver.immediate(start, simulated: wanted) {
            return perform(session.resolved(generation: generation, position: found.position, gap: found.gap))
        }
        let filter = session.resolvingFilter ?? session.request.filter
        let me = NIOLoopBound(self, eventLoop: hub.loop)
        let loop = hub.loop
        resolving = Task {
            let result: Result<ResolvedStart, LogError>
            do throws(LogError) {
                result = .success(try await resolver.resolve(start, filter: filter, simulated: wanted))
            } catch {
                result = .failure(error)
            }
            loop.execute { me.value.resolved(generation, result) }
        }
    }

    private func resolved(_ generation: Int, _ result: Result<ResolvedStart, LogError>) {
        resolving = nil
        guard !isGone else { return }
        switch result {
        case .success(let found):
            perform(session.resolved(generation: generation, position: found.position, gap: found.gap))
        case .failure(let error):
            perform(
                session.resolutionFailed(
                    generation: generation,
                    error: StreamRequestError(
                        code: .unavailable, message: "The log could not be read to find the start: \(error.message)")))
        }
    }

    /// The server's figures, for a `stats` message.
    func answer(_ id: ByteBuffer?, _ json: ByteBuffer) {
        guard !isGone else { return }
        perform(session.statistics(id: id, json: json))
    }
}
