/// What a batch of events needs to know of what is there already. SQLite answers it in the server.
protocol FoldSource {
    /// The row of this key, deleted ones included.
    func row(place: Int64, key: [UInt8], hash: Int64) throws -> ObjectRow?
    /// Who is known by this name among those that read in a place, as the table has it.
    func requester(place: Int64, name: String) throws -> Requester?
}

/// The small tables, whole: they have a row a store and tier.
struct FoldDirectory: Sendable, Equatable {
    struct ShelfKey: Sendable, Hashable {
        var place: Int64
        var tier: String
        /// What its objects were last called; empty where they were called nothing.
        var temperature: String = ""
        var deleted: Bool
    }

    struct Shelf: Sendable, Equatable {
        var key: ShelfKey
        var objects: Int64
        var bytes: Int64
    }

    var stores: [String: StoreRow] = [:]
    /// Place ids are 1, 2, 3 … in the order in which the log told of them; so are shelf ids.
    var places: [Place] = []
    /// The newest day with a read in each place, `ObjectRow.noDay` before the first. What is kept only for some days is
    /// counted back from it: the fold has no clock.
    var newestDays: [Int32] = []
    var shelves: [Shelf] = []

    private var placeIDs: [Place: Int64] = [:]
    private var shelfIDs: [ShelfKey: Int64] = [:]

    init(
        stores: [String: StoreRow] = [:], places: [Place] = [], newestDays: [Int32] = [], shelves: [Shelf] = []
    ) {
        self.stores = stores
        self.places = places
        self.newestDays = newestDays
        self.shelves = shelves
        for (index, place) in places.enumerated() { placeIDs[place] = Int64(index) + 1 }
        for (index, shelf) in shelves.enumerated() { shelfIDs[shelf.key] = Int64(index) + 1 }
    }

    func existingPlaceID(_ place: Place) -> Int64? { placeIDs[place] }

    mutating func placeID(_ place: Place) -> Int64 {
        if let id = placeIDs[place] { return id }
        places.append(place)
        newestDays.append(ObjectRow.noDay)
        let id = Int64(places.count)
        placeIDs[place] = id
        return id
    }

    mutating func shelfID(_ key: ShelfKey) -> Int64 {
        if let id = shelfIDs[key] { return id }
        shelves.append(Shelf(key: key, objects: 0, bytes: 0))
        let id = Int64(shelves.count)
        shelfIDs[key] = id
        return id
    }

    func place(_ id: Int64) -> Place { places[Int(id) - 1] }
    func newestDay(_ place: Int64) -> Int32 { newestDays[Int(place) - 1] }
    func shelf(_ id: Int64) -> Shelf { shelves[Int(id) - 1] }

    /// The store that a place belongs to: the one of its provider and bucket.
    func store(of place: Place) -> StoreRow? {
        stores.values.first { $0.provider == place.provider && $0.bucket == place.bucket }
    }

    /// The places of a store, whatever their account.
    func placeIDs(ofProvider provider: String, bucket: String) -> [Int64] {
        places.indices.filter { places[$0].provider == provider && places[$0].bucket == bucket }.map { Int64($0) + 1 }
    }
}

/// Folds events into changes of rows, in memory; `CatalogWriter` writes what came out. The result does not depend on
/// how the log is cut into batches.
struct FoldBatch {
    struct Slot {
        /// What is in the table.
        let loaded: ObjectRow?
        /// What is to be there; nil is nothing.
        var current: ObjectRow?
        /// How often its reads by day were dropped: what was counted before the last time is not written any more.
        var drops: Int32 = 0
    }

    private struct Identity: Hashable {
        var place: Int64
        var key: [UInt8]
    }

    let tombstoneEvents: Int64
    let requesterDays: Int64
    var directory: FoldDirectory
    var nextObject: Int64
    var unreadable: Int64 = 0
    var slots: [Slot] = []
    var reads: ReadBook
    private var byIdentity: [Identity: Int] = [:]

    init(
        directory: FoldDirectory, nextObject: Int64, nextRequester: Int64, tombstoneEvents: Int64, requesterDays: Int64
    ) {
        self.directory = directory
        self.nextObject = nextObject
        self.tombstoneEvents = tombstoneEvents
        self.requesterDays = requesterDays
        reads = ReadBook(nextRequester: nextRequester)
    }

    /// Whether this event empties whole places: the batch so far has to be written first (`removedPlaces`).
    func removedPlaces(_ observed: Observed) -> [Int64]? {
        guard case .store(let facts) = observed.observation, facts.change == .removed,
            let store = directory.stores[facts.id]
        else { return nil }
        return directory.placeIDs(ofProvider: store.provider, bucket: store.bucket)
    }

