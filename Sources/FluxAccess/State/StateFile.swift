import FoundationEssentials
import GRDB
import Glibc

/// Looks into a `state.sqlite` without changing it: nothing is migrated, and no right to write is needed.
public enum StateFile {
    /// How a file stands to the tables that this code knows.
    public enum Standing: Sendable {
        /// There is none, or one that holds nothing yet.
        case none
        case current
        /// Some tables are still to be made or changed.
        case older
        /// It has changes that this code does not know.
        case newer
    }

    /// Not a byte in the folder changes by it, as long as the last one that had the file open has closed it.
    public static func standing(of path: String) throws(AccessError) -> Standing {
        guard access(path, F_OK) == 0 else { return .none }
        let isClosed = access(path + "-wal", F_OK) != 0
        return try read(path, how: isClosed ? .untouched : .shared) { db in
            let migrator = StateSchema.migrator
            if try migrator.hasBeenSuperseded(db) { return .newer }
            if try migrator.hasCompletedMigrations(db) { return .current }
            return try migrator.appliedMigrations(db).isEmpty ? .none : .older
        }
    }

    /// Makes and changes the tables that are still missing. No server may have the file open.
    public static func migrate(_ path: String) throws(AccessError) {
        try StateDatabase(path: path).close()
    }

    /// The accounts, by name.
    public static func users(in path: String) throws(AccessError) -> [UserInfo] {
        try list(path, StateQueries.userInfos)
    }

    /// The API tokens, oldest first, expired ones included.
    public static func tokens(in path: String) throws(AccessError) -> [TokenInfo] {
        try list(path, StateQueries.apiTokens)
    }

    /// Writes a consistent copy (`VACUUM INTO`) while others go on: a new file of mode 0600.
    public static func copy(_ path: String, to target: String) throws(AccessError) {
        let file = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            let reason = String(cString: strerror(errno))
            throw AccessError(.database, "\(target) cannot be written: \(reason). Name a file that does not exist yet.")
        }
        // SQLite fills an empty file that is there, and keeps its mode.
        Glibc.close(file)
        do throws(AccessError) {
            try shared(path) { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
        } catch {
            unlink(target)
            throw error
        }
    }

    private static func list<T: Sendable>(
        _ path: String, _ body: (Database) throws -> [T]
    ) throws(AccessError) -> [T] {
        if case .none = try standing(of: path) { return [] }
        return try shared(path, body)
    }

    private enum How {
        /// As one of several that have it open. SQLite wants to write what lies beside the file.
        case shared
        /// As a file that nobody changes meanwhile.
        case untouched
    }

    private static func shared<T>(_ path: String, _ body: (Database) throws -> T) throws(AccessError) -> T {
        do throws(AccessError) {
            return try read(path, how: .shared, body)
        } catch {
            // Nobody has it open, and we may not write there: nobody of us can change it.
            guard (error.underlying as? DatabaseError)?.resultCode == .SQLITE_CANTOPEN,
                access(path + "-wal", F_OK) != 0
            else { throw error }
            return try read(path, how: .untouched, body)
        }
    }

    private static func read<T>(
        _ path: String, how: How, _ body: (Database) throws -> T
    ) throws(AccessError) -> T {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(StateDatabase.busyTimeout)
        configuration.label = "cloudflux.state"
        do {
            let queue = try DatabaseQueue(
                path: how == .shared ? path : Self.immutableURI(path), configuration: configuration)
            defer { try? queue.close() }
            return try queue.unsafeRead(body)
        } catch {
            throw StateDatabase.unreadable(path, error)
        }
    }

    private static func immutableURI(_ path: String) -> String {
        var name = ""
        for byte in path.utf8 {
            let isPlain = byte < 0x80 && byte > 0x20 && byte != 0x25 && byte != 0x23 && byte != 0x3F
            name += isPlain ? String(Unicode.Scalar(byte)) : "%" + String(256 + Int(byte), radix: 16).dropFirst()
        }
        return "file:\(name)?immutable=1"
    }
}
