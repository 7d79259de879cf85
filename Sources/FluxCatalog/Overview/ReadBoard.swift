/// How often each object was read in the 30 days that end with one day, in memory: by row id, so that the most read are
/// found by one walk through numbers. Scan reads do not count. Pure.
struct ReadBoard: Sendable {
    static let days: Int32 = 30
    /// Memory for each row id that was ever given.
    static let rowBytes = MemoryLayout<Int64>.stride

    /// The last day (UTC days since 1970).
    let today: Int32
    private var sums: [Int64] = []

    init(today: Int32) {
        self.today = today
    }

    /// The first day that counts.
    var firstDay: Int64 { Int64(today) - Int64(Self.days) + 1 }
    var bytes: Int { sums.count * Self.rowBytes }

    mutating func add(_ reads: Int64, of object: Int64) {
        guard let index = Int(exactly: object), index >= 0 else { return }
        if index >= sums.count { sums.append(contentsOf: repeatElement(0, count: index + 1 - sums.count)) }
        sums[index] = reads < 0 ? max(sums[index] + reads, 0) : ObjectRow.sum(sums[index], reads)
    }

    /// Takes in what a transaction changed; false where this board is of no use any more.
    mutating func apply(_ changes: [FoldOutcome.ReadChange]) -> Bool {
        for change in changes {
            switch change {
            case .counted(let object, let day, let reads):
                if Int64(day) >= firstDay, day <= today { add(reads, of: object) }
            case .dropped(let object):
                if object < Int64(sums.count), object >= 0 { sums[Int(object)] = 0 }
            case .cleared: return false
            }
        }
        return true
    }

    /// The row ids of those that were read most, the most read first; of equal ones the older first.
    func top(_ count: Int) -> [Int64] {
        var best = BestRows<NumberKey>(capacity: count)
        for (object, sum) in sums.enumerated() where sum > 0 { best.offer(NumberKey(value: ~sum, id: Int64(object))) }
        return best.sorted().map(\.id)
    }
}
