import FluxTiering

/// How hot each object is at the end of the logs. Reads of scans do not count.
struct TemperatureJudge {
    struct Verdict {
        var temperature: Temperature
        var confidence: Double
        /// Of a read within 30 days.
        var chance: Double
    }

    private let beliefs: [RateBelief]
    private let rule = TemperatureRule()

    init(_ tally: AccessTally, isScan: [Bool]) {
        let seen = Self.observations(tally, isScan)
        let groups = Self.groups(tally)
        var members = [[Int]](repeating: [], count: (groups.max() ?? -1) + 1)
        for (object, group) in groups.enumerated() { members[group].append(object) }
        let all = PriorFit.fit(seen, wider: .unknown)
        var beliefs = [RateBelief](repeating: all, count: seen.count)
        for objects in members {
            let prior = PriorFit.fit(objects.map { seen[$0] }, wider: all)
            for object in objects { beliefs[object] = prior.after(seen[object]) }
        }
        self.beliefs = beliefs
    }

    func verdict(_ object: Int) -> Verdict {
        let belief = beliefs[object]
        let (temperature, confidence) = rule.judge(belief)
        return Verdict(temperature: temperature, confidence: confidence, chance: belief.chance(within: 30))
    }

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

    /// Objects of one kind: the same bucket, first folder and ending.
    private static func groups(_ tally: AccessTally) -> [Int] {
        var index = ByteIndex()
        return tally.objects.indices.map { object in
            let key = tally.keys[object]
            let folder = key.prefix { $0 != UInt8(ascii: "/") }
            let name = key.lastIndex(of: UInt8(ascii: "/")).map { key[key.index(after: $0)...] } ?? key
            let ending = name.lastIndex(of: UInt8(ascii: ".")).map { name[$0...] } ?? []
            // A key without a folder is in none.
            let group = (folder.count == key.count ? [] : Array(folder)) + [0] + ending
            return group.withUnsafeBytes { index.number(of: $0, salt: tally.keys.salt(object)) }
        }
    }
}
