import FluxEvents
import NIOCore

/// One reader of the stream, as a value: what it asked for, where it stands, and what is to be done next.
///
/// Inputs are calls, outputs are actions; it knows no socket, clock, log or thread. Times are milliseconds of a
/// monotonic clock. There is one path for history and live: a reader has a position and reads forward from it, and
/// *live* only means that the position is the log's end.
struct LiveSession: Sendable {
    /// What the shell does next, in this order.
    enum Action: Sendable, Hashable {
        case send(ServerMessage)
        /// Find where `start` is; answer with `resolved` or `resolutionFailed`, naming the generation.
        case resolve(StartPoint, generation: Int)
        /// Fetch the server's statistics and answer with `statistics`.
        case fetchStatistics(id: ByteBuffer?)
        /// Take the reader out of the set of live ones; it keeps its position.
        case leave
        /// Ask `step` what to read.
        case advance
        case ping
        /// Send what was written, say why, and end. Nothing follows.
        case close(LiveClose)
    }

    /// What to read next.
    enum Step: Sendable, Hashable {
        /// Nothing to be done until something happens.
        case wait
        /// The reader is at the end: give it what comes.
        case join
        /// The reader has been further than this event loop knows yet: ask again when more has come.
        case holdBack
        /// Give the reader what lies at its position, or read it.
        case fetch
    }

    /// Why the start is being looked for.
    private enum Purpose: Sendable, Hashable {
        case open
        case subscribe(id: ByteBuffer?, filter: Filter)
    }

    private enum Phase: Sendable, Hashable {
        case resolving(Purpose, generation: Int)
        case streaming
        case ended
    }

    private enum Flow: Sendable, Hashable { case idle, reading, live, heldBack }

    private(set) var request: StreamRequest
    private(set) var position = Position(events: 0, simulated: nil)
    private(set) var isPaused = false
    private var phase = Phase.ended
    private var flow = Flow.idle
    private var generation = 0
    private var queued: [ByteBuffer?] = []
    /// Answers that were written since the client last took everything, and the bytes of their marks.
    private var owed = Owed()
    /// `stats` messages whose answers are being fetched.
    private var awaited = Owed()
    var keepAlive: KeepAlive
    let epoch: UInt64
    private let limits: LiveConfiguration

    /// The action whose `ack` begins a subscription.
    static let subscribe = "subscribe"
    /// Client messages that may wait while a start is being looked for.
    static let maximumQueued = 64
    /// Answers that may be written to a client that reads none of them, and as many bytes of the marks they echo.
    static let maximumAnswersOwed = 256
    static let maximumBytesOwed = 1 << 20

    private struct Owed: Sendable, Hashable {
        var answers = 0
        var bytes = 0

        var isTooMuch: Bool { answers > maximumAnswersOwed || bytes > maximumBytesOwed }

        mutating func add(_ id: ByteBuffer?) {
            answers += 1
            bytes += id?.readableBytes ?? 0
        }

        mutating func take(_ id: ByteBuffer?) {
            answers -= 1
            bytes -= id?.readableBytes ?? 0
        }
    }

    init(request: StreamRequest, epoch: UInt64, limits: LiveConfiguration, supportsPing: Bool, now: Int64) {
        self.request = request
        self.epoch = epoch
        self.limits = limits
        keepAlive = KeepAlive(limits: limits, supportsPing: supportsPing, now: now)
    }

    var isEnded: Bool { phase == .ended }
    var isLive: Bool { flow == .live }
    /// Whether `connection` was said, before which nothing may be.
    var isOpen: Bool {
        switch phase {
        case .streaming, .resolving(.subscribe, _): true
        case .resolving(.open, _), .ended: false
        }
    }
    var cursor: String { position.cursorText(epoch: epoch) }

    // MARK: Beginning

    mutating func open() -> [Action] {
        phase = .resolving(.open, generation: 0)
        return [.resolve(request.from, generation: 0)]
    }

    /// The words to a client whose parameters are bad: the error and nothing else.
    static func refusal(_ error: StreamRequestError) -> [Action] {
        [.send(.error(id: nil, error)), .close(.badRequest)]
    }

    /// The start was found. `gap` tells what the reader will not get (its cursor was of another log).
    mutating func resolved(generation: Int, position: Position, gap: GapNotice?) -> [Action] {
        guard case .resolving(let purpose, generation) = phase else { return [] }
        phase = .streaming
        flow = .idle
        self.position = position
        var actions: [Action]
        switch purpose {
        case .open:
            actions = [.send(.connection(cursor: cursor))]
        case .subscribe(let id, let filter):
            request.filter = filter
            actions = answer(.ack(id: id, action: Self.subscribe, cursor: cursor))
        }
        if let gap { actions.append(.send(.gap(gap))) }
        return actions + resumeAfterResolving()
    }

    mutating func resolutionFailed(generation: Int, error: StreamRequestError) -> [Action] {
        guard case .resolving(let purpose, generation) = phase else { return [] }
        switch purpose {
        case .open:
            phase = .ended
            return [.send(.error(id: nil, error)), .close(.unreadable)]
        case .subscribe(let id, _):
            phase = .streaming
            return answer(.error(id: id, error)) + resumeAfterResolving()
        }
    }

    private mutating func resumeAfterResolving() -> [Action] {
        var actions: [Action] = []
        while phase == .streaming, !queued.isEmpty {
            actions += handle(queued.removeFirst()).filter { $0 != .advance }
        }
        // Last: what was asked meanwhile is answered before the first event of what holds now.
        return actions + [.advance]
    }

    // MARK: What the client says

