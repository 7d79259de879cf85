import Synchronization

/// The ids of requests that were told, as 64 bits each: the newest of them. Pure.
///
/// Two generations: when the younger one is full the older one goes. So between half the limit and all of it are
/// remembered, and none has to be found to be removed.
struct RequestBook: Sendable {
    /// Ids of a generation.
    private let half: Int
    private var young: IDTable
    private var old = IDTable(maximum: 0)

    init(limit: Int) {
        half = (max(0, limit) + 1) / 2
        young = IDTable(maximum: half)
    }

    var count: Int { young.count + old.count }

    func contains(_ id: UInt64) -> Bool { young.contains(id) || old.contains(id) }

    mutating func insert(_ id: UInt64) {
        guard half > 0 else { return }
        if young.count >= half {
            old = young
            young = IDTable(maximum: half)
        }
        young.insert(id)
    }
}

/// A set of numbers in one array, with open addressing: ten bytes a number where it is full.
struct IDTable: Sendable {
    private var slots: [UInt64]
    private(set) var count = 0
    /// So many slots are enough for all that come.
    private let largest: Int

    private static let smallest = 1024

    init(maximum: Int) {
        largest = maximum + maximum / 4 + 2
        slots = [UInt64](repeating: 0, count: min(largest, Self.smallest))
    }

    func contains(_ id: UInt64) -> Bool { slots[place(of: Self.stored(id))] != 0 }

    mutating func insert(_ id: UInt64) {
        if (count + 1) * 5 > slots.count * 4, slots.count < largest { grow() }
        // One slot stays empty, or a search would have no end.
        guard count + 1 < slots.count else { return }
        let id = Self.stored(id)
        let place = place(of: id)
        guard slots[place] == 0 else { return }
        slots[place] = id
        count += 1
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

/// The requests that all stores have told. It lives as long as the process: after a restart the marks of the files that
/// were read, and ids that are derived from requests, see to it that nothing is told twice.
final class RequestMemory: Sendable {
    private let book: Mutex<RequestBook>

    /// - Parameter limit: `--dedup-reads`.
    init(limit: Int) {
        book = Mutex(RequestBook(limit: limit))
    }

    func contains(_ id: UInt64) -> Bool { book.withLock { $0.contains(id) } }

    func insert(_ ids: some Sequence<UInt64>) {
        book.withLock { book in
            for id in ids { book.insert(id) }
        }
    }

    /// Of a store's request. The hash has a secret of this process, so nobody chooses ids that meet.
    static func id(store: String, request: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(store)
        hasher.combine(bytes: request)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
