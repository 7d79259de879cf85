import FluxEvents
import FoundationEssentials
import GRDB
import Glibc

/// `DIR/sources.sqlite`: which files of a source were read, and how far. FluxIngest's own: a position is no event, and no
/// row of the catalogue, which may be deleted.
///
/// What is written last may be lost in a power cut, though not in a crash of the process. The file is then read again, and
/// says the same.
final class SourcesFile: Sendable {
    /// How long a file that was read is remembered (milliseconds): a day longer than the last seven days are listed for.
    static let remembered: Int64 = 8 * 86_400_000

    let queue: DatabaseQueue
    private let path: String

    /// - Throws: `IngestError` (`sourcesFailed`).
    init(path: String) throws(IngestError) {
        self.path = path
        do {
            // Made with its mode before SQLite makes it; SQLite gives the `-wal` file the same.
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if file >= 0 { Glibc.close(file) }
            var configuration = Configuration()
            configuration.label = "sources"
            configuration.busyMode = .timeout(5)
            configuration.journalMode = .wal
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(queue)
        } catch {
            throw Self.words(error, path)
        }
    }

    func close() { try? queue.close() }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 access logs") { db in
            try db.execute(
                sql: """
                    CREATE TABLE files (
                        store TEXT NOT NULL,
                        name BLOB NOT NULL,
                        etag TEXT NOT NULL,
                        -- Seconds since 1970, by its name.
                        time INTEGER NOT NULL,
                        -- Milliseconds since 1970, as its bucket says.
                        modified INTEGER NOT NULL,
                        unit TEXT NOT NULL,
                        done INTEGER NOT NULL DEFAULT 0,
                        PRIMARY KEY (store, name, etag)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE series (
                        store TEXT NOT NULL,
                        start BLOB NOT NULL,
                        newest INTEGER NOT NULL,
                        PRIMARY KEY (store, start)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE days (
                        store TEXT NOT NULL,
                        day INTEGER NOT NULL,
                        reads INTEGER NOT NULL,
                        PRIMARY KEY (store, day)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE sources (
                        store TEXT PRIMARY KEY,
                        through INTEGER
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    // MARK: What was read

    /// The time of the newest line that was read; nil: none was.
    func through(store: String) async throws(IngestError) -> Timestamp? {
        try await run { db in
            try Int64.fetchOne(db, sql: "SELECT through FROM sources WHERE store = ?", arguments: [store])
                .map { Timestamp(milliseconds: $0 * 1000) }
        }
    }

    /// The time of the newest name that was read; nil: none was.
    func newest(store: String, series: LogSeries) async throws(IngestError) -> Int64? {
        try await run { db in
            try Int64.fetchOne(
                db, sql: "SELECT newest FROM series WHERE store = ? AND start = ?",
                arguments: [store, Data(series.start)])
        }
    }

    /// Those of some files that were not read to their end, in the same order.
    func unread(store: String, _ files: [LogFile]) async throws(IngestError) -> [LogFile] {
        guard !files.isEmpty else { return [] }
        return try await run { db in
            let ask = try db.makeStatement(
                sql: "SELECT 1 FROM files WHERE store = ? AND name = ? AND etag = ? AND done = 1")
            return try files.filter {
                try Int.fetchOne(ask, arguments: [store, Data($0.key), $0.etag]) == nil
            }
        }
    }

    /// A file is begun: what its events stand for is settled, for this time and, should it be left in the middle, for all
    /// later ones; or some reads would be told in both ways.
    func begin(store: String, _ file: LogFile, _ detail: AccessDetail) async throws(IngestError) -> AccessDetail.Unit {
        try await run { db in
            let key: [any DatabaseValueConvertible] = [store, Data(file.key), file.etag]
            if let text = try String.fetchOne(
                db, sql: "SELECT unit FROM files WHERE store = ? AND name = ? AND etag = ?",
                arguments: StatementArguments(key)), let unit = AccessDetail.Unit(rawValue: text)
            {
                return unit
            }
            let before = try Int64.fetchOne(
                db, sql: "SELECT reads FROM days WHERE store = ? AND day = ?", arguments: [store, file.day])
            let unit = detail.unit(after: before ?? 0)
            try db.execute(
                sql: "INSERT INTO files (store, name, etag, time, modified, unit) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: StatementArguments(key + [file.name.time, file.modified.milliseconds, unit.rawValue]))
            return unit
        }
    }

    /// All that a file says is on disk.
    ///
    /// - Parameters:
    ///   - reads: how many it told of.
    ///   - through: the time of its newest line (seconds since 1970).
    func mark(store: String, _ file: LogFile, reads: Int64, through: Int64?) async throws(IngestError) {
        try await run { db in
            try db.execute(
                sql: "UPDATE files SET done = 1 WHERE store = ? AND name = ? AND etag = ?",
                arguments: [store, Data(file.key), file.etag])
            try db.execute(
                sql: """
                    INSERT INTO series (store, start, newest) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET newest = max(newest, excluded.newest)
                    """, arguments: [store, Data(file.name.series.start), file.name.time])
            try db.execute(
                sql: """
                    INSERT INTO days (store, day, reads) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET reads = reads + excluded.reads
                    """, arguments: [store, file.day, reads])
            guard let through else { return }
            try db.execute(
                sql: """
                    INSERT INTO sources (store, through) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET through = max(coalesce(through, excluded.through), excluded.through)
                    """, arguments: [store, through])
        }
    }

    /// Forgets files that no listing asks for any more.
    func prune(store: String, now: Timestamp) async throws(IngestError) {
        let oldest = now.milliseconds - Self.remembered
        try await run { db in
            // What lies near the newest name is listed also where no file came for long.
            let newest = try Int64.fetchOne(
                db, sql: "SELECT min(newest) FROM series WHERE store = ?", arguments: [store])
            let named = min(oldest / 1000, (newest ?? 0) - LogSeries.dayOverlap - LogSeries.overlap)
            try db.execute(
                sql: "DELETE FROM files WHERE store = ? AND modified < ? AND time < ?",
                arguments: [store, oldest, named])
            try db.execute(
                sql: "DELETE FROM days WHERE store = ? AND day < ?", arguments: [store, oldest / 86_400_000])
        }
    }

    // MARK: Asking

    @discardableResult
    private func run<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(IngestError) -> T {
        do {
            return try await queue.write(body)
        } catch {
            if error is CancellationError {
                throw IngestError(code: .cancelled, message: "It was ended before it was done.")
            }
            throw Self.words(error, path)
        }
    }

    private static func words(_ error: any Error, _ path: String) -> IngestError {
        let reason = (error as? DatabaseError)?.message ?? "\(error)"
        return IngestError(
            code: .sourcesFailed,
            message:
                "\(path) cannot be used: \(reason). Look at its disk and its rights; if it is damaged, stop the server and "
                + "move it away, and the log files that are still there are read again.",
            underlying: error)
    }
}
