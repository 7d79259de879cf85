import Glibc

/// Goes through a trace as if it were now, again and again: tells the chance of a read from what was seen until then, and
/// looks at what happened.
public struct ForecastBacktest: Sendable {
    /// Of one horizon.
    public struct Result: Sendable {
        /// Days.
        public var horizon: Int
        public var forecast = Reliability()
        /// What the last 30 days say: reads come as often as in them.
        public var lastMonth = Reliability()

        /// The Brier score of who always tells how often it happens, and knows that beforehand.
        public var baseRateBrier: Double { forecast.share * (1 - forecast.share) }
    }

    public var horizons = [7, 30, 90, 365]
    /// Days before the first look; there must be something to have seen.
    public var warmUp = 200
    /// Days between looks.
    public var every = 30
    /// Days after which a read counts half.
    public var halfLife = ReadObservation.halfLife

    public init() {}

    public func run(_ trace: ReadTrace) -> [Result] {
        var results = horizons.map { Result(horizon: $0) }
        var seen = trace.objects.map { ReadObservation(from: Double($0.firstDay)) }
        // Of each object the place of the first day with reads that was not looked at yet.
        var next = [Int](repeating: 0, count: trace.objects.count)
        var today = warmUp
        while today + (horizons.min() ?? 0) < trace.days {
            for number in trace.objects.indices {
                watch(trace.objects[number], through: today, &seen[number], &next[number])
            }
            tell(trace, at: today, seen, next, &results)
            today += every
        }
        return results
    }

    /// Takes in the days up to the end of `today`.
    private func watch(_ object: ReadTrace.Object, through today: Int, _ seen: inout ReadObservation, _ next: inout Int)
    {
        while next < object.reads.count, object.reads[next].day <= today {
            seen.advance(to: Double(object.reads[next].day + 1), halfLife: halfLife)
            seen.add(reads: object.reads[next].reads)
            next += 1
        }
        seen.advance(to: Double(today + 1), halfLife: halfLife)
    }

    private func tell(
        _ trace: ReadTrace, at today: Int, _ seen: [ReadObservation], _ next: [Int], _ results: inout [Result]
    ) {
        // One that came this week is no test: nothing is known of it, and its first days are not like others.
        let there = trace.objects.indices.filter { trace.objects[$0].firstDay <= today - 2 }
        let all = PriorFit.fit(there.map { seen[$0] }, wider: .unknown)
        var priors: [String: RateBelief] = [:]
        for (kind, members) in Dictionary(grouping: there, by: { trace.objects[$0].kind }) {
            priors[kind] = PriorFit.fit(members.map { seen[$0] }, wider: all)
        }
        for number in there {
            let object = trace.objects[number]
            let belief = (priors[object.kind] ?? all).after(seen[number])
            let month = object.reads[..<next[number]].reversed().prefix { $0.day > today - 30 }
                .reduce(0) { $0 + $1.reads }
            let nextRead = next[number] < object.reads.count ? object.reads[next[number]].day : nil
            for place in results.indices where today + results[place].horizon < trace.days {
                let horizon = results[place].horizon
                let happened = nextRead.map { $0 <= today + horizon } ?? false
                results[place].forecast.add(chance: belief.chance(within: Double(horizon)), happened: happened)
                results[place].lastMonth.add(
                    chance: -expm1(-month / 30 * Double(horizon)), happened: happened)
            }
        }
    }
}
