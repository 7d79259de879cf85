import FluxTiering
import Foundation
import GRDB

/// How a row of `object` is read and written.
enum ObjectColumns {
    /// In the order of `row(_:place:)`.
    static let names = """
        id, shelf, hash, key, size, first_seen, last_change, last_access, accesses, access_bytes, newest_day, \
        last_offset, last_modified, mtime_ns, inode, storage_class, etag, version_id, deleted_at, deleted_offset, \
        renamed_from, renamed_to, confidence, chance, rate, told_at
        """

    static let insert = """
        INSERT INTO object (\(names)) VALUES (\(Array(repeating: "?", count: 26).joined(separator: ", ")))
        """

    static func row(_ row: Row, directory: FoldDirectory) -> ObjectRow {
        let shelfID: Int64 = row[1]
        let shelf = directory.shelf(shelfID).key
        var object = ObjectRow(
            id: row[0], place: shelf.place, key: bytes(row, 3) ?? [], hash: row[2], tier: shelf.tier, firstSeen: row[5],
            lastOffset: row[11])
        object.shelf = shelfID
        object.size = row[4]
        object.lastChange = row[6]
        object.lastAccess = row[7]
        object.accesses = row[8]
        object.accessBytes = row[9]
        object.newestDay = row[10]
        object.lastModified = row[12]
        object.mtimeNanoseconds = row[13]
        object.inode = (row[14] as Int64?).map { UInt64(bitPattern: $0) }
        object.storageClass = row[15]
        object.etag = row[16]
        object.versionID = row[17]
        object.deletedAt = row[18]
        object.deletedOffset = row[19]
        object.renamedFrom = bytes(row, 20)
        object.renamedTo = bytes(row, 21)
        if let at = row[25] as Int64? {
            object.told = ToldForecast(
                temperature: Temperature(rawValue: shelf.temperature), confidence: row[22], chance: row[23],
                rate: row[24], at: at)
        }
        return object
    }

    /// The bytes of a BLOB column; nil where it is NULL.
    static func bytes(_ row: Row, _ index: Int) -> [UInt8]? {
        guard let data = row[index] as Data? else { return nil }
        return [UInt8](data)
    }

    static func arguments(_ row: ObjectRow) -> StatementArguments {
        [
            row.id, row.shelf, row.hash, Data(row.key), row.size, row.firstSeen, row.lastChange, row.lastAccess,
            row.accesses, row.accessBytes, row.newestDay, row.lastOffset, row.lastModified, row.mtimeNanoseconds,
            row.inode.map { Int64(bitPattern: $0) }, row.storageClass, row.etag, row.versionID, row.deletedAt,
            row.deletedOffset, row.renamedFrom.map { Data($0) }, row.renamedTo.map { Data($0) },
        ] + told(row)
    }

    static func told(_ row: ObjectRow) -> StatementArguments {
        [row.told?.confidence, row.told?.chance, row.told?.rate, row.told?.at]
    }
}

extension FoldDirectory {
    /// Reads the small tables.
    static func read(_ db: Database) throws -> FoldDirectory {
        var stores: [String: StoreRow] = [:]
        let storeRows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT id, url, provider, bucket, origin, added_at, paused, away, inventory_complete, root_inode
                    FROM store
                    """))
        while let row = try storeRows.next() {
            let store = StoreRow(
                id: row[0], url: row[1], provider: row[2], bucket: row[3], origin: row[4], addedAt: row[5],
                paused: row[6], away: row[7], inventoryComplete: row[8],
                rootInode: (row[9] as Int64?).map { UInt64(bitPattern: $0) })
            stores[store.id] = store
        }
        var places: [Place] = []
        var newestDays: [Int32] = []
        let placeRows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT provider, account, bucket, newest_day FROM place ORDER BY id"))
        while let row = try placeRows.next() {
            places.append(Place(provider: row[0], account: row[1], bucket: row[2]))
            newestDays.append(row[3])
        }
        var shelves: [Shelf] = []
        let shelfRows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT place, tier, temperature, deleted, objects, bytes FROM shelf ORDER BY id"))
        while let row = try shelfRows.next() {
            shelves.append(
                Shelf(
                    key: ShelfKey(place: row[0], tier: row[1], temperature: row[2], deleted: row[3]), objects: row[4],
                    bytes: row[5]))
        }
        return FoldDirectory(stores: stores, places: places, newestDays: newestDays, shelves: shelves)
    }
}
