import GRDB
import GRDBSQLite
import Synchronization

/// The board of reads of a running catalogue: filled from the file once a day when it is asked for, and kept up to date
/// by the fold.
final class HottestReads: Sendable {
    private enum Phase {
        case unused
        /// Being filled; what is folded meanwhile waits here.
        case filling([FoldOutcome])
        case ready(ReadBoard)
        /// Would take more memory than it may.
        case tooLarge
    }

    private let phase = Mutex<Phase>(.unused)
    /// One fill at a time; whoever needs the board waits here.
    private let filling = Mutex<Void>(())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes in what a transaction changed. Called after each commit, in order.
    func apply(_ outcome: FoldOutcome) {
        guard !outcome.reads.isEmpty else { return }
        phase.withLock { phase in
            switch phase {
            case .unused, .tooLarge: break
            case .filling(var waiting):
                phase = .unused
                waiting.append(outcome)
                phase = .filling(waiting)
            case .ready(var board):
                // Taken out first, so that the numbers are changed in place and not copied.
                phase = .unused
                if board.apply(outcome.reads) { phase = board.bytes > limit ? .tooLarge : .ready(board) }
            }
        }
    }

    /// The row ids of the objects that were read most in the 30 days up to today, filled if need be with what `reader`
    /// has; nil where that would take too much memory. Blocks: not for a thread of Swift's own pool.
    func top(_ count: Int, today: Int32, _ reader: any DatabaseReader) throws -> [Int64]? {
        if let top = current(count, today) { return top }
        return try filling.withLock { _ in
            if let top = current(count, today) { return top }
            guard begin() else { return nil }
            do {
                let (board, position) = try Self.read(reader, today: today, limit: limit)
                return finish(board, position: position) ? current(count, today) : nil
            } catch {
                phase.withLock { $0 = .unused }
                throw error
            }
        }
    }

    /// Forgets the board: the rows were replaced.
    func reset() {
        phase.withLock { $0 = .unused }
    }

    /// Under the lock: a fold that met a second holder of the numbers would have to copy them all.
    private func current(_ count: Int, _ today: Int32) -> [Int64]? {
        phase.withLock { phase in
            if case .ready(let board) = phase, board.today == today { return board.top(count) }
            return nil
        }
    }

    private func begin() -> Bool {
        phase.withLock { phase in
            if case .tooLarge = phase { return false }
            phase = .filling([])
            return true
        }
    }

    private func finish(_ board: ReadBoard?, position: Int64) -> Bool {
        phase.withLock { phase in
            // The rows were replaced meanwhile: the next request fills it anew.
            guard case .filling(let waiting) = phase else { return false }
            guard var board else {
                phase = .tooLarge
                return false
            }
            phase = .unused
            for outcome in waiting where outcome.position > position {
                guard board.apply(outcome.reads) else { return false }
            }
            phase = .ready(board)
            return true
        }
    }

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
