import GRDB
import GRDBSQLite

/// The board of reads of a running catalogue: filled from the file by whoever first asks for it on a day, and kept up to date
/// by the fold.
final class HottestReads: Sendable {
    private let board: FilledTable<ReadBoard>
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        board = FilledTable(limit: limit)
    }

    func apply(_ outcome: FoldOutcome) {
        if !outcome.reads.isEmpty { board.apply(outcome) }
    }

    /// The row ids of the objects that were read most in the 30 days up to today, filled if need be with what `reader`
    /// has; nil where that would take too much memory. Blocks: not for a thread of Swift's own pool.
    func top(_ count: Int, today: Int32, _ reader: any DatabaseReader) throws -> [Int64]? {
        try board.filled(
            { $0.today == today ? $0.top(count) : nil }, { try Self.read(reader, today: today, limit: limit) })
    }

    func reset() { board.reset() }

    /// Past GRDB's own rows, as `SearchRows` does.
    private static func read(_ reader: any DatabaseReader, today: Int32, limit: Int) throws -> (ReadBoard?, Int64) {
        try reader.read { db in
            let state = try CatalogPosition.read(db)
            var board = ReadBoard(today: today)
            guard state?.nextObject ?? 0 <= Int64(limit / ReadBoard.rowBytes) else {
                return (nil, state?.position ?? 0)
            }
            let statement = try db.makeStatement(
                sql: "SELECT object, reads FROM access_day WHERE day >= ? AND day <= ? AND reads > 0")
            try statement.setArguments([board.firstDay, today])
            let rows = statement.sqliteStatement
            while true {
                let result = sqlite3_step(rows)
                guard result == SQLITE_ROW else {
                    guard result == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
                    return (board, state?.position ?? 0)
                }
                board.add(sqlite3_column_int64(rows, 1), of: sqlite3_column_int64(rows, 0))
            }
        }
    }
}

extension ReadBoard: FoldedTable {
    mutating func apply(_ outcome: FoldOutcome) -> Bool { apply(outcome.reads) }
}
