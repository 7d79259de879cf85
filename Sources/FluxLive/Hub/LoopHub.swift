import FluxEvents
import FluxLog
import Logging
public import NIOCore
import Synchronization

/// The readers of one event loop, what they are given, and the memory they share.
///
/// New events come through a locked inbox with one wake-up a batch. A batch is filtered and written once for each
/// distinct (filter, form), then the same bytes go to every reader of that group. A reader that is not at the end is
/// served from the tail in memory, else from runs that the log's own threads have read.
///
/// Everything but the inbox and the statistics is confined to `loop`; other threads only call `post`, or hop here.
/// That is why `@unchecked Sendable` is safe: each entry point checks the loop in debug builds.
public final class LoopHub: @unchecked Sendable {
    /// The event loop that everything here happens on.
    public let loop: any EventLoop
    let context: HubContext
    let statistics = LoopStatistics()
    let desk: StatisticsDesk
    private let inbox = LoopInbox()
    private var taken: [LoopInbox.Posted] = []
    private var tail = Tail(at: Position(events: -1, simulated: -1))
    private var readAhead: ReadAhead
    private var reads: LogReads
    private var groups: [LiveGroup.Key: LiveGroup] = [:]
    private var forms: [FormKey: Form] = [:]
    private var heldBack: [LiveConnection] = []
    private(set) var connections: [LiveConnection] = []
    private(set) var drainNumber = 0
    private var lastSweep: Int64 = 0
    private var rhythm: FlushRhythm
    private var ticking: RepeatedTask?
    /// Why everybody was sent away; nil while the server serves.
    var goingAway: String?

    init(loop: any EventLoop, context: HubContext) {
        self.loop = loop
        self.context = context
        desk = StatisticsDesk(loop: loop, context: context)
        readAhead = ReadAhead(limit: max(1 << 20, context.configuration.readAheadBytes / max(1, context.loopCount)))
        reads = LogReads()
        rhythm = FlushRhythm(interval: TimeAmount(context.configuration.flushInterval))
    }

