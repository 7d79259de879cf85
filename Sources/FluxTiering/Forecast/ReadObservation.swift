import Glibc

/// What was observed of an object's reads, old days counting less: after a half-life half as much. Days are numbers since
/// some day, the same for all; they may have fractions.
public struct ReadObservation: Sendable, Hashable {
    /// Reads, each with the weight of its age.
    public private(set) var reads: Double
    /// Days watched, each with the weight of its age.
    public private(set) var exposure: Double
    /// Up to when this holds.
    public private(set) var day: Double

    /// Days after which a read counts half. Of 15, 30, 60, 120 and never, this one is calibrated best on the recorded trace
    /// `mods` (docs/tiering.md).
    public static let halfLife = 30.0

    /// An object that is watched from this day on.
    public init(from day: Double) {
        reads = 0
        exposure = 0
        self.day = day
    }

    /// Weighs both anew, and adds the days up to `day`. A day before is taken as now.
    ///
    /// - Parameter halfLife: days, above 0.
    public mutating func advance(to day: Double, halfLife: Double) {
        let passed = day - self.day
        guard passed > 0 else { return }
        let weight = exp2(-passed / halfLife)
        reads *= weight
        // The integral of the weights over the days that passed.
        exposure = exposure * weight + halfLife / M_LN2 * (1 - weight)
        self.day = day
    }

    /// Adds reads of now.
    public mutating func add(reads count: Double) { reads += max(0, count) }
}
