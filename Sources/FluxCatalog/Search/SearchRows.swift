import GRDB
import GRDBSQLite

/// Reads the rows of the search table, past GRDB's own rows: of a million objects these cost several times what SQLite
/// takes for the reading.
struct SearchRows {
    private let db: Database
    private let statement: Statement

    init(_ db: Database) throws {
        self.db = db
        statement = try db.makeStatement(
            sql: """
                SELECT id, shelf, key, size, last_change, last_access, accesses, first_seen FROM object ORDER BY id
                """)
    }

    /// Takes in one row; false at the end.
    func next(into table: inout SearchTable) throws -> Bool {
        let row = statement.sqliteStatement
        let result = sqlite3_step(row)
        guard result == SQLITE_ROW else {
            guard result == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
            return false
        }
        // First the bytes' address, then their number: the other way round SQLite may move them.
        let key = sqlite3_column_blob(row, 2)
        table.append(
            sqlite3_column_int64(row, 0), shelf: sqlite3_column_int64(row, 1),
            key: UnsafeRawBufferPointer(start: key, count: Int(sqlite3_column_bytes(row, 2))),
            size: sqlite3_column_int64(row, 3), lastChange: sqlite3_column_int64(row, 4),
            lastAccess: sqlite3_column_int64(row, 5), accesses: sqlite3_column_int64(row, 6),
            firstSeen: sqlite3_column_int64(row, 7))
        return true
    }
}
