/// How far chances that were told came true.
public struct Reliability: Sendable, Hashable {
    /// Chances of one tenth.
    public struct Bin: Sendable, Hashable {
        public var count = 0
        /// Sums, so that bins can be added up.
        public var chances = 0.0
        public var happened = 0

        /// The chance that was told, on average.
        public var told: Double { count == 0 ? 0 : chances / Double(count) }
        /// How often it happened.
        public var share: Double { count == 0 ? 0 : Double(happened) / Double(count) }
    }

    /// Ten: 0 up to 0.1, 0.1 up to 0.2, and so on; 1 is in the last.
    public private(set) var bins = [Bin](repeating: Bin(), count: 10)
    private var squares = 0.0

    public init() {}

    public mutating func add(chance: Double, happened: Bool) {
        let place = min(9, max(0, Int(chance * 10)))
        bins[place].count += 1
        bins[place].chances += chance
        bins[place].happened += happened ? 1 : 0
        let miss = chance - (happened ? 1 : 0)
        squares += miss * miss
    }

    public var count: Int { bins.reduce(0) { $0 + $1.count } }

    /// How often it happened in all.
    public var share: Double { count == 0 ? 0 : Double(bins.reduce(0) { $0 + $1.happened }) / Double(count) }

    /// The mean of the squared misses, 0 (best) to 1. Source: Brier, "Verification of forecasts expressed in terms of
    /// probability", 1950.
    public var brier: Double { count == 0 ? 0 : squares / Double(count) }

    /// How far the chances that were told lie from what happened, bin by bin, weighted by their size (expected calibration
    /// error), 0–1.
    public var calibrationError: Double {
        guard count > 0 else { return 0 }
        return bins.reduce(0) { $0 + Double($1.count) / Double(count) * abs($1.told - $1.share) }
    }
}
