/// How far a client's socket is, as its shell sees it.
public struct SinkProgress: Sendable, Hashable {
    /// Bytes written for the client that it has not taken yet, as far as the shell can tell.
    public var pending: Int
    /// A number that changes whenever the client takes something.
    public var taken: UInt64

    public init(pending: Int, taken: UInt64) {
        self.pending = pending
        self.taken = taken
    }
}

/// When to send a heartbeat or a ping, and when a reader counts as stalled. Times are monotonic milliseconds.
struct KeepAlive: Sendable, Hashable {
    enum Verdict: Sendable, Hashable {
        case nothing, heartbeat, ping, pingAndHeartbeat
        case close(LiveClose)
    }

    private let heartbeat: Int64
    private let pingInterval: Int64
    private let stallTimeout: Int64
    private let supportsPing: Bool
    private var lastSent: Int64
    private var lastHeard: Int64
    private var lastPing: Int64
    private var unanswered = 0
    private var lastTaken: UInt64 = 0
    private var lastProgress: Int64
    private var wasPending = false

    init(limits: LiveConfiguration, supportsPing: Bool, now: Int64) {
        heartbeat = limits.heartbeat.inMilliseconds
        pingInterval = limits.pingInterval.inMilliseconds
        stallTimeout = limits.stallTimeout.inMilliseconds
        self.supportsPing = supportsPing
        lastSent = now
        lastHeard = now
        lastPing = now
        lastProgress = now
    }

    /// Something was written to the client.
    mutating func sent(now: Int64) { lastSent = now }

    /// The client said something, be it only a pong.
    mutating func heard(now: Int64) {
        lastHeard = now
        unanswered = 0
    }

    mutating func tick(now: Int64, progress: SinkProgress, mayBeat: Bool) -> Verdict {
        if progress.pending > 0 {
            // What waits for the client is the question; whether it would answer a ping behind that is not.
            if !wasPending || progress.taken != lastTaken { lastProgress = now }
            wasPending = true
            lastTaken = progress.taken
            lastPing = now
            unanswered = 0
            if now - lastProgress >= stallTimeout { return .close(.stalled) }
            return beat(now, mayBeat) ? .heartbeat : .nothing
        }
        wasPending = false
        lastTaken = progress.taken
        var pings = false
        if supportsPing, now - lastPing >= pingInterval {
            if unanswered >= 2 { return .close(.silent) }
            if now - lastHeard >= pingInterval {
                unanswered += 1
                lastPing = now
                pings = true
            }
        }
        return switch (pings, beat(now, mayBeat)) {
        case (true, true): .pingAndHeartbeat
        case (true, false): .ping
        case (false, true): .heartbeat
        case (false, false): .nothing
        }
    }

    private mutating func beat(_ now: Int64, _ mayBeat: Bool) -> Bool {
        guard mayBeat, now - lastSent >= heartbeat else { return false }
        lastSent = now
        return true
    }
}
