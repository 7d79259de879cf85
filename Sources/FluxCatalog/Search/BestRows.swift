import Glibc

/// Keeps the first `capacity` of the keys that it is offered, in their order.
///
/// Keys that may be among them are gathered, and cut down to the best when room runs out, so that even a million keys of
/// which each is better than all before cost a few comparisons each.
struct BestRows<Key: Comparable> {
    private let capacity: Int
    private let room: Int
    private var kept: [Key] = []
    /// A key that is not before this one is not wanted; nil until `capacity` keys were offered.
    private(set) var bound: Key?

    /// - Parameter capacity: at least 1.
    init(capacity: Int) {
        self.capacity = capacity
        room = max(2 * capacity, 512)
    }

    mutating func offer(_ key: Key) {
        if let bound, !(key < bound) { return }
        kept.append(key)
        if kept.count == capacity, bound == nil {
            bound = kept.max()
        } else if kept.count == room {
            cut()
        }
    }

    private mutating func cut() {
        kept.sort()
        kept.removeLast(max(0, kept.count - capacity))
        if kept.count == capacity { bound = kept.last }
    }

    func sorted() -> [Key] {
        var all = self
        all.cut()
        return all.kept
    }
}

/// A number and a row id in ascending order; for a descending list both are given inverted.
struct NumberKey: Comparable {
    var value: Int64
    var id: Int64

    static func < (a: NumberKey, b: NumberKey) -> Bool { a.value != b.value ? a.value < b.value : a.id < b.id }
}

/// A key and a row id, in the list's order.
struct NameKey: Comparable {
    var bytes: [UInt8]
    var id: Int64
    var descending: Bool

    static func < (a: NameKey, b: NameKey) -> Bool {
        b.bytes.withUnsafeBytes { other in
            a.bytes.withUnsafeBytes { isBefore($0, a.id, other, b.id, descending: a.descending) }
        }
    }

    static func isBefore(
        _ a: UnsafeRawBufferPointer, _ idA: Int64, _ b: UnsafeRawBufferPointer, _ idB: Int64, descending: Bool
    ) -> Bool {
        let common = min(a.count, b.count)
        var order = 0
        if common > 0, let one = a.baseAddress, let other = b.baseAddress { order = Int(memcmp(one, other, common)) }
        if order == 0 { order = a.count - b.count }
        if order == 0 { order = idA < idB ? -1 : idA > idB ? 1 : 0 }
        return descending ? order > 0 : order < 0
    }
}
