import Glibc

extension RateBelief {
    /// A rate (reads a day) at random, as likely as it is believed.
    public func draw(using random: inout some RandomNumberGenerator) -> Double {
        Self.gamma(shape: shape, &random) / days
    }

    /// Source: Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", 2000.
    private static func gamma(shape: Double, _ random: inout some RandomNumberGenerator) -> Double {
        if shape < 1 {
            return gamma(shape: shape + 1, &random) * pow(Double.random(in: .ulpOfOne..<1, using: &random), 1 / shape)
        }
        let d = shape - 1.0 / 3
        while true {
            let x = normal(&random)
            let v = pow(1 + x / (9 * d).squareRoot(), 3)
            guard v > 0 else { continue }
            let u = Double.random(in: .ulpOfOne..<1, using: &random)
            if log(u) < x * x / 2 + d - d * v + d * log(v) { return d * v }
        }
    }

    private static func normal(_ random: inout some RandomNumberGenerator) -> Double {
        let u = Double.random(in: .ulpOfOne..<1, using: &random)
        return (-2 * log(u)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
}
