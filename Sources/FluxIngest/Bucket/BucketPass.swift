import FluxStores

/// A listing under way.
struct BucketPass {
    /// Missing objects that are remembered; past so many they are counted only, and a second listing tells them.
    static let maximumMissing = 1_000_000

    /// A person said that what is missing is gone.
    var confirmed: Bool
    /// The end of the stretch that is compared.
    var position: [UInt8]?
    var done: Int64 = 0
    var knownCount: Int64 = 0
    private(set) var missing: [KnownObject] = []
    private(set) var missingCount: Int64 = 0

    init(confirmed: Bool) {
        self.confirmed = confirmed
    }

    mutating func miss(_ objects: [KnownObject]) {
        guard !objects.isEmpty else { return }
        missingCount += Int64(objects.count)
        missing += objects.prefix(max(0, Self.maximumMissing - missing.count))
    }

    /// Whether more are missing than are remembered.
    var isPartial: Bool { missingCount > Int64(missing.count) }
}

/// Why a bucket's deletes are not told.
enum BucketAway: Sendable, Hashable {
    /// It was away when the server ended; the next listing tells.
    case unknown
    case unlistable(String)
    case tooManyDeletes

    var cause: String {
        switch self {
        case .unknown, .unlistable: "root_unreadable"
        case .tooManyDeletes: "too_many_deletes"
        }
    }

    var text: String {
        switch self {
        case .unknown: "It was away when the server ended."
        case .unlistable(let why): why
        case .tooManyDeletes: "More objects are missing at once than is believed."
        }
    }
}
