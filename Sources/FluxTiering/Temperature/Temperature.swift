import Glibc

/// How soon an object will be read, as one word.
public enum Temperature: String, Sendable, Hashable, CaseIterable {
    case hot = "HOT"
    case warm = "WARM"
    case cold = "COLD"
    case archive = "ARCHIVE"

    /// The hotter the smaller.
    fileprivate var rank: Int {
        switch self {
        case .hot: 0
        case .warm: 1
        case .cold: 2
        case .archive: 3
        }
    }
}

/// Which chance of a read makes an object hot, warm or cold; what is none of them is archive.
public struct TemperatureRule: Sendable, Hashable {
    /// So likely a read within so many days.
    public struct Threshold: Sendable, Hashable {
        public var days: Double
        /// 0–1.
        public var chance: Double

        public init(days: Double, chance: Double) {
            self.days = days
            self.chance = chance
        }

        /// The rate (reads a day) at which the chance is that.
        var rate: Double { -log1p(-chance) / days }
    }

    public var hot = Threshold(days: 7, chance: 0.5)
    public var warm = Threshold(days: 30, chance: 0.5)
    public var cold = Threshold(days: 365, chance: 0.2)
    /// To leave a class, the chance has to pass its threshold by this part of it (above a half, of what is left to certainty):
    /// one that lies on the edge does not change every day.
    public var hysteresis = 0.1

    public init() {}

    /// Whether what is hot is read more than what is warm, and that more than what is cold.
    public var isOrdered: Bool { hot.rate > warm.rate && warm.rate > cold.rate }

    /// The class, and how sure it is (0–1): the share of the belief whose rates lie in it.
    ///
    /// - Parameter previous: what it was called last.
    public func judge(_ belief: RateBelief, previous: Temperature? = nil) -> (
        temperature: Temperature, confidence: Double
    ) {
        let temperature = temperature(belief, previous)
        return (temperature, sureness(belief, of: temperature))
    }

    /// The share of the belief whose rates lie in a class, 0–1.
    func sureness(_ belief: RateBelief, of temperature: Temperature) -> Double {
        let range: Range<Double> =
            switch temperature {
            case .hot: hot.rate..<Double.infinity
            case .warm: warm.rate..<max(hot.rate, warm.rate)
            case .cold: cold.rate..<max(warm.rate, cold.rate)
            case .archive: 0..<cold.rate
            }
        return belief.sureness(range)
    }

    func temperature(_ belief: RateBelief, _ previous: Temperature?) -> Temperature {
        if isReached(.hot, hot, belief, previous) { return .hot }
        if isReached(.warm, warm, belief, previous) { return .warm }
        return isReached(.cold, cold, belief, previous) ? .cold : .archive
    }

    private func isReached(
        _ temperature: Temperature, _ threshold: Threshold, _ belief: RateBelief, _ previous: Temperature?
    ) -> Bool {
        // One that was at least so warm has to fall below; one that was colder has to rise above.
        let margin = hysteresis * min(threshold.chance, 1 - threshold.chance)
        let passed = previous.map { $0.rank <= temperature.rank ? -margin : margin } ?? 0
        return belief.chance(within: threshold.days) >= threshold.chance + passed
    }
}
