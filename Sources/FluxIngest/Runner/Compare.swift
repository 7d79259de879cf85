import FluxEvents
import FluxStores

/// A comparison under way: of the whole store, or of one folder.
struct Compare {
    /// New objects of a whole comparison wait for its end, so that a file that was renamed meanwhile is recognised; past
    /// so many they are told at once.
    static let maximumHeld = 10_000
    /// Missing objects that are remembered; past so many they are counted only, and a second comparison tells them.
    static let maximumMissing = 1_000_000

    var walk: FolderWalk
    /// A person said that what is missing is gone.
    var confirmed = false
    /// The end of the stretch that is done.
    var position: [UInt8]?
    /// The walk has begun, also where it has found nothing yet.
    var hasBegun = false
    /// The walk is over.
    var ended = false
    var new: [FoundObject] = []
    var missing: [KnownObject] = []
    var missingCount: Int64 = 0
    var knownCount: Int64 = 0
    var done: Int64 = 0
    var objects: Int64 = 0
    var bytes: Int64 = 0
    var startedAt: Int64
    private var blind: Set<[UInt8]> = []

    init(walk: FolderWalk, confirmed: Bool = false, startedAt: Int64) {
        self.walk = walk
        self.confirmed = confirmed
        self.startedAt = startedAt
    }

    var isWhole: Bool { walk.prefix.isEmpty }

    mutating func addBlind(_ prefixes: [[UInt8]]) {
        blind.formUnion(prefixes)
    }

    /// Whether a key could not be seen, itself or by a folder above it.
    func isBlind(_ key: [UInt8]) -> Bool {
        guard !blind.isEmpty else { return false }
        if blind.contains([]) || blind.contains(key) { return true }
        for (place, byte) in key.enumerated() where byte == UInt8(ascii: "/") {
            if blind.contains(Array(key[...place])) { return true }
        }
        return false
    }

    /// Whether the walk has passed a key.
    func hasPassed(_ key: [UInt8]) -> Bool {
        guard !ended else { return true }
        guard let position else { return false }
        return !position.lexicographicallyPrecedes(key)
    }
}
