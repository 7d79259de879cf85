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
        judgement(outlook((kinds[kind] ?? all).after(seen), told: told))
    }

    /// The same of a belief that was found before, without how sure it is, which costs most.
    public func outlook(_ belief: RateBelief, told: Temperature?) -> Outlook {
        Outlook(
            belief: belief, temperature: rule.temperature(belief, told), chance: belief.chance(within: Self.horizon))
    }

    public func judgement(_ outlook: Outlook) -> Judgement {
        Judgement(
            temperature: outlook.temperature, confidence: rule.sureness(outlook.belief, of: outlook.temperature),
            chance: outlook.chance, rate: outlook.belief.mean)
    }
}

/// A judgement but for how sure it is.
public struct Outlook: Sendable, Hashable {
    public var belief: RateBelief
    public var temperature: Temperature
    /// Of at least one read within `ForecastModel.horizon`, 0–1.
    public var chance: Double
}

/// Looks up what is believed of an object by its key, without copying it where objects of its kind came before.
public struct KindBeliefs {
    private let model: ForecastModel
    private var index = KindIndex()
    /// By number of the kind; nil: it is like all.
    private var own: [RateBelief?] = []

    public init(_ model: ForecastModel) {
        self.model = model
    }

    /// The belief before anything was seen.
    public mutating func belief(of key: UnsafeRawBufferPointer) -> RateBelief {
        guard let number = index.number(of: key) else { return model.all }
        if number == own.count { own.append(model.kinds[index.kinds[number]]) }
        return own[number] ?? model.all
    }

    /// The model with those kinds alone that were asked for.
    public var used: ForecastModel {
        var used = ForecastModel(all: model.all, rule: model.rule)
        for (kind, belief) in zip(index.kinds, own) { used.kinds[kind] = belief }
        return used
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
    private var index = KindIndex()
    /// By number of the kind.
    private var kinds: [Sample] = []

    public init() {}

    /// Objects that were learned from, at most as many as are kept.
    public var count: Int { all.kept.count }

    public mutating func add(_ key: UnsafeRawBufferPointer, _ seen: ReadObservation) {
        all.add(seen)
        guard let number = index.number(of: key, limit: Self.maximumKinds) else { return }
        if number == kinds.count { kinds.append(Sample(limit: Self.sampleOfKind)) }
        kinds[number].add(seen)
    }

    public func model(rule: TemperatureRule = TemperatureRule()) -> ForecastModel {
        let belief = PriorFit.fit(all.kept, wider: .unknown)
        var model = ForecastModel(all: belief, rule: rule)
        for (kind, sample) in zip(index.kinds, kinds) where sample.kept.count >= PriorFit.minimumObjects {
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
