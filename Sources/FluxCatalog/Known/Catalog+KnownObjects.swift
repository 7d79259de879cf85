public import FluxStores
import Foundation
import GRDB
import Synchronization

extension Catalog {
    /// What is known of one object that exists, as far as the log is folded. Throws `CatalogError`.
    public func known(store: String, key: [UInt8]) async throws -> KnownObject? {
        try await read("Looking up an object") { db in
            let directory = try FoldDirectory.read(db)
            guard let store = directory.stores[store] else { return nil }
            return try KnownKeys(db, store, directory).find(key)
        }
    }

    /// The same of many keys, in one read. Throws `CatalogError`.
    public func known(store: String, keys: [[UInt8]]) async throws -> [[UInt8]: KnownObject] {
        guard !keys.isEmpty else { return [:] }
        return try await read("Looking up objects") { db in
            let directory = try FoldDirectory.read(db)
            guard let store = directory.stores[store] else { return [:] }
            let known = try KnownKeys(db, store, directory)
            var found: [[UInt8]: KnownObject] = [:]
            for key in keys where found[key] == nil { found[key] = try known.find(key) }
            return found
        }
    }

    /// Up to `limit` existing objects in byte order of their keys. Throws `CatalogError`.
    public func known(
        store: String, under prefix: [UInt8], after key: [UInt8]?, limit: Int
    ) async throws -> [KnownObject] {
        try await read("Reading known objects") { db in
            let directory = try FoldDirectory.read(db)
            guard let store = directory.stores[store], limit > 0 else { return [] }
            let shelves = KnownColumns.shelves(of: store, directory)
            // The range from the later of the two starts to the first key that no longer has the prefix. One start only: of two
            // SQLite seeks one, and goes through all rows from there to the other.
            var conditions = ["shelf = ?"]
            var bounds: StatementArguments
            if let key, !key.lexicographicallyPrecedes(prefix) {
                conditions.append("key > ?")
                bounds = [Data(key)]
            } else {
                conditions.append("key >= ?")
                bounds = [Data(prefix)]
            }
            if let end = KeyRange.end(of: prefix) {
                conditions.append("key < ?")
                bounds += [Data(end)]
            }
            let sql = """
                SELECT \(KnownColumns.names) FROM object INDEXED BY object_name
                WHERE \(conditions.joined(separator: " AND ")) ORDER BY key LIMIT ?
                """
            // Of each shelf no more is read than is taken, however many there are.
            var walks: [(rows: RowCursor, next: KnownObject)] = []
            for shelf in shelves {
                let rows = try Row.fetchCursor(db, sql: sql, arguments: [shelf] + bounds + [limit])
                if let row = try rows.next() { walks.append((rows, KnownColumns.object(row))) }
            }
            var found: [KnownObject] = []
            while found.count < limit, var first = walks.indices.first {
                for index in walks.indices.dropFirst()
                where walks[index].next.key.lexicographicallyPrecedes(walks[first].next.key) {
                    first = index
                }
                found.append(walks[first].next)
                if let row = try walks[first].rows.next() {
                    walks[first].next = KnownColumns.object(row)
                } else {
                    walks.remove(at: first)
                }
            }
            return found
        }
    }

    /// Returns once everything up to and including this offset is folded. Throws `CatalogError` when the catalogue has
    /// stopped, and `CancellationError` when the caller was cancelled.
    public func folded(through offset: Int64) async throws {
        let ticket = progress.withLock { $0.waiters.ticket() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = progress.withLock { progress in
                    if progress.position > offset {
                        progress.waiters.forget(ticket)
                        return .success(())
                    }
                    if case .stopped(let reason) = progress.state {
                        progress.waiters.forget(ticket)
                        return .failure(CatalogError(.logUnreadable, reason))
                    }
                    guard progress.waiters.add(ticket, offset, continuation) else {
                        return .failure(CancellationError())
                    }
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            progress.withLock { $0.waiters.cancel(ticket) }?.resume(throwing: CancellationError())
        }
        progress.withLock { $0.waiters.forget(ticket) }
    }
}

/// Looks up single keys of a store's existing objects by their hash: one seek, however many shelves there are.
private struct KnownKeys {
    private let statement: Statement
    private let directory: FoldDirectory
    private let places: [Int64]

    init(_ db: Database, _ store: StoreRow, _ directory: FoldDirectory) throws {
        self.directory = directory
        places = directory.placeIDs(ofProvider: store.provider, bucket: store.bucket)
        statement = try db.cachedStatement(sql: "SELECT \(KnownColumns.names), shelf FROM object WHERE hash = ?")
    }

    func find(_ key: [UInt8]) throws -> KnownObject? {
        for place in places {
            let rows = try Row.fetchCursor(statement, arguments: [ObjectHash.of(directory.place(place), key: key)])
            while let row = try rows.next() {
                let shelf = directory.shelf(row[8]).key
                guard shelf.place == place, !shelf.deleted, ObjectColumns.bytes(row, 0) == key else { continue }
                return KnownColumns.object(row)
            }
        }
        return nil
    }
}

private enum KnownColumns {
    static let names = "key, size, mtime_ns, last_modified, etag, inode, last_offset, storage_class"

    static func object(_ row: Row) -> KnownObject {
        let modified: Int64? = row[3]
        return KnownObject(
            key: ObjectColumns.bytes(row, 0) ?? [], size: max(row[1], 0),
            mtimeNanoseconds: row[2] ?? modified.map { ObjectRow.product($0, 1_000_000) }, etag: row[4],
            storageClass: row[7], inode: (row[5] as Int64?).map { UInt64(bitPattern: $0) }, lastOffset: row[6])
    }

    /// The shelves of existing objects of a store.
    static func shelves(of store: StoreRow, _ directory: FoldDirectory) -> [Int64] {
        let places = directory.placeIDs(ofProvider: store.provider, bucket: store.bucket)
        return directory.shelves.indices.filter {
            let shelf = directory.shelves[$0]
            return !shelf.key.deleted && shelf.objects > 0 && places.contains(shelf.key.place)
        }.map { Int64($0) + 1 }
    }
}