    /// A complete message; nil for one that was not text. `filterTime` is what `now` means in a new filter.
    mutating func received(_ text: ByteBuffer?, filterTime: Timestamp) -> [Action] {
        self.filterTime = filterTime
        switch phase {
        case .ended: return []
        case .streaming: return handle(text)
        case .resolving:
            guard queued.count < Self.maximumQueued else { return end(.tooManyMessages) }
            queued.append(text)
            return []
        }
    }

    private var filterTime = Timestamp(milliseconds: 0)

    private mutating func handle(_ text: ByteBuffer?) -> [Action] {
        guard let text else {
            return answer(
                .error(
                    id: nil,
                    StreamRequestError(
                        code: .notText, message: "The message is binary; this protocol is JSON in text messages.")))
        }
        let message: ClientMessage
        do {
            message = try ClientMessage(text)
        } catch {
            return answer(.error(id: error.id, error.error))
        }
        switch message.action {
        case .ping:
            return answer(.ack(id: message.id, action: "ping", cursor: cursor))
        case .stats:
            awaited.add(message.id)
            guard !awaited.isTooMuch else { return end(.tooManyMessages) }
            return [.fetchStatistics(id: message.id)]
        case .pause:
            isPaused = true
            return leave() + answer(.ack(id: message.id, action: "pause", cursor: cursor))
        case .resume:
            isPaused = false
            return answer(.ack(id: message.id, action: "resume", cursor: cursor)) + [.advance]
        case .subscribe(let filter, let from):
            return subscribe(id: message.id, filter: filter, from: from)
        }
    }

    private mutating func subscribe(id: ByteBuffer?, filter: String?, from: String?) -> [Action] {
        let wanted: Filter
        let start: StartPoint?
        do throws(StreamRequestError) {
            wanted =
                try filter.map { text throws(StreamRequestError) in
                    try StreamRequest.filter(text, now: filterTime)
                } ?? request.filter
            start = try from.map { text throws(StreamRequestError) in try StartPoint(text) }
        } catch {
            return answer(.error(id: id, error))
        }
        let left = leave()
        guard let start else {
            request.filter = wanted
            return left + answer(.ack(id: id, action: Self.subscribe, cursor: cursor)) + [.advance]
        }
        generation += 1
        request.from = start
        phase = .resolving(.subscribe(id: id, filter: wanted), generation: generation)
        resolvingFilter = wanted
        return left + [.resolve(start, generation: generation)]
    }

    /// The filter that a start is being looked for with: the new one where the client changes it.
    private(set) var resolvingFilter: Filter?

    mutating func statistics(id: ByteBuffer?, json: ByteBuffer) -> [Action] {
        awaited.take(id)
        guard !isEnded else { return [] }
        return answer(.ack(id: id, action: "stats", cursor: cursor, statistics: json))
    }

    /// An answer to a client. One that sends and reads nothing must not make memory grow.
    private mutating func answer(_ message: ServerMessage) -> [Action] {
        owed.add(message.id)
        guard !owed.isTooMuch else { return end(.tooManyMessages) }
        return [.send(message)]
    }

    // MARK: Reading

    /// What to read next, where `end` is the end of what this event loop has.
    mutating func step(isWritable: Bool, end: Position) -> Step {
        guard phase == .streaming, !isPaused, isWritable, flow == .idle || flow == .heldBack else { return .wait }
        switch position.relation(to: end) {
        case .same:
            flow = .live
            return .join
        case .beyond:
            flow = .heldBack
            return .holdBack
        case .before:
            flow = .idle
            return .fetch
        }
    }

    /// A read was started; nothing else is read until `readEnded`.
    mutating func readStarted() {
        if flow == .idle { flow = .reading }
    }

    mutating func readEnded() {
        if flow == .reading { flow = .idle }
    }

    mutating func readFailed() -> [Action] {
        flow = .idle
        return end(.unreadable)
    }

    /// Events up to `next` were handed to the socket. Set before they are written: a write may call back.
    mutating func moved(to next: Position) {
        position = next
    }

    mutating func writabilityChanged(_ isWritable: Bool) -> [Action] {
        guard !isEnded else { return [] }
        if isWritable {
            owed = Owed()
            return [.advance]
        }
        return leave()
    }

    /// The socket took everything: the client may be answered again.
    mutating func drained() {
        owed = Owed()
    }

    private mutating func leave() -> [Action] {
        guard flow == .live else {
            if flow == .heldBack { flow = .idle }
            return []
        }
        flow = .idle
        return [.leave]
    }

    /// The connection is no longer in the live set for a reason of the hub's own (a hole in what it was given).
    mutating func fellBehind() {
        if flow == .live { flow = .idle }
    }

    // MARK: Time and ending

    /// Called a few times in a heartbeat.
    mutating func tick(now: Int64, progress: SinkProgress) -> [Action] {
        guard !isEnded else { return [] }
        if progress.pending == 0 { owed = Owed() }
        switch keepAlive.tick(now: now, progress: progress, mayBeat: isOpen) {
        case .nothing: return []
        case .heartbeat: return [.send(.heartbeat)]
        case .ping: return [.ping]
        case .pingAndHeartbeat: return [.ping, .send(.heartbeat)]
        case .close(let why): return end(why)
        }
    }

    mutating func goAway(retryAfter: Int64, reason: String) -> [Action] {
        guard !isEnded else { return [] }
        return leave() + [.send(.goaway(retryAfter: retryAfter, reason: reason))] + end(.goingAway)
    }

    mutating func end(_ why: LiveClose) -> [Action] {
        guard !isEnded else { return [] }
        let left = leave()
        phase = .ended
        return left + [.close(why)]
    }

    /// The connection is gone.
    mutating func closed() -> [Action] {
        guard !isEnded else { return [] }
        let left = leave()
        phase = .ended
        return left
    }
}
