import Glibc

/// Reads of objects by day, as recorded or made up. Days count from 0.
public struct ReadTrace: Sendable {
    public struct Object: Sendable, Hashable {
        /// Objects of one kind are alike.
        public var kind: String
        /// From when on it was there.
        public var firstDay: Int
        /// Days with reads, ascending, and how many.
        public var reads: [Day] = []

        public init(kind: String, firstDay: Int) {
            self.kind = kind
            self.firstDay = firstDay
        }
    }

    public struct Day: Sendable, Hashable {
        public var day: Int
        public var reads: Double

        public init(day: Int, reads: Double) {
            self.day = day
            self.reads = reads
        }
    }

    public var objects: [Object]
    /// Days that it covers.
    public var days: Int

    public init(objects: [Object], days: Int) {
        self.objects = objects
        self.days = days
    }

    /// Objects whose rates are drawn from a gamma distribution and stay, and whose reads come at random: what the forecast
    /// takes the world for. What it says of these must come true.
    ///
    /// - Parameters:
    ///   - shape: of the distribution of rates.
    ///   - mean: reads a day, on average over the objects.
    public static func madeUp(
        objects: Int, days: Int, shape: Double = 0.5, mean: Double = 0.05,
        using random: inout some RandomNumberGenerator
    ) -> ReadTrace {
        var made: [Object] = []
        for _ in 0..<objects {
            var object = Object(kind: "made-up", firstDay: Int.random(in: 0..<max(1, days / 4), using: &random))
            let rate = RateBelief(shape: shape, days: shape / mean).draw(using: &random)
            for day in object.firstDay..<days {
                let reads = poisson(rate, &random)
                if reads > 0 { object.reads.append(Day(day: day, reads: Double(reads))) }
            }
            made.append(object)
        }
        return ReadTrace(objects: made, days: days)
    }

    /// By counting arrivals; rates here are small.
    private static func poisson(_ rate: Double, _ random: inout some RandomNumberGenerator) -> Int {
        var count = 0
        var time = -log(Double.random(in: .ulpOfOne..<1, using: &random))
        while time < rate {
            count += 1
            time -= log(Double.random(in: .ulpOfOne..<1, using: &random))
        }
        return count
    }
}
