import Glibc

/// Keeps the first `capacity` of the keys that it is offered, in their order: a heap with the last one on top.
struct BestRows<Key: Comparable> {
    let capacity: Int
    private(set) var heap: [Key] = []

    init(capacity: Int) {
        self.capacity = capacity
        heap.reserveCapacity(min(capacity, 1024))
    }

    /// Whether a key with this answer to “is it before the last one kept?” would be kept.
    var isFull: Bool { heap.count >= capacity }
    var last: Key? { heap.first }

    mutating func offer(_ key: Key) {
        if heap.count < capacity {
            heap.append(key)
            var child = heap.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard heap[parent] < heap[child] else { break }
                heap.swapAt(parent, child)
                child = parent
            }
        } else if let last = heap.first, key < last {
            heap[0] = key
            var parent = 0
            while true {
                var largest = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[largest] < heap[child] {
                    largest = child
                }
                guard largest != parent else { break }
                heap.swapAt(parent, largest)
                parent = largest
            }
        }
    }

    func sorted() -> [Key] { heap.sorted() }
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
