import FluxTesting
import Glibc
import Testing

@testable import FluxTiering

@Suite struct ForecastTests {
    @Test(arguments: [
        (1.0, -0.5772156649015329), (0.5, -1.9635100260214235), (10.0, 2.251752589066721), (0.01, -100.56088545786867),
    ])
    func digamma(_ x: Double, _ value: Double) {
        #expect(abs(GammaFunctions.digamma(x) - value) < 1e-9 * max(1, abs(value)))
    }

    @Test(arguments: [(1.0, 1.6449340668482264), (0.5, 4.934802200544679), (10.0, 0.10516633568168575)])
    func trigamma(_ x: Double, _ value: Double) {
        #expect(abs(GammaFunctions.trigamma(x) - value) < 1e-9 * max(1, value))
    }

    @Test(arguments: [
        (1.0, 1.0, 0.6321205588285577), (0.5, 0.5, 0.6826894921370859), (10.0, 5.0, 0.031828057306204811),
        (10.0, 20.0, 0.9950045876916924), (100.0, 100.0, 0.5132987982791487), (0.1, 1e-5, 0.33239), (3.0, 0.0, 0.0),
    ])
    func gammaShares(_ shape: Double, _ x: Double, _ share: Double) {
        #expect(abs(GammaFunctions.lowerShare(shape: shape, x) - share) < 1e-4)
    }

    @Test func oldDaysCountLess() {
        var seen = ReadObservation(from: 0)
        seen.add(reads: 8)
        seen.advance(to: 30, halfLife: 30)
        #expect(abs(seen.reads - 4) < 1e-12)
        #expect(abs(seen.exposure - 30 / M_LN2 / 2) < 1e-9)
        // In steps or at once: the same.
        var slowly = ReadObservation(from: 0)
        slowly.add(reads: 8)
        for day in 1...30 { slowly.advance(to: Double(day), halfLife: 30) }
        #expect(abs(slowly.reads - seen.reads) < 1e-9 && abs(slowly.exposure - seen.exposure) < 1e-9)
        slowly.advance(to: 10, halfLife: 30)
        #expect(slowly.day == 30)
        // However long, no more than a half-life divided by ln 2.
        seen.advance(to: 100_000, halfLife: 30)
        #expect(abs(seen.exposure - 30 / M_LN2) < 1e-6)
    }

    @Test func twoDaysSayLessThanAYear() {
        let prior = RateBelief(shape: 0.5, days: 10)
        var young = ReadObservation(from: 0)
        young.advance(to: 2, halfLife: 90)
        var old = ReadObservation(from: 0)
        old.advance(to: 365, halfLife: 90)
        let rule = TemperatureRule()
        let (first, second) = (rule.judge(prior.after(young)), rule.judge(prior.after(old)))
        #expect(prior.after(young).chance(within: 30) > prior.after(old).chance(within: 30))
        #expect(second.temperature == .cold || second.temperature == .archive)
        #expect(first.temperature == .hot || first.temperature == .warm || first.confidence < second.confidence)
    }

    /// Poisson numbers by multiplication; the rates are small.
    private static func poisson(_ mean: Double, _ random: inout SeededRandom) -> Int {
        let limit = exp(-mean)
        var product = Double.random(in: 0..<1, using: &random)
        var count = 0
        while product > limit, count < 100_000 {
            product *= Double.random(in: 0..<1, using: &random)
            count += 1
        }
        return count
    }

    /// A gamma number by Marsaglia and Tsang's method, with the boost for shapes below one.
    private static func gamma(_ shape: Double, _ random: inout SeededRandom) -> Double {
        if shape < 1 {
            return gamma(shape + 1, &random) * pow(Double.random(in: 0..<1, using: &random), 1 / shape)
        }
        let d = shape - 1.0 / 3
        while true {
            let (u1, u2) = (Double.random(in: 1e-12..<1, using: &random), Double.random(in: 0..<1, using: &random))
            let normal = sqrt(-2 * log(u1)) * cos(2 * Double.pi * u2)
            let v = pow(1 + normal / sqrt(9 * d), 3)
            if v > 0, log(Double.random(in: 1e-12..<1, using: &random)) < 0.5 * normal * normal + d - d * v + d * log(v)
            {
                return d * v
            }
        }
    }

