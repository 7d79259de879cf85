import Foundation
import GRDB

/// The statements that write rows. An update names only the columns that change together, because SQLite rewrites each
/// index that has a named column.
struct RowStatements {
    private let insert: Statement
    private let updateAll: Statement
    private let updateContent: Statement
    private let updateContentAndSize: Statement
    private let updateAccess: Statement
    private let updateTold: Statement
    private let moveShelf: Statement
    private let deleteRow: Statement
    private let deleteDays: Statement
    private let deleteRequesters: Statement
    private let requesterDays: Int64

    /// - Parameter requesterDays: for how many days of a place it is kept who read.
    init(_ db: Database, requesterDays: Int64) throws {
        self.requesterDays = requesterDays
        let access = "last_access = ?, accesses = ?, access_bytes = ?, newest_day = ?"
        let content = """
            last_change = ?, last_offset = ?, last_modified = ?, mtime_ns = ?, inode = ?, storage_class = ?, etag = ?, \
            version_id = ?
            """
        let place = "shelf = ?, hash = ?, key = ?, deleted_at = ?, deleted_offset = ?, renamed_from = ?, renamed_to = ?"
        let told = "confidence = ?, chance = ?, rate = ?, told_at = ?"
        insert = try db.cachedStatement(sql: ObjectColumns.insert)
        updateAll = try db.cachedStatement(
            sql: "UPDATE object SET \(content), size = ?, \(access), \(place), \(told) WHERE id = ?")
        updateContent = try db.cachedStatement(sql: "UPDATE object SET \(content) WHERE id = ?")
        updateContentAndSize = try db.cachedStatement(sql: "UPDATE object SET \(content), size = ? WHERE id = ?")
        updateAccess = try db.cachedStatement(sql: "UPDATE object SET \(access) WHERE id = ?")
        updateTold = try db.cachedStatement(sql: "UPDATE object SET \(told) WHERE id = ?")
        moveShelf = try db.cachedStatement(sql: "UPDATE object SET shelf = ?, \(told) WHERE id = ?")
        deleteRow = try db.cachedStatement(sql: "DELETE FROM object WHERE id = ?")
        deleteDays = try db.cachedStatement(sql: "DELETE FROM access_day WHERE object = ?")
        deleteRequesters = try db.cachedStatement(
            sql:
                "DELETE FROM access_requester WHERE place = ? AND object = ? AND \(RequesterDays.condition(requesterDays))"
        )
    }

    func insert(_ row: ObjectRow) throws {
        try insert.execute(arguments: ObjectColumns.arguments(row))
    }

    func update(from old: ObjectRow, to new: ObjectRow) throws {
        guard
            old.shelf == new.shelf, old.key == new.key, old.deletedOffset == new.deletedOffset,
            old.deletedAt == new.deletedAt, old.renamedFrom == new.renamedFrom, old.renamedTo == new.renamedTo
        else {
            return try updateAll.execute(
                arguments: content(new) + [new.size] + access(new) + [
                    new.shelf, new.hash, Data(new.key), new.deletedAt, new.deletedOffset,
                    new.renamedFrom.map { Data($0) }, new.renamedTo.map { Data($0) },
                ] + ObjectColumns.told(new) + [new.id])
        }
        if old.size != new.size {
            try updateContentAndSize.execute(arguments: content(new) + [new.size, new.id])
        } else if old.lastOffset != new.lastOffset {
            try updateContent.execute(arguments: content(new) + [new.id])
        }
        if old.accesses != new.accesses || old.lastAccess != new.lastAccess || old.newestDay != new.newestDay
            || old.accessBytes != new.accessBytes
        {
            try updateAccess.execute(arguments: access(new) + [new.id])
        }
        if old.told != new.told { try tell(new) }
    }

    /// Writes what was told of a row that stays on its shelf.
    func tell(_ row: ObjectRow) throws {
        try updateTold.execute(arguments: ObjectColumns.told(row) + [row.id])
    }

    /// Writes what was told of a row that another shelf has now.
    func move(_ row: ObjectRow) throws {
        try moveShelf.execute(arguments: [row.shelf] + ObjectColumns.told(row) + [row.id])
    }

    func remove(_ id: Int64) throws {
        try deleteRow.execute(arguments: [id])
    }

    /// Removes what is kept of an object's reads by day.
    ///
    /// - Parameters:
    ///   - newest: the object's newest day with a read.
    ///   - placeNewest: that of its place, as the tables have it.
    func removeReads(of id: Int64, newest: Int32, place: Int64, placeNewest: Int32) throws {
        guard newest != ObjectRow.noDay else { return }
        try deleteDays.execute(arguments: [id])
        guard Int64(newest) > Int64(placeNewest) - requesterDays else { return }
        try deleteRequesters.execute(
            arguments: [place, id] + RequesterDays.arguments(requesterDays, newest: placeNewest))
    }

    private func content(_ row: ObjectRow) -> StatementArguments {
        [
            row.lastChange, row.lastOffset, row.lastModified, row.mtimeNanoseconds,
            row.inode.map { Int64(bitPattern: $0) }, row.storageClass, row.etag, row.versionID,
        ]
    }

    private func access(_ row: ObjectRow) -> StatementArguments {
        [row.lastAccess, row.accesses, row.accessBytes, row.newestDay]
    }
}

/// The days of a place for which it is kept who read, as a condition that SQLite seeks each of: a range it would walk
/// through, with all its objects.
enum RequesterDays {
    static func condition(_ count: Int64) -> String {
        "day IN (" + Array(repeating: "?", count: Int(count)).joined(separator: ", ") + ")"
    }

    static func arguments(_ count: Int64, newest: Int32) -> StatementArguments {
        StatementArguments((0..<count).map { Int64(newest) - $0 })
    }
}
