import Glibc

/// How soon an object will be read, as one word.
public enum Temperature: String, Sendable, Hashable, CaseIterable {
    case hot = "HOT"
    case warm = "WARM"
    case cold = "COLD"
    case archive = "ARCHIVE"
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
    /// To leave a class, the chance has to pass its threshold by this part of it: one that lies on the edge does not change
    /// every day.
    public var hysteresis = 0.1

    public init() {}

    /// The class, and how sure it is (0–1): the share of the belief whose rates lie in it.
    ///
    /// - Parameter previous: what it was called last.
    public func judge(_ belief: RateBelief, previous: Temperature? = nil) -> (
        temperature: Temperature, confidence: Double
    ) {
        let temperature = temperature(belief, previous)
        let range: Range<Double> =
            switch temperature {
            case .hot: hot.rate..<Double.infinity
            case .warm: warm.rate..<max(hot.rate, warm.rate)
            case .cold: cold.rate..<max(warm.rate, cold.rate)
            case .archive: 0..<cold.rate
            }
        return (temperature, belief.sureness(range))
    }

    private func temperature(_ belief: RateBelief, _ previous: Temperature?) -> Temperature {
        let steps: [(Temperature, Threshold)] = [(.hot, hot), (.warm, warm), (.cold, cold)]
        let rank = previous.flatMap { Temperature.allCases.firstIndex(of: $0) }
        for (index, (temperature, threshold)) in steps.enumerated() {
            // One that was at least so warm has to fall below; one that was colder has to rise above.
            let margin = rank.map { $0 <= index ? -hysteresis : hysteresis } ?? 0
            if belief.chance(within: threshold.days) >= threshold.chance * (1 + margin) { return temperature }
        }
        return .archive
    }
}
