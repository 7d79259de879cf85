public import FluxEvents
public import FluxLog
public import Logging
public import NIOCore
import Synchronization

/// Everybody who reads the stream: one `LoopHub` an event loop, fed by the log.
///
/// ```swift
/// let hub = LiveHub(group: group, events: events, simulated: simulated, now: Timestamp.now, logger: logger)
/// hub.start()
/// // on a channel's event loop:
/// let connection = hub.loopHub(for: channel.eventLoop).connect(…)
/// ```
public final class LiveHub: Sendable {
    /// Why no further stream may be opened now.
    public enum Refusal: Sendable, Hashable {
        /// The server is stopping.
        case draining
        /// `--max-connections` streams are open.
        case full(limit: Int)
    }

    let context: HubContext
    private let loops: [LoopHub]
    private let byLoop: [ObjectIdentifier: LoopHub]
    private let followers = Mutex<[LogFollower]>([])
    private let turn = Atomic<Int>(0)

    /// - Parameters:
    ///   - group: the event loops that connections live on.
    ///   - simulated: the topic of simulated events; nil where there is none.
    ///   - now: the wall clock.
    public init(
        group: any EventLoopGroup, events: any EventLog, simulated: (any EventLog)? = nil,
        configuration: LiveConfiguration = LiveConfiguration(), now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        let all = Array(group.makeIterator())
        let context = HubContext(
            events: events, simulated: simulated, configuration: configuration, loopCount: all.count, now: now,
            logger: logger)
        self.context = context
        loops = all.map { LoopHub(loop: $0, context: context) }
        byLoop = Dictionary(uniqueKeysWithValues: zip(all.map { ObjectIdentifier($0) }, loops))
    }

    public var configuration: LiveConfiguration { context.configuration }

    /// Begins to follow the log. Call once, before the first connection.
    public func start() {
        follow(context.events, isSimulated: false)
        if let simulated = context.simulated {
            follow(simulated, isSimulated: true)
        } else {
            begin(at: 0, isSimulated: true)
        }
    }

    /// Stops following the log. Streams that are open get no more; end them with `drain` before.
    public func stop() {
        let all = followers.withLock { followers in
            defer { followers = [] }
            return followers
        }
        for follower in all { follower.cancel() }
    }

    /// The hub of a connection's event loop.
    ///
    /// - Precondition: the loop belongs to the group that the hub was made with.
    public func loopHub(for loop: any EventLoop) -> LoopHub {
        guard let hub = byLoop[ObjectIdentifier(loop)] else {
            preconditionFailure("the event loop belongs to another group than the live hub's")
        }
        return hub
    }

    /// The hubs in turn, for streams that have no event loop of their own.
    public func nextLoopHub() -> LoopHub {
        loops[Int(UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).newValue) % UInt(loops.count))]
    }

    /// Whether another stream may be opened; nil if so.
    public var refusal: Refusal? {
        if context.isDraining.load(ordering: .relaxed) { return .draining }
        let limit = context.configuration.maxConnections
        return context.subscribers.load(ordering: .relaxed) >= limit ? .full(limit: limit) : nil
    }

    /// What the streams are doing. Any thread; cheap.
    public var statistics: LiveStatistics {
        LiveStatistics(loops.map(\.statistics.snapshot))
    }

    /// What the `stats` action answers: the JSON object of `GET /api/stream/stats`.
    public func setServerStatistics(_ source: @escaping @Sendable () async -> ByteBuffer) {
        context.serverStatistics = source
    }

    /// What `now` is for the hub.
    public func now() -> Timestamp { context.now() }

    /// Ends all streams that were opened with one of these sessions or tokens, with 4501.
    public func endStreams(of grants: Set<String>) {
        guard !grants.isEmpty else { return }
        for hub in loops { hub.loop.execute { hub.endStreams(of: grants) } }
    }

    /// The sessions and tokens that have a stream open now.
    public func openGrants() async -> Set<String> {
        var grants: Set<String> = []
        for hub in loops {
            grants.formUnion((try? await hub.loop.submit { hub.openGrants }.get()) ?? [])
        }
        return grants
    }

    /// Refuses new streams, says `goaway` to all with a time to wait that differs for each, lets what was written go
    /// out, closes with 1001, and returns when all are gone or the time is up; then the rest is cut off.
    public func drain(within limit: Duration, reason: String = "the server is stopping") async {
        context.isDraining.store(true, ordering: .relaxed)
        for hub in loops { hub.loop.execute { hub.goAway(reason: reason) } }
        let deadline = ContinuousClock.now + limit
        while context.subscribers.load(ordering: .relaxed) > 0, ContinuousClock.now < deadline {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
        for hub in loops { hub.loop.execute { hub.abandonAll() } }
        stop()
    }

    private func follow(_ log: any EventLog, isSimulated: Bool) {
        let loops = loops
        let follower = log.follow { chunk in
            // Once for all loops, and not at all while nobody reads.
            let entries =
                loops.contains(where: \.hasReaders)
                ? LiveEntry.entries(of: chunk, isSimulated: isSimulated) : nil
            let posted = LoopInbox.Posted(
                isSimulated: isSimulated, from: chunk.gap?.from ?? chunk.from, next: chunk.next, entries: entries)
            for loop in loops { loop.post(posted) }
        }
        followers.withLock { $0.append(follower) }
        begin(at: follower.start, isSimulated: isSimulated)
    }

    /// Where the log ended when following began: what lies before is read from the log.
    private func begin(at offset: Int64, isSimulated: Bool) {
        for loop in loops {
            loop.post(LoopInbox.Posted(isSimulated: isSimulated, from: offset, next: offset, entries: []))
        }
    }
}
