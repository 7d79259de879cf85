/// A set of offsets as ascending runs, small where the offsets lie together: those that lists leave out.
struct OffsetRuns: Sendable, Hashable {
    /// Each `from` inclusive, `to` exclusive; never empty, touching or overlapping.
    private(set) var runs: [Run] = []

    struct Run: Sendable, Hashable {
        var from: Int64
        var to: Int64
    }

    init() {}

    /// Adds offsets that lie at or behind all that are there; what is there already is not counted twice.
    mutating func append(from: Int64, to: Int64) {
        let start = max(from, runs.last?.to ?? from)
        guard start < to else { return }
        if let last = runs.last, last.to == start {
            runs[runs.count - 1].to = to
        } else {
            runs.append(Run(from: start, to: to))
        }
    }

    /// Forgets what lies below an offset.
    mutating func trim(below offset: Int64) {
        let kept = runs.firstIndex { $0.to > offset } ?? runs.count
        runs.removeFirst(kept)
        if let first = runs.first, first.from < offset { runs[0].from = offset }
    }

    /// How many of the offsets lie in a range.
    func count(in range: Range<Int64>) -> Int64 {
        guard !range.isEmpty else { return 0 }
        // The first run that ends behind the range's start.
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].to <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        var count: Int64 = 0
        for run in runs[low...] {
            guard run.from < range.upperBound else { break }
            count += min(run.to, range.upperBound) - max(run.from, range.lowerBound)
        }
        return count
    }
}
