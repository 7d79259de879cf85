public import CoreMetrics
import Synchronization

/// A count that only rises.
public final class MetricCounter: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let state = Mutex(0.0)

    /// Adds to the count; negative amounts are ignored.
    public func increment(by amount: Int64 = 1) {
        increment(by: Double(amount))
    }

    /// Adds to the count; negative amounts are ignored.
    public func increment(by amount: Double) {
        guard amount > 0 else { return }
        state.withLock { $0 += amount }
    }

    /// Starts again at zero.
    public func reset() {
        state.withLock { $0 = 0 }
    }

    var value: Double { state.withLock { $0 } }
}

/// A value that rises and falls.
public final class MetricGauge: MeterHandler, RecorderHandler, Sendable {
    private let state = Mutex(0.0)

    public func set(_ value: Int64) { state.withLock { $0 = Double(value) } }
    public func set(_ value: Double) { state.withLock { $0 = value } }
    public func increment(by amount: Double) { state.withLock { $0 += amount } }
    public func decrement(by amount: Double) { state.withLock { $0 -= amount } }
    public func record(_ value: Int64) { set(value) }
    public func record(_ value: Double) { set(value) }

    var value: Double { state.withLock { $0 } }
}

/// How often values fell below each of some bounds.
public final class MetricHistogram: RecorderHandler, TimerHandler, Sendable {
    struct State: Sendable {
        var counts: [UInt64]
        var sum = 0.0
    }

    /// Upper bounds, ascending, without infinity.
    let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    public func record(_ value: Int64) { record(Double(value)) }

    /// Counts one value.
    public func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    /// Counts one duration; the histogram's unit is seconds.
    public func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    /// Counts one duration; the histogram's unit is seconds.
    public func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(Double(seconds) + Double(attoseconds) / 1e18)
    }

    var snapshot: State { state.withLock { $0 } }
}
