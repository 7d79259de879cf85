import FluxEvents
import GRDB

/// Reads objects as answers show them, inside one read transaction.
struct ObjectReader {
    let db: Database
    let directory: FoldDirectory
    let state: CatalogPosition
    /// UTC days since 1970.
    let today: Int32
    private let configuration: CatalogConfiguration

    init(_ db: Database, today: Int32, _ configuration: CatalogConfiguration) throws {
        self.db = db
        self.today = today
        self.configuration = configuration
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
                query.temperature.map({ $0.matches(shelf.key.temperature) }) ?? true,
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
                db.cachedStatement(
                    sql: """
                        SELECT day, reads, bytes, scan_reads FROM access_day
                        WHERE object = ? AND day > ? AND day <= ? ORDER BY day
                        """),
                arguments: [row.id, Int64(today) - Int64(configuration.accessDays), today]
            ).map { AccessDay(day: $0[0], count: $0[1], bytes: $0[2], scanReads: $0[3]) }
            return (try object(row), days)
        }
        return nil
    }

    private func object(_ row: ObjectRow) throws -> CatalogObject {
        let place = directory.place(row.place)
        let sums = try sums(row)
        return CatalogObject(
            id: ObjectHash.publicID(place, key: row.key), storeID: directory.store(of: place)?.id,
            provider: place.provider, account: place.account, bucket: place.bucket, key: row.key,
            size: row.size == ObjectRow.unknownSize ? nil : row.size, storageClass: row.storageClass,
            tier: row.tier.isEmpty ? nil : row.tier, etag: row.etag, versionID: row.versionID,
            firstSeen: Timestamp(milliseconds: row.firstSeen),
            lastModified: row.lastModified.map { Timestamp(milliseconds: $0) },
            lastChange: row.lastChange == ObjectRow.never ? nil : Timestamp(milliseconds: row.lastChange),
            lastAccess: row.lastAccess == ObjectRow.never ? nil : Timestamp(milliseconds: row.lastAccess),
            accesses: sums.reads, bytesRead: sums.bytes, scanReads: sums.scanReads, requesters: try requesters(row),
            forecast: row.told,
            deletedAt: row.deletedAt.map { Timestamp(milliseconds: $0) },
            renamedFrom: row.renamedFrom, renamedTo: row.isDeleted ? row.renamedTo : nil)
    }

    private func sums(_ row: ObjectRow) throws -> (reads: AccessSums, bytes: AccessSums, scanReads: Int64) {
        var (reads, bytes, scanReads) = (AccessSums(), AccessSums(), Int64(0))
        reads.total = row.accesses
        bytes.total = row.accessBytes
        guard Int64(row.newestDay) > Int64(today) - 90 else { return (reads, bytes, 0) }
        let statement = try db.cachedStatement(
            sql: "SELECT day, reads, bytes, scan_reads FROM access_day WHERE object = ? AND day > ? AND day <= ?")
        let rows = try Row.fetchCursor(statement, arguments: [row.id, Int64(today) - 90, today])
        while let day = try rows.next() {
            let age = Int64(today) - (day[0] as Int64)
            reads.add(day[1], age: age)
            bytes.add(day[2], age: age)
            scanReads = ObjectRow.sum(scanReads, day[3])
        }
        return (reads, bytes, scanReads)
    }

    private func requesters(_ row: ObjectRow) throws -> Int64 {
        let (newest, days) = (directory.newestDay(row.place), configuration.keptRequesterDays)
        guard row.newestDay != ObjectRow.noDay, Int64(row.newestDay) > Int64(newest) - days else { return 0 }
        let statement = try db.cachedStatement(
            sql: """
                SELECT count(DISTINCT requester) FROM access_requester
                WHERE place = ? AND object = ? AND \(RequesterDays.condition(days))
                """)
        return try Int64.fetchOne(
            statement, arguments: [row.place, row.id] + RequesterDays.arguments(days, newest: newest)) ?? 0
    }
}

extension AccessSums {
    /// Adds what happened so many days ago, of the last 90.
    fileprivate mutating func add(_ number: Int64, age: Int64) {
        if age < 1 { d1 = ObjectRow.sum(d1, number) }
        if age < 7 { d7 = ObjectRow.sum(d7, number) }
        if age < 30 { d30 = ObjectRow.sum(d30, number) }
        d90 = ObjectRow.sum(d90, number)
    }
}
