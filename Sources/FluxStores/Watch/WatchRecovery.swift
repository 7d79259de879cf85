/// Says when a watch that the system refused, or that broke, is tried again: after a second, then twice as long each
/// time, at most a minute. Pure; all times in milliseconds.
struct WatchRecovery: Sendable, Hashable {
    static let firstPause: Int64 = 1000
    static let longestPause: Int64 = 60_000

    /// When to try again; nil where it works, or nobody wants it to.
    private(set) var retryAt: Int64?
    private var failures = 0
    private var startedAt: Int64?

    /// It broke, or did not start. True for the first failure of a series, the one that is told: a watch that breaks
    /// again soon after it was tried again belongs to the same series.
    mutating func failed(now: Int64) -> Bool {
        if let startedAt, now - startedAt >= Self.longestPause { failures = 0 }
        let isFirst = failures == 0
        failures += 1
        startedAt = nil
        retryAt = now + (failures > 6 ? Self.longestPause : Self.firstPause << Int64(failures - 1))
        return isFirst
    }

    /// It works since now.
    mutating func started(now: Int64) {
        retryAt = nil
        startedAt = now
    }

    /// Nothing is watched on purpose.
    mutating func paused() {
        retryAt = nil
        startedAt = nil
    }
}
