import FluxEvents
import GRDB

/// Reads objects as answers show them, inside one read transaction.
struct ObjectReader {
    let db: Database
    let directory: FoldDirectory
    let state: CatalogPosition
    /// UTC days since 1970.
    let today: Int32

    init(_ db: Database, today: Int32) throws {
        self.db = db
        self.today = today
        directory = try FoldDirectory.read(db)
        guard let state = try CatalogPosition.read(db) else {
            throw CatalogError(.damaged, "The catalogue's file has lost its position; restart to rebuild it.")
        }
        self.state = state
    }

    /// The shelves whose objects pass the filters of a query.
    func shelves(_ query: ObjectQuery) -> [Int64] {
        directory.shelves.indices.compactMap { index in
            let shelf = directory.shelves[index]
            let place = directory.place(shelf.key.place)
            guard shelf.objects > 0, shelf.key.deleted == query.deleted,
                query.tier.map({ $0 == shelf.key.tier }) ?? true,
                query.provider.map({ $0 == place.provider }) ?? true,
                query.bucket.map({ $0 == place.bucket }) ?? true,
                query.store.map({ $0 == directory.store(of: place)?.id }) ?? true
            else { return nil }
            return Int64(index) + 1
        }
    }

    func total(_ shelves: [Int64]) -> Int64 {
        shelves.reduce(0) { $0 + directory.shelf($1).objects }
    }

    /// The objects at these places. One that was forgotten meanwhile is left out.
    func objects(_ places: [ObjectCursor]) throws -> [CatalogObject] {
        let statement = try db.cachedStatement(sql: "SELECT \(ObjectColumns.names) FROM object WHERE id = ?")
        return try places.compactMap { place in
            try Row.fetchOne(statement, arguments: [place.id]).map {
                try object(ObjectColumns.row($0, directory: directory))
            }
        }
    }

    /// The object of this public id.
    func object(publicID: String) throws -> (CatalogObject, [AccessDay])? {
        let statement = try db.cachedStatement(sql: "SELECT \(ObjectColumns.names) FROM object WHERE hash = ?")
        let rows = try Row.fetchCursor(statement, arguments: [ObjectHash.of(publicID: publicID)])
        while let found = try rows.next() {
            let row = ObjectColumns.row(found, directory: directory)
            guard ObjectHash.publicID(directory.place(row.place), key: row.key) == publicID else { continue }
            let days = try Row.fetchAll(
                db.cachedStatement(sql: "SELECT day, count, bytes FROM access_day WHERE object = ? ORDER BY day"),
                arguments: [row.id]
            ).map { AccessDay(day: $0[0], count: $0[1], bytes: $0[2]) }
            return (try object(row), days)
        }
        return nil
    }

    private func object(_ row: ObjectRow) throws -> CatalogObject {
        let place = directory.place(row.place)
        return CatalogObject(
            id: ObjectHash.publicID(place, key: row.key), storeID: directory.store(of: place)?.id,
            provider: place.provider, account: place.account, bucket: place.bucket, key: row.key,
            size: row.size == ObjectRow.unknownSize ? nil : row.size, storageClass: row.storageClass,
            tier: row.tier.isEmpty ? nil : row.tier, etag: row.etag, versionID: row.versionID,
            firstSeen: Timestamp(milliseconds: row.firstSeen),
            lastModified: row.lastModified.map { Timestamp(milliseconds: $0) },
            lastChange: row.lastChange == ObjectRow.never ? nil : Timestamp(milliseconds: row.lastChange),
            lastAccess: row.lastAccess == ObjectRow.never ? nil : Timestamp(milliseconds: row.lastAccess),
            accesses: try accesses(row), deletedAt: row.deletedAt.map { Timestamp(milliseconds: $0) },
            renamedFrom: row.renamedFrom, renamedTo: row.isDeleted ? row.renamedTo : nil)
    }

    private func accesses(_ row: ObjectRow) throws -> AccessSums {
        var sums = AccessSums()
        sums.total = row.accesses
        guard Int64(row.newestDay) > Int64(today) - 90 else { return sums }
        let statement = try db.cachedStatement(
            sql: "SELECT day, count FROM access_day WHERE object = ? AND day > ? AND day <= ?")
        let rows = try Row.fetchCursor(statement, arguments: [row.id, Int64(today) - 90, today])
        while let day = try rows.next() {
            let age = Int64(today) - (day[0] as Int64)
            let count: Int64 = day[1]
            if age < 1 { sums.d1 = ObjectRow.sum(sums.d1, count) }
            if age < 7 { sums.d7 = ObjectRow.sum(sums.d7, count) }
            if age < 30 { sums.d30 = ObjectRow.sum(sums.d30, count) }
            sums.d90 = ObjectRow.sum(sums.d90, count)
        }
        return sums
    }
}