    @Test func whatObjectsHaveInCommonIsFound() {
        var random = SeededRandom()
        for (shape, days) in [(0.3, 10.0), (1.0, 30.0), (4.0, 8.0)] {
            let seen = (0..<4000).map { _ -> ReadObservation in
                var seen = ReadObservation(from: 0)
                let watched = Double(1 + random.below(120))
                seen.advance(to: watched, halfLife: 1e9)
                seen.add(reads: Double(Self.poisson(Self.gamma(shape, &random) / days * watched, &random)))
                return seen
            }
            let found = PriorFit.fit(seen, wider: RateBelief(shape: 1, days: 1))
            #expect(abs(found.mean / (shape / days) - 1) < 0.15, "seed \(random.seed): \(found)")
            #expect(abs(log(found.shape / shape)) < 0.4, "seed \(random.seed): \(found) of \(shape)")
        }
    }

    @Test func fewObjectsAreTakenAsTheWiderKind() {
        let wider = RateBelief(shape: 2, days: 3)
        #expect(PriorFit.fit([], wider: wider) == wider)
        #expect(PriorFit.fit(Array(repeating: ReadObservation(from: 0), count: 1000), wider: wider) == wider)
        var quiet = ReadObservation(from: 0)
        quiet.advance(to: 100, halfLife: 90)
        let nobody = PriorFit.fit(Array(repeating: quiet, count: 1000), wider: wider)
        #expect(nobody.mean > 0 && nobody.mean < 1e-3 && nobody.chance(within: 365).isFinite)
    }

    /// Where reads come as the model says, of a hundred objects with a chance of 30 % about thirty are read.
    @Test func chancesAreWhatHappens() {
        var random = SeededRandom()
        let (shape, days) = (0.4, 20.0)
        let prior = RateBelief(shape: shape, days: days)
        var bins = Array(repeating: (sum: 0.0, read: 0.0, count: 0.0), count: 10)
        for _ in 0..<20_000 {
            let rate = Self.gamma(shape, &random) / days
            var seen = ReadObservation(from: 0)
            let watched = Double(1 + random.below(60))
            seen.advance(to: watched, halfLife: 1e9)
            seen.add(reads: Double(Self.poisson(rate * watched, &random)))
            let chance = prior.after(seen).chance(within: 30)
            let bin = min(9, Int(chance * 10))
            bins[bin].sum += chance
            bins[bin].read += Self.poisson(rate * 30, &random) > 0 ? 1 : 0
            bins[bin].count += 1
        }
        for bin in bins where bin.count > 200 {
            let error = abs(bin.sum - bin.read) / bin.count
            #expect(error < 4 * sqrt(0.25 / bin.count) + 0.005, "seed \(random.seed): \(bin)")
        }
    }

    @Test func temperaturesDoNotFlicker() {
        let rule = TemperatureRule()
        func belief(chance: Double, days: Double) -> RateBelief {
            // So narrow that the rate is as good as known.
            RateBelief(shape: 1e6, days: 1e6 / (-log1p(-chance) / days))
        }
        #expect(rule.judge(belief(chance: 0.52, days: 7)).temperature == .hot)
        #expect(rule.judge(belief(chance: 0.52, days: 7), previous: .warm).temperature == .warm)
        #expect(rule.judge(belief(chance: 0.56, days: 7), previous: .warm).temperature == .hot)
        #expect(rule.judge(belief(chance: 0.47, days: 7), previous: .hot).temperature == .hot)
        #expect(rule.judge(belief(chance: 0.44, days: 7), previous: .hot).temperature == .warm)
        #expect(rule.judge(belief(chance: 0.01, days: 365), previous: .cold).temperature == .archive)
        #expect(rule.judge(belief(chance: 0.9, days: 1)).confidence > 0.99)
        // What is known of an object that nobody watched is little.
        let unknown = rule.judge(RateBelief(shape: 0.3, days: 5))
        #expect(unknown.confidence < 0.8)
    }
}