    /// Monotonic milliseconds.
    var clock: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }

    /// The end of what this loop has.
    var end: Position { tail.end }

    // MARK: Connections

    /// Takes in a new reader. Bad parameters are answered with an `error` message and the end (4500).
    ///
    /// - Parameters:
    ///   - request: what it asks for, or what is wrong with that.
    ///   - content: events one by one, in batches or as bare CloudEvents; nil lets the request's `batch` decide.
    ///   - isWebSocket: only for the statistics.
    /// - Returns: the connection; the shell tells it what the client says and when the socket changes.
    public func connect(
        _ request: Result<StreamRequest, StreamRequestError>, content: LiveContent? = nil,
        framing: any LiveFraming, principal: StreamPrincipal, isWebSocket: Bool, sink: any LiveSink
    ) -> LiveConnection {
        loop.preconditionInEventLoop()
        // Before the drain: a group that is posted from here on wakes this loop.
        inbox.readersChanged(by: 1)
        drain()
        let wanted = (try? request.get()) ?? StreamRequest()
        let kind = content ?? (wanted.batch ? .batch : .single)
        let form = form(
            FormKey(framing: framing.name, content: kind, simulated: wanted.simulated), framing: framing)
        let connection = LiveConnection(
            hub: self, request: wanted, form: form, principal: principal, isWebSocket: isWebSocket, sink: sink)
        connection.place = connections.count
        connections.append(connection)
        context.subscribers.wrappingAdd(1, ordering: .relaxed)
        statistics.update { if isWebSocket { $0.webSockets += 1 } else { $0.others += 1 } }
        startTicking()
        switch request {
        case .success: connection.open()
        case .failure(let error): connection.refuse(error)
        }
        // It was let in a moment before the stop began here, and would hear nothing of it.
        if let goingAway { goAway(connection, reason: goingAway) }
        return connection
    }

    func remove(_ connection: LiveConnection) {
        guard connection.place < connections.count, connections[connection.place] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.place] = last
            last.place = connection.place
        }
        inbox.readersChanged(by: -1)
        context.subscribers.wrappingSubtract(1, ordering: .relaxed)
        statistics.update { if connection.isWebSocket { $0.webSockets -= 1 } else { $0.others -= 1 } }
        guard connections.isEmpty else { return }
        // Nobody reads here: nothing needs to be kept.
        tail.trim(to: 0)
        readAhead.removeAll()
        heldBack = []
        forms = [:]
        ticking?.cancel()
        ticking = nil
        statistics.update {
            $0.behind = 0
            $0.bufferedBytes = 0
        }
    }

    private func form(_ key: FormKey, framing: any LiveFraming) -> Form {
        if let form = forms[key] { return form }
        let form = Form(key, framing: framing)
        forms[key] = form
        return form
    }

    // MARK: Live

    /// Leaves a durable group for this loop. Any thread; does not block.
    func post(_ posted: LoopInbox.Posted) {
        guard inbox.post(posted) else { return }
        loop.execute {
            switch self.rhythm.arrived(at: .now()) {
            case .flush: self.drain()
            case .flushLater(let time): self.loop.scheduleTask(deadline: time) { self.drain() }
            }
        }
    }

    var hasReaders: Bool { inbox.hasReaders }

    private func drain() {
        inbox.take(into: &taken)
        guard !taken.isEmpty else { return }
        drainNumber += 1
        let began = NIODeadline.now()
        defer { rhythm.flushed(from: began, to: .now()) }
        let before = tail.end
        var fresh: [LiveEntry] = []
        var isBroken = false
        for posted in taken where !take(posted, into: &fresh) { isBroken = true }
        taken.removeAll(keepingCapacity: true)
        if isBroken {
            sendLiveReadersBack()
        } else if !fresh.isEmpty {
            deliver(fresh, from: before)
            tail.trim(to: context.configuration.tailBytes)
        }
        let waiting = heldBack
        heldBack = []
        for connection in waiting { connection.pump() }
    }

    /// Adds a group to the tail; false where it does not join on to what is there, or its events were not kept.
    private func take(_ posted: LoopInbox.Posted, into fresh: inout [LiveEntry]) -> Bool {
        let here = posted.isSimulated ? tail.end.simulated ?? 0 : tail.end.events
        guard posted.next > here else { return true }
        guard let entries = posted.entries, posted.from <= here else {
            var end = tail.end
            if posted.isSimulated { end.simulated = posted.next } else { end.events = posted.next }
            fresh = []
            tail.jump(to: end)
            return groups.isEmpty
        }
        for entry in entries where entry.offsets.upperBound > here {
            tail.append(entry)
            fresh.append(entry)
        }
        return true
    }

    /// What live readers have had ends before what is known now: they read the rest like everybody who is behind.
    private func sendLiveReadersBack() {
        let members = groups.values.flatMap(\.members)
        for member in members { member.fallBehind() }
        for member in members { member.pump() }
    }

    private func deliver(_ fresh: [LiveEntry], from before: Position) {
        let now = context.now()
        var handedOver: [Timestamp] = []
        var delivered: UInt64 = 0
        var gaps: UInt64 = 0
        for group in Array(groups.values) {
            let pieces = pieces(of: fresh, for: group, from: before, now: now)
            guard !pieces.isEmpty else { continue }
            // A copy: a write may make a reader leave and even join again.
            let members = group.members
            var reached = 0
            for member in members where member.joinedInDrain != drainNumber {
                reached += 1
                for piece in pieces {
                    // A write may push the reader behind and, when the socket takes all at once, up to the end again:
                    // then it has had what is left of this batch.
                    guard member.isLive, member.joinedInDrain != drainNumber else { break }
                    member.give(piece)
                    delivered += UInt64(piece.count)
                    gaps += UInt64(piece.gaps)
                }
            }
            if reached > 0 { for piece in pieces { handedOver += piece.recorded } }
        }
        let handed = context.now().milliseconds
        statistics.update { values in
            values.delivered += delivered
            values.gaps += gaps
            for recorded in handedOver { values.current.record(handed - recorded.milliseconds) }
        }
    }

    /// New entries as one group gets them; usually one piece.
    private func pieces(
        of fresh: [LiveEntry], for group: LiveGroup, from before: Position, now: Timestamp
    ) -> [Piece] {
        var pieces: [Piece] = []
        var writer = writer(for: group.key.filter, group.form, at: before, now: now, maxBytes: Self.livePieceBytes)
        for entry in fresh {
            writer.add(entry)
            guard writer.isFull else { continue }
            let piece = writer.finish()
            pieces.append(piece)
            writer = self.writer(
                for: group.key.filter, group.form, at: piece.next, now: now, maxBytes: Self.livePieceBytes)
        }
        let last = writer.finish()
        if pieces.isEmpty || last.next != pieces[pieces.count - 1].next { pieces.append(last) }
        return pieces
    }

    /// A long batch is cut, so that a reader that becomes slow in it holds no more than this: each one that has stalled
    /// may hold another piece.
    static let livePieceBytes = 64 << 10

    private func writer(
        for filter: Filter, _ form: Form, at position: Position, now: Timestamp, maxBytes: Int
    ) -> PieceWriter {
        PieceWriter(
            form: form, filter: filter, epoch: context.epoch, limits: context.configuration, now: now,
            maxBytes: maxBytes, from: position.narrowed(simulated: form.key.simulated))
    }

    func join(_ connection: LiveConnection) {
        let key = LiveGroup.Key(filter: connection.session.request.filter, form: connection.form.key)
        let group: LiveGroup
        if let existing = groups[key] {
            group = existing
        } else {
            group = LiveGroup(key: key, form: connection.form)
            groups[key] = group
        }
        connection.joinedInDrain = drainNumber
        connection.group = group
        group.add(connection)
    }

    func leave(_ connection: LiveConnection) {
        guard let group = connection.group else { return }
        group.remove(connection)
        connection.group = nil
        if group.members.isEmpty { groups[group.key] = nil }
    }

    func holdBack(_ connection: LiveConnection) {
        heldBack.append(connection)
    }

    // MARK: Behind

    /// What lies at a reader's position, or nil where it must be read first; then the reader is pumped again later.
    func piece(for connection: LiveConnection) -> Piece? {
        let filter = connection.session.request.filter
        let position = connection.session.position
        let key = ReadAhead.PieceKey(position: position, filter: filter, form: connection.form.key)
        if let piece = readAhead.piece(key) {
            if let blockEnd = piece.blockEnd {
                readAhead(
                    from: blockEnd, blocks: Self.blocksAhead, .init(filter: filter, form: connection.form.key))
            }
            return piece
        }
        var writer = writer(
            for: filter, connection.form, at: position, now: context.now(),
            maxBytes: context.configuration.pieceBytes)
        if tail.covers(position) {
            var examined = 0
            for entry in tail.entries(from: tail.index(of: position)) {
                writer.add(entry)
                examined += 1
                if writer.isFull || examined >= PieceWriter.maximumExamined { break }
            }
        } else if !writeRuns(into: &writer, from: position) {
            read(at: position, for: connection)
            return nil
        }
        let piece = writer.finish()
        readAhead.insert(piece, for: key)
        forgetPassed()
        return piece
    }

    private func forgetPassed() {
        let clock = clock
        guard readAhead.bytes > readAhead.limit / 8, clock - lastSweep >= sweepInterval else { return }
        lastSweep = clock
        readAhead.forget(before: hindmost(clock: clock))
    }

    /// When the first event behind a position was recorded, where that is in memory.
    func recordedAt(behind position: Position) -> Timestamp? {
        func first(_ entries: some Sequence<LiveEntry>) -> Timestamp? {
            for case .event(let event) in entries {
                let here = event.isSimulated ? position.simulated : position.events
                if let here, event.record.offset >= here { return event.record.recordedAt }
            }
            return nil
        }
        if tail.covers(position) { return first(tail.entries(from: tail.index(of: position))) }
        return readAhead.run(isSimulated: false, at: position.events).flatMap { first($0.entries) }
    }

    /// Writes from the runs in memory; false where what lies at the position is not there.
    private func writeRuns(into writer: inout PieceWriter, from position: Position) -> Bool {
        var events: RunReader?
        var simulated: RunReader?
        if position.events < end.events {
            guard let run = readAhead.run(isSimulated: false, at: position.events) else { return false }
            events = RunReader(run, from: position.events, end: end.events)
        }
        if let offset = position.simulated, let end = end.simulated, offset < end {
            guard let run = readAhead.run(isSimulated: true, at: offset) else { return false }
            simulated = RunReader(run, from: offset, end: end)
        }
        var examined = 0
        while let entry = RunReader.next(&events, &simulated) {
            writer.add(entry)
            examined += 1
            if writer.isFull || examined >= PieceWriter.maximumExamined { break }
        }
        return true
    }

    /// How much of the log one read takes.
    static let readBytes = 256 << 10

    private func read(at position: Position, for connection: LiveConnection) {
        connection.session.readStarted()
        var wanted = LogReads.Key(
            events: position.events < end.events && readAhead.run(isSimulated: false, at: position.events) == nil
                ? position.events : nil,
            simulated: position.simulated.flatMap { offset in
                offset < end.simulated ?? 0 && readAhead.run(isSimulated: true, at: offset) == nil ? offset : nil
            })
        let form = connection.form
        let filter = connection.session.request.filter
        if let offset = wanted.events, form.blocks != nil {
            let writing = LogReads.Writing(filter: filter, form: form.key)
            if filter.isEverything || !reads.isWanted(at: offset, otherwiseThan: writing) { wanted.writing = writing }
        }
        if let start = reads.add(connection, for: wanted) { begin(start) }
    }

    /// How many blocks are read and written before a reader asks for them: two are under way at a time, and
    /// the event loop, which says go on, may be busy sending for as long as two more take.
    static let blocksAhead = 4

    /// Begins to read what readers will want when they have taken what they are given now.
    private func readAhead(from offset: Int64, blocks: Int, _ writing: LogReads.Writing) {
        var offset = offset
        for left in (0..<blocks).reversed() {
            let position = Position(events: offset, simulated: nil)
            guard offset < end.events, !tail.covers(position), readAhead.bytes < readAhead.limit / 2 else { return }
            let key = LogReads.Key(events: offset, writing: writing)
            if let piece = readAhead.piece(.init(position: position, filter: writing.filter, form: writing.form)) {
                guard let blockEnd = piece.blockEnd else { return }
                offset = blockEnd
                continue
            }
            switch reads.addAhead(key, blocksBehind: left) {
            case .begins: return begin(key)
            case .isUnderWay(let blockEnd?): offset = blockEnd
            case .isUnderWay(nil), .mustWait: return
            }
        }
    }

    private func begin(_ key: LogReads.Key) {
        let context = context
        if let offset = key.events, let writing = key.writing, let blocks = forms[writing.form]?.blocks {
            return LogReads.read(
                from: offset, of: context, passing: writing.filter, as: blocks, before: end.events,
                maxBytes: Self.readBytes,
                wasRead: { blockEnd in self.loop.execute { self.wasRead(key, to: blockEnd) } },
                ended: { result in self.loop.execute { self.ended(key, result) } })
        }
        Task {
            let result: Result<LogReads.Found, LogError>
            do throws(LogError) {
                result = .success(try await LogReads.read(key, of: context, maxBytes: Self.readBytes))
            } catch {
                result = .failure(error)
            }
            self.loop.execute { self.ended(key, result) }
        }
    }

    private func wasRead(_ key: LogReads.Key, to blockEnd: Int64) {
        let blocks = reads.wasRead(key, to: blockEnd)
        guard let writing = key.writing, !connections.isEmpty else { return }
        readAhead(from: blockEnd, blocks: blocks, writing)
    }

    private func ended(_ key: LogReads.Key, _ result: Result<LogReads.Found, LogError>) {
        let (waiting, next) = reads.end(key)
        switch result {
        case .success(let found):
            if let run = found.events { readAhead.insert(run, isSimulated: false) }
            if let run = found.simulated { readAhead.insert(run, isSimulated: true) }
            if let writing = key.writing, let offset = key.events { insert(found.pieces, from: offset, writing) }
            for connection in waiting { connection.readEnded() }
        case .failure(let error):
            context.logger.warning("the log could not be read for a stream", metadata: ["error": "\(error)"])
            for connection in waiting { connection.readFailed(error) }
        }
        if let next { begin(next) }
        statistics.update { $0.bufferedBytes = readAhead.bytes + tail.bytes }
    }

    /// Pieces that were written as they were read, one behind the other.
    private func insert(_ pieces: [Piece], from offset: Int64, _ writing: LogReads.Writing) {
        // Nobody reads here any more.
        guard !connections.isEmpty else { return }
        var position = Position(events: offset, simulated: nil)
        for piece in pieces {
            readAhead.insert(
                piece, for: .init(position: position, filter: writing.filter, form: writing.form))
            position = piece.next
        }
        forgetPassed()
    }

    func countDelivered(_ piece: Piece) {
        statistics.update {
            $0.delivered += UInt64(piece.count)
            $0.gaps += UInt64(piece.gaps)
        }
    }

    // MARK: Time

    private func startTicking() {
        guard ticking == nil else { return }
        let interval = min(1_000, max(20, context.configuration.heartbeat.inMilliseconds / 5))
        ticking = loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(interval), delay: .milliseconds(interval)
        ) { [unowned self] _ in self.tick() }
    }

    private func tick() {
        let clock = clock
        let now = context.now()
        for connection in connections { connection.tick(clock: clock, now: now) }
        statistics.rotate(now: clock)
        let behind = connections.count { !$0.isLive && !$0.session.isPaused }
        statistics.update {
            $0.behind = behind
            $0.bufferedBytes = readAhead.bytes + tail.bytes
        }
    }
}
