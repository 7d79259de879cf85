import FluxTiering
import GRDB
import GRDBSQLite

/// From when to when the reads of a place are known (milliseconds since 1970).
struct ForecastWindow: Sendable, Hashable {
    var from: Int64
    var through: Int64

    /// Days since 1970, with fractions.
    var end: Double { Self.days(through) }

    static func days(_ milliseconds: Int64) -> Double { Double(milliseconds) / 86_400_000 }
}

/// An object with what was seen of its reads. Those of scans do not count.
struct ObservedObject {
    var id: Int64
    var shelf: Int64
    var told: ToldForecast?
    var seen: ReadObservation
    /// Days from which on it was watched.
    var watched: Double
    /// Requests that read it in the last 30 days of the window.
    var recentReads: Int64 = 0
    var wasRead = false

    /// Of one that was never read, and was not watched for long, there is nothing to say.
    var isKnown: Bool { wasRead || watched >= ForecastModel.unreadDays }
}

/// Reads existing objects with their reads in the order of row ids: two walks through two tables side by side, past GRDB's
/// own rows, so that a million objects take seconds.
struct ObservedObjects {
    private let db: Database
    private let directory: FoldDirectory
    /// By place; objects of others are left out.
    private let windows: [Int64: ForecastWindow]
    private let accessDays: Int64

    init(_ db: Database, _ directory: FoldDirectory, _ windows: [Int64: ForecastWindow], accessDays: Int32) {
        self.db = db
        self.directory = directory
        self.windows = windows
        self.accessDays = Int64(accessDays)
    }

    /// Calls `body` with each, its key, which holds during the call only, and its place.
    func forEach(
        _ ids: ClosedRange<Int64>, _ body: (ObservedObject, UnsafeRawBufferPointer, Int64) throws -> Void
    ) throws {
        let objects = try db.cachedStatement(
            sql: """
                SELECT id, shelf, key, first_seen, last_modified, newest_day, confidence, chance, rate, told_at
                FROM object WHERE id >= ? AND id <= ? ORDER BY id
                """)
        try objects.setArguments([ids.lowerBound, ids.upperBound])
        defer { objects.endWalk() }
        var days = try ReadDays(db, ids)
        defer { days.endWalk() }
        var list: [ReadDays.Day] = []
        while try objects.step() {
            let row = objects.sqliteStatement
            let shelfID = sqlite3_column_int64(row, 1)
            let shelf = directory.shelf(shelfID).key
            guard !shelf.deleted, let window = windows[shelf.place] else { continue }
            let id = sqlite3_column_int64(row, 0)
            let hasReads = sqlite3_column_int64(row, 5) != Int64(ObjectRow.noDay)
            list.removeAll(keepingCapacity: true)
            if hasReads { try days.read(of: id, oldest: Int64(window.end) - accessDays, into: &list) }
            var born = sqlite3_column_int64(row, 3)
            if sqlite3_column_type(row, 4) != SQLITE_NULL { born = min(born, sqlite3_column_int64(row, 4)) }
            var object = observe(list, born: born, window, id: id)
            object.shelf = shelfID
            if sqlite3_column_type(row, 9) != SQLITE_NULL {
                object.told = ToldForecast(
                    temperature: Temperature(rawValue: shelf.temperature), confidence: Self.double(row, 6),
                    chance: Self.double(row, 7), rate: Self.double(row, 8), at: sqlite3_column_int64(row, 9))
            }
            // First the bytes' address, then their number: the other way round SQLite may move them.
            let key = sqlite3_column_blob(row, 2)
            let bytes = UnsafeRawBufferPointer(start: key, count: Int(sqlite3_column_bytes(row, 2)))
            try body(object, bytes, shelf.place)
        }
    }

    private func observe(
        _ days: [ReadDays.Day], born: Int64, _ window: ForecastWindow, id: Int64
    ) -> ObservedObject {
        let end = window.end
        // One that was read was there, whenever the log first told of it.
        let first = days.first { $0.full > 0 }.map { Double($0.day) } ?? .infinity
        let begin = max(ForecastWindow.days(window.from), min(ForecastWindow.days(born), first))
        // What was seen in a moment says no more than if it had been all of a day.
        var object = ObservedObject(
            id: id, shelf: 0, seen: ReadObservation(from: min(begin, end - 1)), watched: end - begin)
        for day in days {
            object.seen.advance(to: min(Double(day.day) + 0.5, end), halfLife: ReadObservation.halfLife)
            object.seen.add(reads: Double(day.full) / Double(ReadFacts.millionths))
            if Double(day.day) > end - 30 { object.recentReads = ObjectRow.sum(object.recentReads, day.reads) }
            if day.full > 0 { object.wasRead = true }
        }
        object.seen.advance(to: end, halfLife: ReadObservation.halfLife)
        return object
    }

    private static func double(_ row: OpaquePointer, _ column: Int32) -> Double? {
        sqlite3_column_type(row, column) == SQLITE_NULL ? nil : sqlite3_column_double(row, column)
    }
}

/// The days of objects that are asked for in ascending order.
private struct ReadDays {
    struct Day {
        var day: Int32
        var reads: Int64
        /// In millionths.
        var full: Int64
    }

    private let statement: Statement
    private var isAtRow: Bool

    init(_ db: Database, _ ids: ClosedRange<Int64>) throws {
        statement = try db.cachedStatement(
            sql: """
                SELECT object, day, reads, full_reads FROM access_day
                WHERE object >= ? AND object <= ? ORDER BY object, day
                """)
        try statement.setArguments([ids.lowerBound, ids.upperBound])
        do { isAtRow = try statement.step() } catch {
            statement.endWalk()
            throw error
        }
    }

    /// Ascending, after the day `oldest`.
    mutating func read(of object: Int64, oldest: Int64, into days: inout [Day]) throws {
        let row = statement.sqliteStatement
        while isAtRow {
            let owner = sqlite3_column_int64(row, 0)
            guard owner <= object else { break }
            let day = sqlite3_column_int64(row, 1)
            if owner == object, day > oldest {
                days.append(
                    Day(
                        day: Int32(clamping: day), reads: sqlite3_column_int64(row, 2),
                        full: sqlite3_column_int64(row, 3)))
            }
            isAtRow = try statement.step()
        }
    }

    func endWalk() { statement.endWalk() }
}

extension Statement {
    /// Goes to the next row; false at the end.
    fileprivate func step() throws -> Bool {
        let result = sqlite3_step(sqliteStatement)
        guard result == SQLITE_ROW else {
            guard result == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
            return false
        }
        return true
    }

    /// Ends the walk, so that the statement holds nothing of the database.
    fileprivate func endWalk() { sqlite3_reset(sqliteStatement) }
}
