import FluxTiering

/// One row of `object`, and what an event makes of it. Pure: no clock, no SQLite.
struct ObjectRow: Sendable, Equatable {
    /// Row id; given once, never again.
    var id: Int64
    var place: Int64
    var key: [UInt8]
    /// `ObjectHash` of place and key.
    var hash: Int64
    /// Empty where no tier was ever told.
    var tier: String
    /// The shelf that its place, tier and being deleted or not put it on.
    var shelf: Int64 = 0
    /// Bytes; `unknownSize` where it was never told.
    var size: Int64 = unknownSize
    var firstSeen: Int64
    /// Milliseconds; `never` where no change is known.
    var lastChange: Int64 = never
    /// Milliseconds; `never` where no read was seen but those of scans.
    var lastAccess: Int64 = never
    /// Without those of scans, and so are `accessBytes`.
    var accesses: Int64 = 0
    var accessBytes: Int64 = 0
    /// The newest day with a read, scans included, since it was last deleted (UTC days since 1970); `noDay` before the first.
    var newestDay: Int32 = noDay
    /// The newest event that said something of its content or place.
    var lastOffset: Int64
    /// What was last told of how hot it is.
    var told: ToldForecast?
    var lastModified: Int64?
    var mtimeNanoseconds: Int64?
    var inode: UInt64?
    var storageClass: String?
    var etag: String?
    var versionID: String?
    var deletedAt: Int64?
    var deletedOffset: Int64?
    var renamedFrom: [UInt8]?
    var renamedTo: [UInt8]?

    static let unknownSize: Int64 = -1
    static let never: Int64 = 0
    static let noDay: Int32 = .min

    init(id: Int64, place: Int64, key: [UInt8], hash: Int64, tier: String, firstSeen: Int64, lastOffset: Int64) {
        self.id = id
        self.place = place
        self.key = key
        self.hash = hash
        self.tier = tier
        self.firstSeen = firstSeen
        self.lastOffset = lastOffset
    }

    var isDeleted: Bool { deletedOffset != nil }

    /// What decides on which shelf it is.
    var shelfKey: FoldDirectory.ShelfKey {
        FoldDirectory.ShelfKey(
            place: place, tier: tier, temperature: told?.temperature?.rawValue ?? "", deleted: isDeleted)
    }

    /// What the row counts for in its shelf's bytes.
    var countedBytes: Int64 { max(size, 0) }

    /// The object was written: what the event does not say is not known of the new content either, but for the tier.
    mutating func upload(_ facts: ObjectFacts, time: Int64, offset: Int64) {
        exist(facts, offset: offset)
        size = facts.size ?? Self.unknownSize
        lastModified = facts.lastModified ?? facts.mtimeNanoseconds.map(Self.milliseconds)
        mtimeNanoseconds = facts.mtimeNanoseconds
        inode = facts.inode
        etag = facts.etag
        versionID = facts.versionID
        lastChange = time
    }

    /// The object has another key from now on, and maybe other content facts; its history stays.
    mutating func rename(to facts: ObjectFacts, time: Int64, offset: Int64) {
        renamedFrom = key
        key = facts.key
        hash = facts.hash
        let sizeBefore = size
        upload(facts, time: time, offset: offset)
        if facts.size == nil { size = sizeBefore }
    }

    /// The object was found lying there: no upload, and no change but where it differs from what was known.
    mutating func inventory(_ facts: ObjectFacts, isNew: Bool, offset: Int64) {
        let modified = facts.lastModified ?? facts.mtimeNanoseconds.map(Self.milliseconds)
        let differs =
            isNew || isDeleted || (facts.size ?? size) != size || (modified != nil && modified != lastModified)
            || (facts.etag != nil && facts.etag != etag)
        exist(facts, offset: offset)
        size = facts.size ?? size
        lastModified = modified ?? lastModified
        mtimeNanoseconds = facts.mtimeNanoseconds ?? mtimeNanoseconds
        inode = facts.inode ?? inode
        etag = facts.etag ?? etag
        versionID = facts.versionID ?? versionID
        if differs, let modified { lastChange = modified }
    }

    /// The object was read on this day, as part of a scan or not.
    mutating func wasRead(on day: Int32) { newestDay = max(newestDay, day) }

    /// The object was read; not as part of a scan.
    mutating func access(_ reads: ReadFacts, time: Int64) {
        lastAccess = max(lastAccess, time)
        accesses = Self.sum(accesses, reads.count)
        accessBytes = Self.sum(accessBytes, reads.bytes)
    }

    mutating func delete(_ facts: ObjectFacts, time: Int64, offset: Int64) {
        deletedAt = time
        deletedOffset = offset
        lastChange = time
        lastOffset = offset
        renamedTo = facts.renamedTo
        // What is only half a rename is still the same object: its days stay.
        if renamedTo == nil {
            newestDay = Self.noDay
            told = nil
        }
    }

    /// Something was told of how hot it is; what it does not say stays as it was told before.
    mutating func tell(_ new: ToldForecast) {
        told = ToldForecast(
            temperature: new.temperature ?? told?.temperature, confidence: new.confidence ?? told?.confidence,
            chance: new.chance ?? told?.chance, rate: new.rate ?? told?.rate, at: new.at)
    }

    /// Whether a deleted row is forgotten for an event at `offset`. It depends on nothing but the two offsets, so that
    /// every fold of the same log forgets the same rows at the same events.
    func isForgotten(at offset: Int64, span: Int64) -> Bool {
        guard let deletedOffset else { return false }
        return deletedOffset < offset - span
    }

    private mutating func exist(_ facts: ObjectFacts, offset: Int64) {
        deletedAt = nil
        deletedOffset = nil
        renamedTo = nil
        lastOffset = offset
        if let storageClass = facts.storageClass { self.storageClass = storageClass }
        if let tier = facts.tier ?? facts.storageClass { self.tier = tier }
    }

    /// UTC days since 1970 of a time in milliseconds.
    static func day(_ milliseconds: Int64) -> Int32 {
        let length: Int64 = 86_400_000
        let day = milliseconds / length - (milliseconds % length < 0 ? 1 : 0)
        return Int32(clamping: day)
    }

    /// Nanoseconds to milliseconds, rounded down.
    static func milliseconds(_ nanoseconds: Int64) -> Int64 {
        nanoseconds / 1_000_000 - (nanoseconds % 1_000_000 < 0 ? 1 : 0)
    }

    /// Sums stop at the largest number instead of crashing on a hostile event.
    static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (value, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : value
    }

    static func product(_ a: Int64, _ b: Int64) -> Int64 {
        let (value, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? .max : value
    }
}
