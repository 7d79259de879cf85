import Testing

@testable import FluxTiering

@Suite struct ForecastNewsTests {
    private static let hour: Int64 = 3_600_000

    private func judged(_ temperature: Temperature = .warm, chance: Double = 0.5, rate: Double = 0.02) -> Judgement {
        Judgement(temperature: temperature, confidence: 0.9, chance: chance, rate: rate)
    }

    private func told(
        _ temperature: Temperature? = .warm, chance: Double? = 0.5, rate: Double? = 0.02
    ) -> ToldForecast {
        ToldForecast(temperature: temperature, confidence: 0.9, chance: chance, rate: rate, at: 0)
    }

    @Test func whatWasNeverToldOrIsCalledOtherwiseIsNews() {
        #expect(ForecastNews(judged(), told: nil, now: 0)?.pattern == .temperature)
        let news = ForecastNews(judged(.cold), told: told(), now: 0)
        #expect(news?.pattern == .temperature && news?.prediction == true)
    }

    @Test func theSameAgainIsNoNews() {
        #expect(ForecastNews(judged(chance: 0.69, rate: 0.039), told: told(), now: 100 * Self.hour) == nil)
    }

    @Test func aChanceThatDiffersByAFifthIsTold() {
        let news = ForecastNews(judged(chance: 0.71), told: told(), now: 0)
        #expect(news?.prediction == true && news?.pattern == nil)
        #expect(ForecastNews(judged(chance: 0.29), told: told(), now: 0)?.prediction == true)
    }

    @Test func aRateThatDoublesIsToldOnceAnHour() {
        let news = judged(rate: 0.05)
        #expect(ForecastNews(news, told: told(), now: Self.hour - 1) == nil)
        #expect(ForecastNews(news, told: told(), now: Self.hour)?.pattern == .rate)
        #expect(ForecastNews(judged(rate: 0.009), told: told(), now: Self.hour)?.pattern == .rate)
        // Once in a thousand years is as good as once in a million.
        #expect(ForecastNews(judged(rate: 1e-9), told: told(rate: 1e-6), now: Self.hour) == nil)
    }

    @Test(arguments: [
        ("", "", ""), ("a", "", ""), ("a.b", "", ".b"), ("x/y/z.tar.gz", "x", ".gz"), ("/a.b/c", "", ""),
        ("x/", "x", ""), (".hidden", "", ".hidden"),
    ])
    func kindsAreTheFirstFolderAndTheEnding(key: String, folder: String, ending: String) {
        let kind = ObjectKind(of: Array(key.utf8))
        #expect(kind == ObjectKind(folder: Array(folder.utf8), ending: Array(ending.utf8)))
    }

    @Test(arguments: [0.05, 0.5, 0.95, 0.999]) func eachThresholdCanBePassedFromBothSides(chance: Double) {
        var rule = TemperatureRule()
        rule.hot.chance = chance
        let (sure, never) = (RateBelief(shape: 1e4, days: 1), RateBelief(shape: 1e-3, days: 1e6))
        #expect(rule.judge(sure, previous: .warm).temperature == .hot)
        #expect(rule.judge(never, previous: .hot).temperature != .hot)
    }

    @Test func thresholdsOutOfOrderAreFound() {
        var rule = TemperatureRule()
        #expect(rule.isOrdered)
        (rule.hot.chance, rule.warm.chance) = (0.1, 0.9)
        #expect(!rule.isOrdered)
    }

    @Test func aKindOfManyObjectsIsBelievedByItselfAndFewAreLikeAll() {
        var fit = ForecastFit()
        func seen(_ reads: Double) -> ReadObservation {
            var seen = ReadObservation(from: 0)
            seen.advance(to: 60, halfLife: ReadObservation.halfLife)
            seen.add(reads: reads)
            return seen
        }
        let (busy, quiet, few) = (Array("busy/a.log".utf8), Array("quiet/a.log".utf8), Array("few/a.log".utf8))
        func add(_ key: [UInt8], _ seen: ReadObservation) { key.withUnsafeBytes { fit.add($0, seen) } }
        for number in 0..<3_000 {
            add(busy, seen(Double(30 + number % 7)))
            add(quiet, seen(number % 50 == 0 ? 1 : 0))
        }
        for _ in 0..<PriorFit.minimumObjects - 1 { add(few, seen(1)) }
        let model = fit.model()
        #expect(model.kinds[ObjectKind(of: few)] == nil)
        let fresh = ReadObservation(from: 60)
        #expect(model.judge(ObjectKind(of: busy), fresh, told: nil).temperature == .hot)
        #expect(model.judge(ObjectKind(of: quiet), fresh, told: nil).chance < 0.1)
        // What is learned from samples is the same each time.
        #expect(fit.model() == model)
    }
}
