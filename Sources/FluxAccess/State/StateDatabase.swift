import FoundationEssentials
import GRDB
import Glibc
import Synchronization

/// `state.sqlite`: accounts, sessions, tokens, saved filters. Synchronous FULL, so that what was granted or revoked stays so after a
/// power cut. Nothing else in the data folder holds secrets, and this only their hashes.
final class StateDatabase: Sendable {
    /// How long a writer waits for another process (the command line beside the server), in seconds.
    static let busyTimeout: Double = 5

    let pool: DatabasePool
    let path: String
    /// Counts loads in the order of the writer's queue.
    private let sequence = Mutex<UInt64>(0)

    init(path: String) throws(AccessError) {
        self.path = path
        try Self.prepareFile(path)
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.busyTimeout)
            configuration.foreignKeysEnabled = true
            configuration.label = "cloudflux.state"
            configuration.maximumReaderCount = 2
            pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL when it switches to WAL, after any preparation; so FULL is set here.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = StateSchema.migrator
            if try pool.read(migrator.hasBeenSuperseded) {
                throw AccessError(
                    .newerVersion,
                    "\(path) was written by a newer CloudFlux. Run that version, or restore a backup made by this one.")
            }
            try Self.migrate(pool, with: migrator)
        } catch let error as AccessError {
            throw error
        } catch {
            throw AccessError(
                .database,
                "\(path) cannot be opened: \(Self.reason(error)). Check that it is a CloudFlux state file, and that its folder "
                    + "may be written.",
                underlying: error)
        }
    }

    /// Two processes may find the same new file: the second one's migration fails, and there is nothing left to do.
    private static func migrate(_ pool: DatabasePool, with migrator: DatabaseMigrator) throws {
        for attempt in 1... {
            do {
                return try migrator.migrate(pool)
            } catch {
                if try pool.read(migrator.hasCompletedMigrations) { return }
                if attempt == 3 { throw error }
            }
        }
    }

    /// Makes the file with mode 0600 before SQLite does, and takes rights of others away from one that is there.
    /// SQLite gives the `-wal` and `-shm` files the same mode.
    private static func prepareFile(_ path: String) throws(AccessError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            let reason = String(cString: strerror(errno))
            throw AccessError(
                .database,
                "\(path) cannot be opened: \(reason). It must be a file, not a link, that this user may read and write."
            )
        }
        defer { Glibc.close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw AccessError(.database, "\(path) is not a file. Move it away, or choose another data folder.")
        }
        if status.st_mode & 0o077 != 0 { fchmod(file, 0o600) }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? DatabaseError)?.message ?? "\(error)"
    }

    /// Writes in one transaction, then loads what is now true. The sequence orders such loads.
    func change<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(AccessError) -> (T, Loaded) {
        do {
            return try await pool.writeWithoutTransaction { db in
                var value: T?
                try db.inTransaction(.immediate) {
                    value = try body(db)
                    return .commit
                }
                guard let value else {
                    throw AccessError(.database, "\(self.path) did not take the change. Try again.")
                }
                return (value, try self.load(db))
            }
        } catch {
            throw translate(error)
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(AccessError) -> T {
        do { return try await pool.read(body) } catch { throw translate(error) }
    }

    /// Changes when another connection or process has committed something; own changes do not count.
    func dataVersion(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
    }

    /// Everything, as it is now. Only on the writer's connection: its order is what `sequence` counts.
    func load(_ db: Database) throws -> Loaded {
        let number = sequence.withLock { value in
            value += 1
            return value
        }
        return Loaded(
            sequence: number, grants: try StateQueries.grants(db), userCount: try StateQueries.userCount(db),
            dataVersion: try dataVersion(db))
    }

    func loadNow() throws(AccessError) -> Loaded {
        do { return try pool.writeWithoutTransaction(load) } catch { throw translate(error) }
    }

    func close() {
        try? pool.close()
    }

    func translate(_ error: any Error) -> AccessError {
        if let error = error as? AccessError { return error }
        return Self.unreadable(path, error)
    }

    static func unreadable(_ path: String, _ error: any Error) -> AccessError {
        AccessError(
            .database,
            "\(path) could not be read or written: \(reason(error)). Check the disk and the folder's rights.",
            underlying: error)
    }

    struct Loaded: Sendable {
        var sequence: UInt64
        var grants: [Digest256: Grant]
        var userCount: Int
        var dataVersion: Int64
    }
}
