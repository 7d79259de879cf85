import Synchronization

/// The counters of one event loop, readable from any thread.
final class LoopStatistics: Sendable {
    struct Values: Sendable {
        var webSockets = 0
        var others = 0
        var behind = 0
        var delivered: UInt64 = 0
        var gaps: UInt64 = 0
        var stalled: UInt64 = 0
        var subscriptions: UInt64 = 0
        var refused: [String: UInt64] = [:]
        var ended: [UInt16: UInt64] = [:]
        var bufferedBytes = 0
        /// This minute's latencies and the last minute's.
        var current = LatencyHistogram()
        var previous = LatencyHistogram()
        var rotatedAt: Int64 = 0
    }

    private static let rotation: Int64 = 60_000
    private let values = Mutex(Values())

    func update(_ change: (inout sending Values) -> Void) {
        values.withLock { change(&$0) }
    }

    func rotate(now: Int64) {
        values.withLock { values in
            guard now - values.rotatedAt >= Self.rotation else { return }
            values.previous = values.current
            values.current = LatencyHistogram()
            values.rotatedAt = now
        }
    }

    var snapshot: Values { values.withLock { $0 } }
}

extension LiveStatistics {
    init(_ loops: [LoopStatistics.Values]) {
        self.init()
        var latency = LatencyHistogram()
        for loop in loops {
            webSockets += loop.webSockets
            subscribers += loop.webSockets + loop.others
            behind += loop.behind
            delivered += loop.delivered
            gaps += loop.gaps
            stalled += loop.stalled
            subscriptions += loop.subscriptions
            refused.merge(loop.refused, uniquingKeysWith: +)
            ended.merge(loop.ended, uniquingKeysWith: +)
            bufferedBytes += loop.bufferedBytes
            latency.add(loop.current)
            latency.add(loop.previous)
        }
        if let p50 = latency.percentile(0.5), let p90 = latency.percentile(0.9), let p99 = latency.percentile(0.99) {
            self.latency = Latency(p50: p50, p90: p90, p99: p99, max: latency.maximum)
        }
    }
}
