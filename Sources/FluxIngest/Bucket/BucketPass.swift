import FluxStores

/// A listing under way.
struct BucketPass {
    /// Missing objects that are remembered; past so many they are counted only, and a second listing tells them.
    static let maximumMissing = 1_000_000

    /// A person said that what is missing is gone.
    var confirmed: Bool
    /// The last key that was listed.
    var position: [UInt8]?
    var done: Int64 = 0
    var bytes: Int64 = 0
    var knownCount: Int64 = 0
    var missing: [KnownObject] = []
    var missingCount: Int64 = 0
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
