/// Counts of milliseconds in buckets that grow with the value: exact below 32 ms, within about 3 % above, up to 18 hours.
struct LatencyHistogram: Sendable {
    private static let subBits = 5
    private static let buckets = 32 * 23
    private var counts = [UInt64](repeating: 0, count: buckets)
    private(set) var total: UInt64 = 0
    private(set) var maximum: Int64 = 0

    mutating func record(_ milliseconds: Int64, count: UInt64 = 1) {
        let value = max(0, milliseconds)
        counts[Self.bucket(value)] += count
        total += count
        maximum = max(maximum, value)
    }

    mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        total += other.total
        maximum = max(maximum, other.maximum)
    }

    /// The value that `share` (0–1) of all values do not exceed, nil where nothing was recorded.
    func percentile(_ share: Double) -> Int64? {
        guard total > 0 else { return nil }
        let wanted = max(1, UInt64((Double(total) * share).rounded(.up)))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= wanted { return min(Self.upperBound(index), maximum) }
        }
        return maximum
    }

    private static func bucket(_ value: Int64) -> Int {
        guard value >= 32 else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - subBits
        return min(buckets - 1, (shift + 1) * 32 + Int(value >> Int64(shift)) - 32)
    }

    private static func upperBound(_ index: Int) -> Int64 {
        guard index >= 32 else { return Int64(index) }
        let shift = Int64(index / 32 - 1)
        return (Int64(index % 32 + 32 + 1) << shift) - 1
    }
}
