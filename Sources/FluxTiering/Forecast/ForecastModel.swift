/// What is told of one object: a class, how sure that is, and what it rests on.
public struct Judgement: Sendable, Hashable {
    public var temperature: Temperature
    /// How sure the class is, 0–1.
    public var confidence: Double
    /// Of at least one read within `ForecastModel.horizon`, 0–1.
    public var chance: Double
    /// Reads a day, on average of what is believed.
    public var rate: Double

    public init(temperature: Temperature, confidence: Double, chance: Double, rate: Double) {
        self.temperature = temperature
        self.confidence = confidence
        self.chance = chance
        self.rate = rate
    }
}

/// What is believed of the objects of a place before each was watched, and when an object is hot.
public struct ForecastModel: Sendable, Hashable {
    /// Days that a told chance of a read is for.
    public static let horizon = 30.0
    /// An object that was never read is judged once it was watched for so many days: of one that has just come, no read is
    /// what everybody expects.
    public static let unreadDays = 1.0

    /// Of any object.
    public var all: RateBelief
    /// Of objects of a kind, where there are enough.
    public var kinds: [ObjectKind: RateBelief]
    public var rule: TemperatureRule

    public init(all: RateBelief, kinds: [ObjectKind: RateBelief] = [:], rule: TemperatureRule = TemperatureRule()) {
        self.all = all
        self.kinds = kinds
        self.rule = rule
    }

    /// What is to be said of an object.
    ///
    /// - Parameter told: what it was called last.
    public func judge(_ kind: ObjectKind, _ seen: ReadObservation, told: Temperature?) -> Judgement {
        let belief = (kinds[kind] ?? all).after(seen)
        let (temperature, confidence) = rule.judge(belief, previous: told)
        return Judgement(
            temperature: temperature, confidence: confidence, chance: belief.chance(within: Self.horizon),
            rate: belief.mean)
    }
}

/// Learns a model from many objects in little memory: of each kind, and of all, a sample that is the same whenever the
/// objects come in the same order.
public struct ForecastFit {
    /// Objects of a kind that are learned from; a belief of two numbers gains nothing from more.
    static let sampleOfKind = 2_000
    static let sampleOfAll = 20_000
    /// More kinds than this are not told apart: those that come later are like all.
    public static let maximumKinds = 2_000

    private var all = Sample(limit: sampleOfAll)
    private var kinds: [ObjectKind: Sample] = [:]

    public init() {}

    public mutating func add(_ kind: ObjectKind, _ seen: ReadObservation) {
        all.add(seen)
        if kinds[kind] != nil || kinds.count < Self.maximumKinds {
            kinds[kind, default: Sample(limit: Self.sampleOfKind)].add(seen)
        }
    }

    public func model(rule: TemperatureRule = TemperatureRule()) -> ForecastModel {
        let belief = PriorFit.fit(all.kept, wider: .unknown)
        var model = ForecastModel(all: belief, rule: rule)
        for (kind, sample) in kinds where sample.kept.count >= PriorFit.minimumObjects {
            model.kinds[kind] = PriorFit.fit(sample.kept, wider: belief)
        }
        return model
    }

    /// Source: Vitter, "Random Sampling with a Reservoir", 1985, algorithm R.
    private struct Sample {
        let limit: Int
        var kept: [ReadObservation] = []
        private var seen: UInt64 = 0
        private var random = SplitMix(seed: 0)

        init(limit: Int) {
            self.limit = limit
        }

        mutating func add(_ observation: ReadObservation) {
            seen += 1
            guard kept.count >= limit else { return kept.append(observation) }
            let place = Int(random.next() % seen)
            if place < limit { kept[place] = observation }
        }
    }
}
