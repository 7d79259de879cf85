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
