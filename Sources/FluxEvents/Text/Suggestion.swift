/// Finds what somebody probably meant by a name that does not exist: one helper for filters, parameters and settings.
public enum Suggestion {
    /// The nearest of `names`, ignoring case, or nil where none is near enough to be worth saying.
    ///
    /// Near is a Damerau–Levenshtein distance of at most a third of the longer name (at least 1), or a common prefix
    /// of 3 characters that covers one of the two whole.
    public static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(maximumLength))
        guard !wanted.isEmpty else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in names {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(maximumLength))
            var distance = editDistance(wanted, other)
            if min(wanted.count, other.count) >= 3, wanted.starts(with: other) || other.starts(with: wanted) {
                distance = min(distance, 1)
            }
            guard distance <= max(1, max(wanted.count, other.count) / 3) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Longer names are compared by their beginning only, so that hostile input costs little.
    static let maximumLength = 64

    private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
