import FluxStores
import Synchronization

/// A catalogue that can be made to wait in the middle of a comparison, or to fold nothing more.
final class GatedKnown: KnownObjects {
    private let fold: LogFold
    private let arrivals = Atomic(0)
    private let isOpen = Atomic(false)

    init(_ fold: LogFold) { self.fold = fold }

    /// Whether a comparison has come to its second stretch, and waits there.
    var isReached: Bool { arrivals.load(ordering: .relaxed) > 0 }

    private let isFoldHeld = Atomic(false)

    /// From now on nobody is told that anything is folded.
    func holdFold() { isFoldHeld.store(true, ordering: .relaxed) }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func known(store: String, key: [UInt8]) async throws -> KnownObject? {
        try await fold.known(store: store, key: key)
    }

    func known(store: String, under prefix: [UInt8], after key: [UInt8]?, limit: Int) async throws -> [KnownObject] {
        if key != nil {
            arrivals.add(1, ordering: .relaxed)
            while !isOpen.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(2)) }
        }
        return try await fold.known(store: store, under: prefix, after: key, limit: limit)
    }

    func stores() async throws -> [StoreRecord] { try await fold.stores() }

    func folded(through offset: Int64) async throws {
        while isFoldHeld.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(2)) }
        try await fold.folded(through: offset)
    }
}
