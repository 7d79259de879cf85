import Foundation
import GRDB

/// What a transaction changed, for readers that keep a picture of the rows in memory.
struct FoldOutcome: Sendable {
    enum Change: Sendable {
        case put(ObjectRow)
        case remove(id: Int64)
        /// It is on another shelf, and else as it was.
        case move(id: Int64, shelf: Int64)
        case clear(shelves: [Int64])
    }
    /// How reads by day changed, for whoever keeps a sum of them.
    enum ReadChange: Sendable, Equatable {
        /// So many more reads, or fewer, that are no scan reads.
        case counted(object: Int64, day: Int32, reads: Int64)
        /// No day of this object is kept any more.
        case dropped(object: Int64)
        /// Those of whole places are gone.
        case cleared
    }
    var changes: [Change] = []
    var reads: [ReadChange] = []
    /// The position of the transaction.
    var position: Int64 = 0
}

/// Folds observations inside one write transaction and leaves the position in it.
struct CatalogWriter: FoldSource {
    let db: Database
    let configuration: CatalogConfiguration
    var state: CatalogPosition
    var directory: FoldDirectory
    var outcome = FoldOutcome()
    private let lookup: Statement

    init(_ db: Database, state: CatalogPosition, configuration: CatalogConfiguration) throws {
        self.db = db
        self.configuration = configuration
        self.state = state
        directory = try FoldDirectory.read(db)
        lookup = try db.cachedStatement(sql: "SELECT \(ObjectColumns.names) FROM object WHERE hash = ?")
    }

    func row(place: Int64, key: [UInt8], hash: Int64) throws -> ObjectRow? {
        let rows = try Row.fetchCursor(lookup, arguments: [hash])
        while let row = try rows.next() {
            let object = ObjectColumns.row(row, directory: directory)
            if object.place == place, object.key == key { return object }
        }
        return nil
    }

    /// Folds the observations and moves the position to `next`.
    static func fold(
        _ db: Database, _ observations: [Observed], next: Int64, configuration: CatalogConfiguration
    ) throws -> FoldOutcome {
        guard let state = try CatalogPosition.read(db) else {
            throw CatalogError(.damaged, "The catalogue's file has lost its position; restart to rebuild it.")
        }
        var writer = try CatalogWriter(db, state: state, configuration: configuration)
        var batch = writer.batch()
        for observed in observations {
            if let places = batch.removedPlaces(observed) {
                try writer.write(batch)
                try writer.clear(places)
                batch = writer.batch()
            } else if case .verdict(let facts) = observed.observation {
                try writer.write(batch)
                try writer.judge(facts, time: observed.time)
                batch = writer.batch()
            } else if case .summary(let summary) = observed.observation {
                try writer.write(batch)
                try writer.tell(summary, time: observed.time)
                batch = writer.batch()
            }
            try batch.apply(observed, writer)
        }
        try writer.write(batch)
        try writer.forget(before: next - configuration.tombstoneEvents)
        writer.state.position = next
        try writer.state.write(db)
        writer.outcome.position = next
        return writer.outcome
    }

    private func batch() -> FoldBatch {
        FoldBatch(
            directory: directory, nextObject: state.nextObject, nextRequester: state.nextRequester,
            tombstoneEvents: configuration.tombstoneEvents, requesterDays: configuration.keptRequesterDays)
    }

    // MARK: Rows

    private mutating func write(_ batch: FoldBatch) throws {
        let before = directory
        directory = batch.directory
        state.nextObject = batch.nextObject
        state.nextRequester = batch.reads.nextRequester
        state.unreadable += batch.unreadable
        let rows = try RowStatements(db, requesterDays: configuration.keptRequesterDays)
        for slot in batch.slots {
            switch (slot.loaded, slot.current) {
            case (nil, nil): continue
            case (let loaded?, let current?) where loaded.id == current.id:
                guard loaded != current || slot.drops > 0 else { continue }
                if slot.drops > 0, loaded.newestDay != ObjectRow.noDay { try removeReads(of: loaded, before, rows) }
                guard loaded != current else { continue }
                try rows.update(from: loaded, to: current)
                count(loaded, by: -1)
                count(current, by: 1)
                outcome.changes.append(.put(current))
            case (let loaded, let current):
                if let loaded {
                    try removeReads(of: loaded, before, rows)
                    try rows.remove(loaded.id)
                    count(loaded, by: -1)
                    outcome.changes.append(.remove(id: loaded.id))
                }
                if let current {
                    try rows.insert(current)
                    count(current, by: 1)
                    outcome.changes.append(.put(current))
                }
            }
        }
        try writeReads(batch, from: before)
        try writeDirectory(from: before)
    }

