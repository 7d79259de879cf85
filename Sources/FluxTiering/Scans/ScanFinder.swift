/// Finds the scans among one requester's reads, quarter of a day by quarter of a day, and then over longer spans among what
/// is left.
public struct ScanFinder {
    /// What a requester read of an object in a quarter of a day.
    public struct Reading: Sendable, Hashable {
        public var object: Int
        /// Quarters of days since 1970 (UTC).
        public var quarter: Int32
        /// Parts by their bytes.
        public var reads: Double

        public init(object: Int, quarter: Int32, reads: Double) {
            self.object = object
            self.quarter = quarter
            self.reads = reads
        }
    }

    public struct Scan: Sendable, Hashable {
        /// Its number among those that were given.
        public var prefix: Int
        /// Days since 1970 (UTC), the first and the last.
        public var days: ClosedRange<Int32>
        /// Different ones.
        public var objects: Int
        /// Parts by their bytes.
        public var reads: Double
    }

    /// The prefixes of all objects. Numbers of both are the caller's, from 0.
    public struct Prefixes: Sendable {
        /// Of each object one behind the other, `ScanRule.depth + 1` each from the empty one on; `none` where it has fewer.
        public var chains: [UInt32]
        /// How many objects lie below each.
        public var known: [UInt32]
        public static let none = UInt32.max

        public init(chains: [UInt32], known: [UInt32]) {
            self.chains = chains
            self.known = known
        }
    }

    /// What one span has seen of a prefix.
    private struct Seen {
        var span: UInt32 = 0
        var objects: UInt32 = 0
        var reads = 0.0
        /// Where its scan stands among those found, once it is one.
        var scan: Int?
    }

    private let rule: ScanRule
    private let prefixes: Prefixes
    private var objectSpan: [UInt32]
    private var seen: [Seen]
    private var span: UInt32 = 0

    public init(_ rule: ScanRule, prefixes: Prefixes) {
        self.rule = rule
        self.prefixes = prefixes
        objectSpan = Array(repeating: 0, count: prefixes.chains.count / (rule.depth + 1))
        seen = Array(repeating: Seen(), count: prefixes.known.count)
    }

    /// - Parameter readings: of one requester, ascending by time.
    /// - Returns: the scans, and of each reading which of them it belongs to, if it does.
    public mutating func find(_ readings: [Reading]) -> (scans: [Scan], scanOf: [Int?]) {
        var scans: [Scan] = []
        var scanOf = [Int?](repeating: nil, count: readings.count)
        guard let first = readings.first, let last = readings.last else { return (scans, scanOf) }
        for length in rule.spans where length == 1 || last.quarter > first.quarter {
            // Each span half over the last, so that none is cut in two by where it happens to begin.
            let step = Int32(max(1, length / 2))
            var begin = first.quarter
            var low = 0
            while true {
                while low < readings.count, readings[low].quarter < begin { low += 1 }
                guard low < readings.count else { break }
                // Not through years without reads.
                if readings[low].quarter >= begin + Int32(length) { begin = readings[low].quarter }
                var high = low
                while high < readings.count, readings[high].quarter < begin + Int32(length) { high += 1 }
                look(at: readings, low..<high, &scanOf, &scans)
                begin += step
            }
        }
        return (scans, scanOf)
    }

    private mutating func look(
        at readings: [Reading], _ range: Range<Int>, _ scanOf: inout [Int?], _ scans: inout [Scan]
    ) {
        guard range.count >= min(rule.minimumObjects, rule.smallStoreObjects) else { return }
        span += 1
        let depth = rule.depth + 1
        for index in range where scanOf[index] == nil {
            let reading = readings[index]
            let isNew = objectSpan[reading.object] != span
            objectSpan[reading.object] = span
            for place in reading.object * depth..<(reading.object + 1) * depth {
                let prefix = prefixes.chains[place]
                guard prefix != Prefixes.none else { break }
                if seen[Int(prefix)].span != span { seen[Int(prefix)] = Seen(span: span) }
                seen[Int(prefix)].objects += isNew ? 1 : 0
                seen[Int(prefix)].reads += reading.reads
            }
        }
        for index in range where scanOf[index] == nil && readings[index].reads <= rule.mostReads {
            let reading = readings[index]
            let start = reading.object * depth
            for place in start..<start + depth {
                let prefix = prefixes.chains[place]
                guard prefix != Prefixes.none else { break }
                let found = seen[Int(prefix)]
                guard
                    rule.isScan(
                        objects: Int(found.objects), reads: found.reads, known: Int(prefixes.known[Int(prefix)]),
                        isWholeStore: place == start)
                else { continue }
                scanOf[index] = note(reading, prefix: Int(prefix), &scans)
                break
            }
        }
    }

    /// Adds a reading to its scan.
    private mutating func note(_ reading: Reading, prefix: Int, _ scans: inout [Scan]) -> Int {
        let day = reading.quarter / 4
        guard let place = seen[prefix].scan else {
            seen[prefix].scan = scans.count
            scans.append(
                Scan(
                    prefix: prefix, days: day...day, objects: Int(seen[prefix].objects),
                    reads: reading.reads))
            return scans.count - 1
        }
        let days = scans[place].days
        scans[place].days = min(days.lowerBound, day)...max(days.upperBound, day)
        scans[place].reads += reading.reads
        return place
    }
}
