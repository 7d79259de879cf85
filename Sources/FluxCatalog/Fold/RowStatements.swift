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
    private let deleteRow: Statement
    private let deleteDays: Statement

    init(_ db: Database) throws {
        let access = "last_access = ?, accesses = ?, access_bytes = ?, newest_day = ?"
        let content = """
            last_change = ?, last_offset = ?, last_modified = ?, mtime_ns = ?, inode = ?, storage_class = ?, etag = ?, \
            version_id = ?
            """
        let place = "shelf = ?, hash = ?, key = ?, deleted_at = ?, deleted_offset = ?, renamed_from = ?, renamed_to = ?"
        insert = try db.cachedStatement(sql: ObjectColumns.insert)
        updateAll = try db.cachedStatement(
            sql: "UPDATE object SET \(content), size = ?, \(access), \(place) WHERE id = ?")
        updateContent = try db.cachedStatement(sql: "UPDATE object SET \(content) WHERE id = ?")
        updateContentAndSize = try db.cachedStatement(sql: "UPDATE object SET \(content), size = ? WHERE id = ?")
        updateAccess = try db.cachedStatement(sql: "UPDATE object SET \(access) WHERE id = ?")
        deleteRow = try db.cachedStatement(sql: "DELETE FROM object WHERE id = ?")
        deleteDays = try db.cachedStatement(sql: "DELETE FROM access_day WHERE object = ?")
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
                    new.renamedFrom.map { Data($0) }, new.renamedTo.map { Data($0) }, new.id,
                ])
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
    }

    func remove(_ id: Int64) throws {
        try deleteDays.execute(arguments: [id])
        try deleteRow.execute(arguments: [id])
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