    /// Takes out what is kept of an object's reads by day; `directory` is what the tables stand for.
    private mutating func removeReads(
        of row: ObjectRow, _ directory: FoldDirectory, _ rows: RowStatements
    ) throws {
        try rows.removeReads(
            of: row.id, newest: row.newestDay, place: row.place, placeNewest: directory.newestDay(row.place))
        outcome.reads.append(.dropped(object: row.id))
    }

    mutating func count(_ row: ObjectRow, by sign: Int64) {
        let index = Int(row.shelf) - 1
        directory.shelves[index].objects += sign
        directory.shelves[index].bytes &+= sign &* row.countedBytes
    }

    func writeDirectory(from before: FoldDirectory) throws {
        for index in before.places.count..<directory.places.count {
            let place = directory.places[index]
            try db.execute(
                sql: "INSERT INTO place (id, provider, account, bucket, newest_day) VALUES (?, ?, ?, ?, ?)",
                arguments: [index + 1, place.provider, place.account, place.bucket, directory.newestDays[index]])
        }
        for index in before.places.indices where before.newestDays[index] != directory.newestDays[index] {
            try db.cachedStatement(sql: "UPDATE place SET newest_day = ? WHERE id = ?")
                .execute(arguments: [directory.newestDays[index], index + 1])
        }
        for index in directory.shelves.indices {
            let shelf = directory.shelves[index]
            if index >= before.shelves.count {
                try db.execute(
                    sql: """
                        INSERT INTO shelf (id, place, tier, temperature, deleted, objects, bytes)
                        VALUES (?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        index + 1, shelf.key.place, shelf.key.tier, shelf.key.temperature, shelf.key.deleted,
                        shelf.objects, shelf.bytes,
                    ])
            } else if before.shelves[index] != shelf {
                try db.cachedStatement(sql: "UPDATE shelf SET objects = ?, bytes = ? WHERE id = ?")
                    .execute(arguments: [shelf.objects, shelf.bytes, index + 1])
            }
        }
        for id in before.stores.keys where directory.stores[id] == nil {
            try db.execute(sql: "DELETE FROM store WHERE id = ?", arguments: [id])
        }
        for (id, store) in directory.stores where before.stores[id] != store {
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO store
                    (id, url, provider, bucket, origin, added_at, paused, away, inventory_complete, root_inode)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    store.id, store.url, store.provider, store.bucket, store.origin, store.addedAt, store.paused,
                    store.away, store.inventoryComplete, store.rootInode.map { Int64(bitPattern: $0) },
                ])
        }
    }

    // MARK: Whole places, old tombstones

    /// Forgets every object of these places: their store was removed.
    private mutating func clear(_ places: [Int64]) throws {
        let before = directory
        let shelves = directory.shelves.indices.filter { places.contains(directory.shelves[$0].key.place) }
            .map { Int64($0) + 1 }
        for shelf in shelves {
            try db.execute(
                sql: "DELETE FROM access_day WHERE object IN (SELECT id FROM object WHERE shelf = ?)",
                arguments: [shelf])
            try db.execute(sql: "DELETE FROM object WHERE shelf = ?", arguments: [shelf])
            directory.shelves[Int(shelf) - 1].objects = 0
            directory.shelves[Int(shelf) - 1].bytes = 0
        }
        for place in places {
            try clearReads(of: place)
            directory.newestDays[Int(place) - 1] = ObjectRow.noDay
        }
        try writeDirectory(from: before)
        outcome.changes.append(.clear(shelves: shelves))
        outcome.reads.append(.cleared)
    }

    /// Takes out the deleted rows that no later event can find any more.
    private mutating func forget(before offset: Int64) throws {
        let oldest = try db.cachedStatement(
            sql:
                "SELECT id, shelf, size, newest_day FROM object WHERE deleted_offset IS NOT NULL AND deleted_offset < ?"
        )
        let found = try Row.fetchAll(oldest, arguments: [offset])
        guard !found.isEmpty else { return }
        let before = directory
        let rows = try RowStatements(db, requesterDays: configuration.keptRequesterDays)
        for row in found {
            let index = Int(row[1] as Int64) - 1
            let place = directory.shelves[index].key.place
            try rows.removeReads(
                of: row[0], newest: row[3], place: place, placeNewest: directory.newestDay(place))
            outcome.reads.append(.dropped(object: row[0]))
            try rows.remove(row[0])
            directory.shelves[index].objects -= 1
            directory.shelves[index].bytes &-= max(row[2], 0)
            outcome.changes.append(.remove(id: row[0]))
        }
        try writeDirectory(from: before)
    }
}
