import FluxTiering

/// How hot each object is at the end of the logs, learned and judged as a server does it. Reads of scans do not count.
struct TemperatureJudge {
    private let judgements: [Judgement]

    init(_ tally: AccessTally, isScan: [Bool]) {
        let seen = Self.observations(tally, isScan)
        // A bucket's objects are like each other.
        var fits = [ForecastFit](repeating: ForecastFit(), count: tally.buckets.count)
        for (object, seen) in seen.enumerated() {
            tally.keys[object].withUnsafeBytes { fits[Int(tally.keys.salt(object))].add($0, seen) }
        }
        let models = fits.map { $0.model() }
        var beliefs = models.map { KindBeliefs($0) }
        judgements = seen.enumerated().map { object, seen in
            let bucket = Int(tally.keys.salt(object))
            let prior = tally.keys[object].withUnsafeBytes { beliefs[bucket].belief(of: $0) }
            return models[bucket].judgement(models[bucket].outlook(prior.after(seen), told: nil))
        }
    }

    func verdict(_ object: Int) -> Judgement { judgements[object] }

    /// Days since 1970, with fractions.
    private static func day(_ time: Int64) -> Double { Double(time) / 86_400 }

    private static func observations(_ tally: AccessTally, _ isScan: [Bool]) -> [ReadObservation] {
        guard let span = tally.span else { return [] }
        // Logs of a moment say something too: as if they were of a minute.
        let end = max(day(span.upperBound), day(span.lowerBound) + 1.0 / 1440)
        var rows = [[Int]](repeating: [], count: tally.objects.count)
        for (number, row) in tally.rows.enumerated() where !isScan[number] { rows[Int(row.object)].append(number) }
        return tally.objects.enumerated().map { number, object in
            // One that was written while it was watched, and not read before, is watched from then on.
            let begin = object.written < object.first ? max(object.written, span.lowerBound) : span.lowerBound
            var seen = ReadObservation(from: day(begin))
            for row in rows[number].map({ tally.rows[$0] }).sorted(by: { $0.quarter < $1.quarter }) {
                // In the middle of the quarter of a day, as the hour is not kept.
                seen.advance(to: min(Double(row.quarter) / 4 + 0.125, end), halfLife: ReadObservation.halfLife)
                seen.add(reads: row.fullReads)
            }
            seen.advance(to: end, halfLife: ReadObservation.halfLife)
            return seen
        }
    }
}
