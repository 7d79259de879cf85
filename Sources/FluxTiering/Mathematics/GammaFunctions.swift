import Glibc

/// What Glibc has not of the gamma function's family. Sources: NIST Digital Library of Mathematical Functions, 5.11 and 8.
enum GammaFunctions {
    /// The derivative of the logarithm of the gamma function, for x > 0.
    static func digamma(_ x: Double) -> Double {
        var x = x
        var sum = 0.0
        // Asymptotic from 6 on (5.11.2), with the recurrence 5.5.2 below.
        while x < 6 {
            sum -= 1 / x
            x += 1
        }
        let f = 1 / (x * x)
        let series = f * (1.0 / 12 - f * (1.0 / 120 - f * (1.0 / 252 - f * (1.0 / 240 - f / 132))))
        return sum + log(x) - 0.5 / x - series
    }

    /// Its derivative, for x > 0.
    static func trigamma(_ x: Double) -> Double {
        var x = x
        var sum = 0.0
        while x < 6 {
            sum += 1 / (x * x)
            x += 1
        }
        let f = 1 / (x * x)
        return sum + 1 / x + f / 2 + (f / x) * (1.0 / 6 - f * (1.0 / 30 - f * (1.0 / 42 - f / 30)))
    }

    /// The share of a gamma distribution with this shape and rate 1 that lies below x: P(shape, x).
    static func lowerShare(shape: Double, _ x: Double) -> Double {
        guard x > 0, shape > 0 else { return 0 }
        guard x.isFinite else { return 1 }
        let scale = exp(shape * log(x) - x - lgamma(shape))
        // The series (8.11.4) below the mean, the continued fraction (8.9.2) above it: each where it converges fast.
        if x < shape + 1 {
            var term = 1 / shape
            var sum = term
            var n = shape
            for _ in 0..<1000 where abs(term) > abs(sum) * 1e-15 {
                n += 1
                term *= x / n
                sum += term
            }
            return min(1, sum * scale)
        }
        let tiny = 1e-300
        var b = x + 1 - shape
        var c = 1 / tiny
        var d = 1 / b
        var fraction = d
        for i in 1..<1000 {
            let a = -Double(i) * (Double(i) - shape)
            b += 2
            d = a * d + b
            d = 1 / (abs(d) < tiny ? tiny : d)
            c = b + a / c
            c = abs(c) < tiny ? tiny : c
            let change = c * d
            fraction *= change
            if abs(change - 1) < 1e-14 { break }
        }
        return max(0, 1 - scale * fraction)
    }
}
