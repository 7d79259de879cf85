/// Somebody who reads in a place, as the catalogue keeps them.
struct Requester: Sendable, Equatable {
    /// Given once, never again.
    var id: Int64
    /// The newest day (UTC days since 1970) that something is kept of: a read, or a verdict.
    var newestDay: Int32
    var scans: [ScanVerdict] = []
}

/// The reads of a batch, added up in memory: one row write for each object, day and requester, however many events.
struct ReadBook {
    struct DayKey: Hashable {
        var slot: Int
        var drops: Int32
        var day: Int32
    }

    struct DaySum: Equatable {
        var reads: Int64 = 0
        /// In millionths.
        var full: Int64 = 0
        var bytes: Int64 = 0
        var scanReads: Int64 = 0
        var scanBytes: Int64 = 0
        /// The last read that is no scan read (milliseconds).
        var last: Int64 = 0
        /// The same among reads that do not say by whom, and so can never become scan reads.
        var lastUnnamed: Int64 = 0
    }

    struct NamedKey: Hashable {
        var slot: Int
        var drops: Int32
        var day: Int32
        var requester: Int64
    }

    struct NamedSum: Equatable {
        var reads: Int64 = 0
        var full: Int64 = 0
        var bytes: Int64 = 0
        var last: Int64 = 0
    }

    struct PlaceDay: Hashable {
        var place: Int64
        var day: Int32
    }

    struct PlaceSum: Equatable {
        var reads: Int64 = 0
        var bytes: Int64 = 0
        var scanReads: Int64 = 0
        var scanBytes: Int64 = 0
    }

    struct RequesterKey: Hashable {
        var place: Int64
        var name: String
    }

    private(set) var days: [DayKey: DaySum] = [:]
    private(set) var named: [NamedKey: NamedSum] = [:]
    private(set) var places: [PlaceDay: PlaceSum] = [:]
    /// Those that this batch asked for, changed or made; nil where there was none.
    private(set) var requesters: [RequesterKey: Requester?] = [:]
    private(set) var nextRequester: Int64

    init(nextRequester: Int64) {
        self.nextRequester = nextRequester
    }

    var isEmpty: Bool { places.isEmpty }

    /// Who is known by this name; nil for nobody. Of whom nothing is kept after `oldest`, nobody is known any more.
    mutating func requester(
        _ key: RequesterKey, after oldest: Int64, _ source: some FoldSource
    ) throws -> Requester? {
        let found: Requester?
        if let known = requesters[key] {
            found = known
        } else {
            found = try source.requester(place: key.place, name: key.name)
            requesters[key] = .some(found)
        }
        guard let found, Int64(found.newestDay) > oldest else { return nil }
        return found
    }

    /// The id of who read on this day, new if need be.
    mutating func name(_ key: RequesterKey, _ known: Requester?, day: Int32) -> Int64 {
        if let known {
            if day > known.newestDay {
                var requester = known
                requester.newestDay = day
                requesters[key] = requester
            }
            return known.id
        }
        defer { nextRequester += 1 }
        requesters[key] = Requester(id: nextRequester, newestDay: day)
        return nextRequester
    }

    mutating func add(_ reads: ReadFacts, isScan: Bool, to key: PlaceDay) {
        Self.add(reads, isScan: isScan, &places[key, default: PlaceSum()])
    }

    private static func add(_ reads: ReadFacts, isScan: Bool, _ sum: inout PlaceSum) {
        if isScan {
            sum.scanReads = ObjectRow.sum(sum.scanReads, reads.count)
            sum.scanBytes = ObjectRow.sum(sum.scanBytes, reads.bytes)
        } else {
            sum.reads = ObjectRow.sum(sum.reads, reads.count)
            sum.bytes = ObjectRow.sum(sum.bytes, reads.bytes)
        }
    }

    mutating func add(_ reads: ReadFacts, isScan: Bool, isNamed: Bool, time: Int64, to key: DayKey) {
        Self.add(reads, isScan: isScan, isNamed: isNamed, time: time, &days[key, default: DaySum()])
    }

    private static func add(
        _ reads: ReadFacts, isScan: Bool, isNamed: Bool, time: Int64, _ sum: inout DaySum
    ) {
        if isScan {
            sum.scanReads = ObjectRow.sum(sum.scanReads, reads.count)
            sum.scanBytes = ObjectRow.sum(sum.scanBytes, reads.bytes)
            return
        }
        sum.reads = ObjectRow.sum(sum.reads, reads.count)
        sum.full = ObjectRow.sum(sum.full, reads.full)
        sum.bytes = ObjectRow.sum(sum.bytes, reads.bytes)
        sum.last = max(sum.last, time)
        if !isNamed { sum.lastUnnamed = max(sum.lastUnnamed, time) }
    }

    mutating func add(_ reads: ReadFacts, time: Int64, to key: NamedKey) {
        Self.add(reads, time: time, &named[key, default: NamedSum()])
    }

    private static func add(_ reads: ReadFacts, time: Int64, _ sum: inout NamedSum) {
        sum.reads = ObjectRow.sum(sum.reads, reads.count)
        sum.full = ObjectRow.sum(sum.full, reads.full)
        sum.bytes = ObjectRow.sum(sum.bytes, reads.bytes)
        sum.last = max(sum.last, time)
    }
}

extension FoldBatch {
    /// Counts reads. Those of an object that is not there, or not any more, count for its store alone: no object is made
    /// of them.
    mutating func access(
        _ facts: ObjectFacts, time: Int64, offset: Int64, _ source: some FoldSource
    ) throws {
        guard let read = facts.reads else { return }
        let day = ObjectRow.day(time)
        var slot: Int?
        if let place = directory.existingPlaceID(facts.place) {
            let found = try find(place, facts.key, facts.hash, offset: offset, source)
            if let row = slots[found].current, !row.isDeleted { slot = found }
        }
        guard slot != nil || directory.store(of: facts.place) != nil else { return }
        let place = directory.placeID(facts.place)
        let newest = max(directory.newestDay(place), day)
        directory.newestDays[Int(place) - 1] = newest
        // Of days up to this one nobody is named any more, and no verdict reaches them.
        let oldest = Int64(newest) - requesterDays
        var name: ReadBook.RequesterKey?
        var requester: Requester?
        if let text = facts.reads?.requester, Int64(day) > oldest {
            let key = ReadBook.RequesterKey(place: place, name: text)
            name = key
            requester = try reads.requester(key, after: oldest, source)
        }
        let isScan = requester?.scans.contains { $0.covers(facts.key, day: day) } ?? false
        reads.add(read, isScan: isScan, to: ReadBook.PlaceDay(place: place, day: day))
        guard let slot else { return }
        let drops = slots[slot].drops
        reads.add(
            read, isScan: isScan, isNamed: name != nil, time: time,
            to: ReadBook.DayKey(slot: slot, drops: drops, day: day))
        slots[slot].current?.wasRead(on: day)
        guard !isScan else { return }
        slots[slot].current?.access(read, time: time)
        guard let name else { return }
        let id = reads.name(name, requester, day: day)
        reads.add(read, time: time, to: ReadBook.NamedKey(slot: slot, drops: drops, day: day, requester: id))
    }
}
