import Glibc

/// What is believed of an object's rate of reads (a day): a gamma distribution. With reads coming at random at that rate, what
/// is observed makes one of another.
///
/// Source: Gelman et al., "Bayesian Data Analysis", 3rd edition, 2.6 (Poisson model with a gamma prior).
public struct RateBelief: Sendable, Hashable {
    /// Above 0.
    public var shape: Double
    /// Days, above 0: as if so many had been watched before.
    public var days: Double

    public init(shape: Double, days: Double) {
        self.shape = max(shape, 1e-6)
        self.days = max(days, 1e-6)
    }

    /// Of an object of which nothing at all is known: a read in three months, or in an hour.
    public static let unknown = RateBelief(shape: 0.3, days: 30)

    /// Reads a day, on average.
    public var mean: Double { shape / days }

    /// The belief after an observation.
    public func after(_ seen: ReadObservation) -> RateBelief {
        RateBelief(shape: shape + seen.reads, days: days + seen.exposure)
    }

    /// The chance of at least one read within so many days, 0–1.
    public func chance(within horizon: Double) -> Double {
        guard horizon > 0 else { return 0 }
        return -expm1(-shape * log1p(horizon / days))
    }

    /// How sure it is that the rate lies in a range (reads a day), 0–1.
    public func sureness(_ range: Range<Double>) -> Double {
        let upper = range.upperBound.isFinite ? GammaFunctions.lowerShare(shape: shape, range.upperBound * days) : 1
        return max(0, upper - GammaFunctions.lowerShare(shape: shape, range.lowerBound * days))
    }
}
