/// Limits and rhythms of the live streams. Every value is per server, not per event loop, unless said.
public struct LiveConfiguration: Sendable {
    /// A heartbeat goes out when nothing else was sent for this long (`--heartbeat`, 100 ms or more).
    public var heartbeat: Duration = .seconds(5)
    /// How often a WebSocket is pinged while it has nothing to read (`--ping-interval`). Two unanswered ones end it.
    public var pingInterval: Duration = .seconds(20)
    /// How long a reader may take not a single byte that waits for it (`--stall-timeout`).
    public var stallTimeout: Duration = .seconds(60)
    /// Memory for pieces of the log read for clients that are behind (`--read-ahead-bytes`).
    public var readAheadBytes = 32 << 20
    /// The newest events that are kept in memory, so that a client which fell behind a little needs no disk.
    public var tailBytes = 4 << 20
    /// The most that one `events` message holds: this many events and bytes, but always at least one event.
    public var maxBatchEvents = 500
    public var maxBatchBytes = 256 << 10
    /// About how much is handed to the socket of a client that is behind at a time.
    public var pieceBytes = 64 << 10
    /// Live streams that may be open at once, WebSocket and SSE together (`--max-connections`).
    public var maxConnections = 16_384
    /// The longest message that a client may send (`--max-message-bytes`).
    public var maxMessageBytes = 64 << 10
    /// How many events one `from=-N` may examine (`--max-scan-events`).
    public var maxScanEvents = 1_000_000
    /// How many searches for a `from=-N` run at once; further ones wait for their turn.
    public var maxScansAtOnce = 4
    /// Events that arrive soon after a flush share the next one. The first goes out at once; the wait follows what a flush
    /// takes, and is never longer than this, unless the flush itself takes so long (`FlushRhythm`).
    public var flushInterval: Duration = .milliseconds(30)
    /// What `goaway` tells clients to wait, chosen at random for each, so that they do not all come back at once.
    public var retryAfter: ClosedRange<Duration> = .milliseconds(500)...(.seconds(5))
    /// Told in the `connection` message.
    public var serverVersion = "0"

    public init() {}
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
