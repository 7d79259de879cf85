import FluxTesting
import Testing

@testable import FluxTiering

@Suite struct BacktestTests {
    @Test func whatIsToldOfKnownRatesComesTrue() {
        var random = SeededRandom()
        let trace = ReadTrace.madeUp(objects: 600, days: 700, using: &random)
        // Rates stay here, so nothing is forgotten.
        var backtest = ForecastBacktest()
        backtest.halfLife = 100_000
        for result in backtest.run(trace) {
            #expect(result.forecast.calibrationError < 0.05, "seed \(random.seed), \(result.horizon) days")
            #expect(result.forecast.brier < result.baseRateBrier, "seed \(random.seed), \(result.horizon) days")
            #expect(result.forecast.brier < result.lastMonth.brier, "seed \(random.seed), \(result.horizon) days")
        }
    }

    @Test func whatHappenedIsLookedUpRightly() {
        // Read on day 207 only: a week from day 200 on reaches it, and then not any more.
        var object = ReadTrace.Object(kind: "", firstDay: 0)
        object.reads = [ReadTrace.Day(day: 207, reads: 3)]
        var backtest = ForecastBacktest()
        backtest.horizons = [7]
        backtest.every = 1
        let result = backtest.run(ReadTrace(objects: [object], days: 220))[0]
        // Looks at 200 … 212; the day itself has passed at 207.
        #expect(result.forecast.count == 13)
        #expect(result.forecast.bins.reduce(0) { $0 + $1.happened } == 7)
        #expect(result.lastMonth.bins[0].count == 7, "before the read the last month says never")
    }

    @Test func scoresAreThoseOfTheBook() {
        var reliability = Reliability()
        for _ in 0..<8 { reliability.add(chance: 0.8, happened: true) }
        for _ in 0..<2 { reliability.add(chance: 0.8, happened: false) }
        #expect(abs(reliability.brier - (8 * 0.04 + 2 * 0.64) / 10) < 1e-12)
        #expect(reliability.calibrationError < 1e-12)
        for _ in 0..<10 { reliability.add(chance: 1, happened: false) }
        #expect(abs(reliability.calibrationError - 0.5) < 1e-12)
        #expect(reliability.share == 0.4)
    }

    @Test func aTraceThatIsTooShortIsNotJudged() {
        var random = SeededRandom()
        let results = ForecastBacktest().run(ReadTrace.madeUp(objects: 5, days: 100, using: &random))
        #expect(results.allSatisfy { $0.forecast.count == 0 && $0.forecast.brier == 0 })
    }
}
