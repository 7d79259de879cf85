/// A set of hashes in one array, with open addressing: ten bytes a hash where it is full. Numbers that are no hashes are to be
/// mixed first: those that follow each other would lie side by side.
package struct IDTable: Sendable {
    private var slots: [UInt64]
    package private(set) var count = 0
    /// So many slots are enough for all that come.
    private let largest: Int

    private static let smallest = 1024

    /// - Parameter maximum: of more the last are not kept.
    package init(maximum: Int) {
        largest = maximum + maximum / 4 + 2
        slots = [UInt64](repeating: 0, count: min(largest, Self.smallest))
    }

    package func contains(_ id: UInt64) -> Bool { slots[place(of: Self.stored(id))] != 0 }

    /// Whether it was not there.
    @discardableResult
    package mutating func insert(_ id: UInt64) -> Bool {
        if (count + 1) * 5 > slots.count * 4, slots.count < largest { grow() }
        // One slot stays empty, or a search would have no end.
        guard count + 1 < slots.count else { return !contains(id) }
        let id = Self.stored(id)
        let place = place(of: id)
        guard slots[place] == 0 else { return false }
        slots[place] = id
        count += 1
        return true
    }

    private mutating func grow() {
        let before = slots
        slots = [UInt64](repeating: 0, count: min(slots.count * 2, largest))
        for id in before where id != 0 { slots[place(of: id)] = id }
    }

    /// Where an id is, or would be.
    private func place(of id: UInt64) -> Int {
        // Less than the count, which is an `Int`.
        var place = Int(id.multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[place] != 0, slots[place] != id { place = place + 1 == slots.count ? 0 : place + 1 }
        return place
    }

    /// 0 is an empty slot.
    private static func stored(_ id: UInt64) -> UInt64 { id == 0 ? 1 : id }
}