    mutating func apply(_ observed: Observed, _ source: some FoldSource) throws {
        let offset = observed.offset
        switch observed.observation {
        case .none: break
        case .unreadable: unreadable += 1
        case .store(let facts): StoreRow.apply(facts, time: observed.time, to: &directory.stores)
        case .upload(let facts): try upload(facts, time: observed.time, offset: offset, source)
        // Looks at rows of days that may be in no memory: it has to be applied to the tables (`CatalogWriter`).
        case .verdict, .summary: break
        case .forecast(let facts): try forecast(facts, offset: offset, source)
        case .access(let facts): try access(facts, time: observed.time, offset: offset, source)
        case .deletion(let facts):
            guard let place = directory.existingPlaceID(facts.place) else { break }
            let slot = try find(place, facts.key, facts.hash, offset: offset, source)
            guard var row = slots[slot].current, !row.isDeleted else { break }
            row.delete(facts, time: observed.time, offset: offset)
            put(row, in: slot)
            if row.newestDay == ObjectRow.noDay { slots[slot].drops += 1 }
        case .inventory(let facts):
            for object in facts.objects {
                let place = directory.placeID(object.place)
                let slot = try find(place, object.key, object.hash, offset: offset, source)
                let known = slots[slot].current
                var row = known ?? newRow(object, place: place, time: observed.time, offset: offset)
                row.inventory(object, isNew: known == nil, offset: offset)
                put(row, in: slot)
            }
            if facts.final, let id = facts.storeID {
                StoreRow.apply(
                    StoreFacts(id: id, change: .inventoryComplete), time: observed.time, to: &directory.stores)
            }
        }
    }

    private mutating func upload(
        _ facts: ObjectFacts, time: Int64, offset: Int64, _ source: some FoldSource
    ) throws {
        let place = directory.placeID(facts.place)
        let slot = try find(place, facts.key, facts.hash, offset: offset, source)
        if let old = facts.renamedFrom, old != facts.key {
            let from = try find(place, old, ObjectHash.of(facts.place, key: old), offset: offset, source)
            // Only the row that the first half of this rename deleted is moved: the key may have been taken anew.
            if var row = slots[from].current, row.isDeleted, row.renamedTo == facts.key {
                row.rename(to: facts, time: time, offset: offset)
                slots[slot].current = nil
                byIdentity[Identity(place: place, key: facts.key)] = from
                byIdentity[Identity(place: place, key: old)] = absentSlot()
                put(row, in: from)
                return
            }
        }
        var row = slots[slot].current ?? newRow(facts, place: place, time: time, offset: offset)
        row.upload(facts, time: time, offset: offset)
        put(row, in: slot)
    }

    /// Keeps what was told of an object. Of one that is not there, or not any more, nothing is kept.
    private mutating func forecast(_ facts: ForecastFacts, offset: Int64, _ source: some FoldSource) throws {
        guard let place = directory.existingPlaceID(facts.object.place) else { return }
        let slot = try find(place, facts.object.key, facts.object.hash, offset: offset, source)
        guard var row = slots[slot].current, !row.isDeleted else { return }
        row.tell(facts.told)
        put(row, in: slot)
    }

    private mutating func newRow(_ facts: ObjectFacts, place: Int64, time: Int64, offset: Int64) -> ObjectRow {
        defer { nextObject += 1 }
        return ObjectRow(
            id: nextObject, place: place, key: facts.key, hash: facts.hash,
            tier: facts.tier ?? facts.storageClass ?? "",
            firstSeen: time, lastOffset: offset)
    }

    /// Sets a slot's row and the shelf that it belongs on.
    private mutating func put(_ row: ObjectRow, in slot: Int) {
        var row = row
        row.shelf = directory.shelfID(row.shelfKey)
        slots[slot].current = row
    }

    private mutating func absentSlot() -> Int {
        slots.append(Slot(loaded: nil, current: nil))
        return slots.count - 1
    }

    /// The slot of a key, loaded once a batch. A deleted row that is too old for this event is taken out.
    mutating func find(
        _ place: Int64, _ key: [UInt8], _ hash: Int64, offset: Int64, _ source: some FoldSource
    ) throws -> Int {
        let identity = Identity(place: place, key: key)
        let slot: Int
        if let known = byIdentity[identity] {
            slot = known
        } else {
            let row = try source.row(place: place, key: key, hash: hash)
            slots.append(Slot(loaded: row, current: row))
            slot = slots.count - 1
            byIdentity[identity] = slot
        }
        if let row = slots[slot].current, row.isForgotten(at: offset, span: tombstoneEvents) {
            slots[slot].current = nil
            let fresh = absentSlot()
            byIdentity[identity] = fresh
            return fresh
        }
        return slot
    }
}
