import FluxEvents
import FluxTiering

/// What one event of the log tells the catalogue, taken out of its JSON. Decoding is pure; nothing here knows SQLite.
struct Observed: Sendable {
    var offset: Int64
    /// When it happened, but never later than when the log took it: a clock that runs ahead somewhere must not move an
    /// object's days into the future.
    var time: Int64
    var observation: Observation
}

enum Observation: Sendable {
    /// An object was written.
    case upload(ObjectFacts)
    /// An object was read.
    case access(ObjectFacts)
    /// An object went.
    case deletion(ObjectFacts)
    /// A part of the list of what lay in a store when it was first watched.
    case inventory(InventoryFacts)
    /// Something about a store itself.
    case store(StoreFacts)
    /// Some reads were a scan.
    case verdict(VerdictFacts)
    /// How hot an object is.
    case forecast(ForecastFacts)
    /// How hot many objects are, each by what is known of it.
    case summary(ForecastSummary)
    /// An event that is no business of the catalogue.
    case none
    /// An event of our own vocabulary that cannot be understood; it is counted, and changes nothing.
    case unreadable
}

/// Where an object lies, without its key.
struct Place: Sendable, Hashable {
    var provider: String
    var account: String
    var bucket: String
}

/// What an event says of one object; nil is "it does not say".
struct ObjectFacts: Sendable, Equatable {
    let place: Place
    let key: [UInt8]
    /// `ObjectHash` of place and key: computed here, because decoding runs beside the writing of rows.
    let hash: Int64
    var size: Int64?
    var lastModified: Int64?
    var mtimeNanoseconds: Int64?
    var inode: UInt64?
    var storageClass: String?
    var tier: String?
    var etag: String?
    var versionID: String?
    /// What a read's event says besides; nil for all other events.
    var reads: ReadFacts?
    /// The key it had before, in the same place.
    var renamedFrom: [UInt8]?
    /// The key it has from now on, in the same place.
    var renamedTo: [UInt8]?

    init(place: Place, key: [UInt8]) {
        self.place = place
        self.key = key
        hash = ObjectHash.of(place, key: key)
    }
}

/// What an event says of reads of one object.
struct ReadFacts: Sendable, Equatable {
    /// How many reads it stands for, at least 1.
    var count: Int64
    /// How many times the whole object they come to, in millionths: whole numbers, so that a sum does not depend on the
    /// order in which its parts came.
    var full: Int64
    /// Bytes that were sent.
    var bytes: Int64
    /// Who read; nil where it does not say.
    var requester: String?

    static let millionths: Int64 = 1_000_000
}

/// That one requester's reads below a prefix, on some UTC days, were a scan.
struct VerdictFacts: Sendable, Equatable {
    var place: Place
    var requester: String
    var scan: ScanVerdict
}

/// Which reads of a requester are scan reads.
struct ScanVerdict: Sendable, Hashable {
    var prefix: [UInt8]
    /// UTC days since 1970.
    var firstDay: Int32
    var lastDay: Int32

    func covers(_ key: [UInt8], day: Int32) -> Bool {
        day >= firstDay && day <= lastDay && key.starts(with: prefix)
    }
}

/// What an event says of how hot an object is.
struct ForecastFacts: Sendable, Equatable {
    var object: ObjectFacts
    var told: ToldForecast
}

struct InventoryFacts: Sendable {
    /// The store that it is the inventory of.
    var storeID: String?
    /// Whether the inventory ends here.
    var final: Bool
    var objects: [ObjectFacts]
}

struct StoreFacts: Sendable, Equatable {
    enum Change: Sendable, Equatable {
        case added(url: String, provider: String, bucket: String, origin: String, rootInode: UInt64?)
        case back(rootInode: UInt64?)
        case removed, paused, resumed, away, inventoryComplete
    }
    var id: String
    var change: Change
}
