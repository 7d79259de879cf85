import FluxEvents
import GRDB

extension Catalog {
    /// Objects of one piece of `readHistories`: with 400 days each they take about 7 MB.
    public static let historyLimits = 1...1_000

    /// The existing objects of a store with their reads by day, a piece at a time in the byte order of keys, so that any
    /// number of objects is gone through in little memory.
    ///
    /// Each piece is read for itself: an object that comes behind the position is in a later one, and none is given twice.
    ///
    /// - Parameters:
    ///   - store: the store's id; of one that is not there, there are none.
    ///   - position: `ReadHistoryPage.next` of the piece before; nil for the first.
    ///   - limit: how many objects, within `historyLimits`.
    ///   - today: UTC days since 1970 (`Timestamp.day`), the last day that counts.
    public func readHistories(
        store: String, from position: ReadHistoryPosition?, limit: Int, today: Int32
    ) async throws(CatalogError) -> ReadHistoryPage {
        let limit = min(max(limit, Self.historyLimits.lowerBound), Self.historyLimits.upperBound)
        return try await read("Reading the objects' reads") { [configuration] db in
            let reader = try ObjectReader(db, today: today, configuration)
            let walk = ShelfWalk(
                db: db, shelves: reader.shelves(ObjectQuery(store: store)), sort: .name, order: .ascending)
            let after = position.map { ObjectCursor(value: .key($0.key), id: $0.id) }
            // One more tells whether there is a next piece.
            let places = try walk.next(after: after, limit: limit + 1)
            let histories = ReadHistoryReader(reader: reader, store: store, days: Int64(configuration.accessDays))
            var page = ReadHistoryPage(objects: try histories.read(places.prefix(limit)), next: nil)
            if places.count > limit, case .key(let key) = places[limit - 1].value {
                page.next = ReadHistoryPosition(key: key, id: places[limit - 1].id)
            }
            return page
        }
    }
}

/// Reads histories inside one read transaction.
private struct ReadHistoryReader {
    let reader: ObjectReader
    let store: String
    /// How many days, ending with the reader's today.
    let days: Int64

    func read(_ places: some Sequence<ObjectCursor>) throws -> [ReadHistory] {
        let objects = try reader.db.cachedStatement(sql: "SELECT \(ObjectColumns.names) FROM object WHERE id = ?")
        let reads = try reader.db.cachedStatement(
            sql: """
                SELECT day, full_reads FROM access_day
                WHERE object = ? AND day > ? AND day <= ? AND full_reads > 0 ORDER BY day
                """)
        return try places.compactMap { place in
            guard let found = try Row.fetchOne(objects, arguments: [place.id]) else { return nil }
            let row = ObjectColumns.row(found, directory: reader.directory)
            var history = ReadHistory(
                id: ObjectHash.publicID(reader.directory.place(row.place), key: row.key), storeID: store, key: row.key,
                size: row.size == ObjectRow.unknownSize ? nil : row.size, storageClass: row.storageClass,
                firstSeen: Timestamp(milliseconds: row.firstSeen),
                lastModified: row.lastModified.map { Timestamp(milliseconds: $0) }, days: [])
            guard Int64(row.newestDay) > Int64(reader.today) - days else { return history }
            let cursor = try Row.fetchCursor(
                reads, arguments: [row.id, Int64(reader.today) - days, reader.today])
            while let day = try cursor.next() {
                let full = Double(day[1] as Int64) / Double(ReadFacts.millionths)
                history.days.append(ReadHistory.Day(day: day[0], fullReads: full))
            }
            return history
        }
    }
}
