import Synchronization

/// What the writer's thread tells everybody about the log as a whole.
final class LogShared: Sendable {
    private struct State {
        var statistics = LogStatistics()
        var fatal: LogError?
        var isDiskFull = false
    }

    private let state = Mutex(State())

    var fatal: LogError? { self.state.withLock { $0.fatal } }
    var statistics: LogStatistics { self.state.withLock { $0.statistics } }

    var isDiskFull: Bool {
        get { self.state.withLock { $0.isDiskFull } }
        set { self.state.withLock { $0.isDiskFull = newValue } }
    }

    func update(_ body: (inout LogStatistics) -> Void) {
        self.state.withLock { body(&$0.statistics) }
    }

    /// True the first time.
    func failed(_ error: LogError) -> Bool {
        self.state.withLock { state in
            guard state.fatal == nil else { return false }
            state.fatal = error
            return true
        }
    }

    func synced(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = UInt64(max(0, seconds)) * 1_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000_000)
        self.update { statistics in
            statistics.syncs += 1
            statistics.syncMicroseconds += microseconds
            let bounds = LogStatistics.syncBoundsMicroseconds
            statistics.syncBuckets[bounds.firstIndex { microseconds <= $0 } ?? bounds.count] += 1
        }
    }
}
