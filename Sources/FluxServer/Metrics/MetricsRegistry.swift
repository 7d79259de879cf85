public import CoreMetrics
public import NIOCore
import Synchronization

/// Keeps counters, gauges and histograms and writes them in Prometheus text format; also a factory for swift-metrics.
///
/// Names are made fit for Prometheus: they begin with `cloudflux_`, and of other characters than letters, digits and `_`
/// each becomes `_`. Labels of one name must always be the same keys.
public final class MetricsRegistry: MetricsFactory, Sendable {
    /// Bounds in seconds for how long requests take.
    public static let requestBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    enum Cell: Sendable {
        case counter(MetricCounter)
        case gauge(MetricGauge)
        case histogram(MetricHistogram)
    }

    struct Family: Sendable {
        var kind: MetricsText.Kind
        var help: String
        var series: [MetricLabels: Cell] = [:]
    }

    private struct State: Sendable {
        var families: [String: Family] = [:]
        var collectors: [@Sendable (inout MetricsText) -> Void] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// The counter of that name and labels, made when missing. `_total` is added where the name lacks it.
    public func counter(_ name: String, help: String, labels: [(String, String)] = []) -> MetricCounter {
        let named = Self.name(name)
        let made = MetricCounter()
        let cell = cell(named.hasSuffix("_total") ? named : named + "_total", .counter, help, labels) { .counter(made) }
        if case .counter(let counter) = cell { return counter }
        return made
    }

    /// The gauge of that name and labels, made when missing.
    public func gauge(_ name: String, help: String, labels: [(String, String)] = []) -> MetricGauge {
        let made = MetricGauge()
        let cell = cell(Self.name(name), .gauge, help, labels) { .gauge(made) }
        if case .gauge(let gauge) = cell { return gauge }
        return made
    }

    /// The histogram of that name and labels, made when missing.
    public func histogram(
        _ name: String, help: String, bounds: [Double] = MetricsRegistry.requestBounds, labels: [(String, String)] = []
    ) -> MetricHistogram {
        let made = MetricHistogram(bounds: bounds)
        let cell = cell(Self.name(name), .histogram, help, labels) { .histogram(made) }
        if case .histogram(let histogram) = cell { return histogram }
        return made
    }

    /// Has `collect` called at every scrape, for values that others keep.
    public func collect(_ collect: @escaping @Sendable (inout MetricsText) -> Void) {
        state.withLock { $0.collectors.append(collect) }
    }

    /// Everything in Prometheus text format 0.0.4.
    public func text() -> ByteBuffer {
        let (families, collectors) = state.withLock { ($0.families, $0.collectors) }
        var text = MetricsText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.family(name, family.kind, family.help)
            for (labels, cell) in family.series.sorted(by: { $0.key < $1.key }) {
                switch cell {
                case .counter(let counter): text.sample(counter.value, labels: labels.pairs)
                case .gauge(let gauge): text.sample(gauge.value, labels: labels.pairs)
                case .histogram(let histogram):
                    let snapshot = histogram.snapshot
                    text.histogram(
                        bounds: histogram.bounds, counts: snapshot.counts, sum: snapshot.sum, labels: labels.pairs)
                }
            }
        }
        for collect in collectors { collect(&text) }
        return text.buffer
    }

    private func cell(
        _ name: String, _ kind: MetricsText.Kind, _ help: String, _ labels: [(String, String)], make: () -> Cell
    ) -> Cell {
        let key = MetricLabels(labels)
        return state.withLock { state in
            if let cell = state.families[name]?.series[key] { return cell }
            // A name that exists with another kind keeps its kind; the caller's value then goes nowhere.
            if let family = state.families[name], family.kind != kind { return make() }
            let cell = make()
            state.families[name, default: Family(kind: kind, help: help)].series[key] = cell
            return cell
        }
    }

    /// A name fit for Prometheus.
    static func name(_ label: String) -> String {
        let plain = String(
            label.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "0"..."9", "_": Character(scalar)
                case "A"..."Z": Character(String(scalar).lowercased())
                default: "_"
                }
            })
        return plain.hasPrefix("cloudflux_") ? plain : "cloudflux_" + plain
    }

    private static let otherHelp = "Made by a library through swift-metrics."

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, help: Self.otherHelp, labels: dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, help: Self.otherHelp, labels: dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, help: Self.otherHelp, labels: dimensions)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? histogram(
                label, help: Self.otherHelp, bounds: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
                labels: dimensions) as any RecorderHandler
            : gauge(label, help: Self.otherHelp, labels: dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(
            label.hasSuffix("_seconds") ? label : label + "_seconds", help: Self.otherHelp, labels: dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
