import Glibc

/// Learns from many objects what to believe of one of their kind before it was watched: the gamma distribution under which
/// what was seen of all of them is most likely (empirical Bayes).
///
/// Source: Carlin and Louis, "Bayesian Methods for Data Analysis", 3rd edition, 5.3; found by expectation and maximisation.
public enum PriorFit {
    /// Fewer objects than this say too little of their kind: the belief of a wider one is taken.
    public static let minimumObjects = 30
    private static let rounds = 60

    /// - Parameters:
    ///   - seen: of each object; those that were not watched at all say nothing.
    ///   - wider: for a kind with few objects.
    public static func fit(_ seen: [ReadObservation], wider: RateBelief) -> RateBelief {
        let watched = seen.filter { $0.exposure > 0 }
        guard watched.count >= minimumObjects else { return wider }
        let reads = watched.reduce(0) { $0 + $1.reads }
        let days = watched.reduce(0) { $0 + $1.exposure }
        // As if one more read had been seen over all of them: where there was none the rate is small, and not nought.
        let mean = (reads + 1) / days
        var belief = RateBelief(shape: 0.5, days: 0.5 / mean)
        for _ in 0..<rounds {
            var rates = 0.0
            var logarithms = 0.0
            for observation in watched {
                let after = belief.after(observation)
                rates += after.mean
                logarithms += GammaFunctions.digamma(after.shape) - log(after.days)
            }
            let count = Double(watched.count)
            rates /= count
            let shape = shape(spread: log(rates) - logarithms / count, from: belief.shape)
            let next = RateBelief(shape: shape, days: shape / rates)
            let isDone = abs(next.shape - belief.shape) < 1e-6 * belief.shape
            belief = next
            if isDone { break }
        }
        return belief
    }

    /// Solves log(shape) − digamma(shape) = spread by Newton's steps in log(shape).
    private static func shape(spread: Double, from start: Double) -> Double {
        guard spread > 1e-9 else { return 1e6 }
        var shape = start
        for _ in 0..<30 {
            let error = log(shape) - GammaFunctions.digamma(shape) - spread
            let slope = 1 - shape * GammaFunctions.trigamma(shape)
            let step = min(max(error / slope, -2), 2)
            shape = min(max(shape * exp(-step), 1e-4), 1e6)
            if abs(step) < 1e-10 { break }
        }
        return shape
    }
}
