/// What was last told of an object; nil where that did not say.
public struct ToldForecast: Sendable, Hashable {
    public var temperature: Temperature?
    public var confidence: Double?
    public var chance: Double?
    public var rate: Double?
    /// When (milliseconds since 1970).
    public var at: Int64

    public init(temperature: Temperature?, confidence: Double?, chance: Double?, rate: Double?, at: Int64) {
        self.temperature = temperature
        self.confidence = confidence
        self.chance = chance
        self.rate = rate
        self.at = at
    }
}

/// What of a judgement is worth telling after what was told before.
public struct ForecastNews: Sendable, Hashable {
    public enum Pattern: String, Sendable, Hashable {
        /// The class is another.
        case temperature
        /// It is read much more, or much less.
        case rate = "file_access"
    }

    public var pattern: Pattern?
    /// Whether the chance of a read is told too.
    public var prediction: Bool

    /// A rate that is so many times the one that was told, or so many times less, is another one.
    static let rateFactor = 2.0
    /// Rates below this (reads a day: one in three years) are all the same.
    static let leastRate = 1.0 / 1_000
    /// So long nothing is told of an object's rate again (milliseconds).
    static let ratePause: Int64 = 3_600_000
    /// A chance that differs by so much from the one that was told is another one.
    static let chanceStep = 0.2

    /// Nil where there is nothing to tell.
    ///
    /// - Parameter now: milliseconds since 1970.
    public init?(_ judgement: Judgement, told: ToldForecast?, now: Int64) {
        self.init(judgement.temperature, chance: judgement.chance, rate: judgement.rate, told: told, now: now)
    }

    public init?(_ outlook: Outlook, told: ToldForecast?, now: Int64) {
        self.init(outlook.temperature, chance: outlook.chance, rate: outlook.belief.mean, told: told, now: now)
    }

    private init?(
        _ temperature: Temperature, chance: Double, rate newRate: Double, told: ToldForecast?, now: Int64
    ) {
        guard let told, told.temperature == temperature else {
            (pattern, prediction) = (.temperature, true)
            return
        }
        if let rate = told.rate, now - told.at >= Self.ratePause {
            let (old, new) = (max(rate, Self.leastRate), max(newRate, Self.leastRate))
            if max(old, new) >= Self.rateFactor * min(old, new) { pattern = .rate }
        }
        // What was told without them is told with them at the next occasion.
        prediction = abs(chance - (told.chance ?? .infinity)) >= Self.chanceStep
        guard pattern != nil || prediction else { return nil }
    }
}
