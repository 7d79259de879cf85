import FoundationEssentials
import GRDB
import Glibc

/// Opens `catalog.sqlite`, and says in our words what SQLite refuses.
enum CatalogDatabase {
    static let fileName = "catalog.sqlite"
    /// The newest damaged file, for a person to look at.
    static let damagedName = fileName + ".damaged"
    /// Page cache of the connection that folds, and of each that reads (KiB).
    static let writerCacheKiB = 128 << 10
    static let readerCacheKiB = 16 << 10
    static let readers = 4
    /// The write-ahead log is copied into the file when it has as many pages (of 4 KiB) as that has, within these bounds,
    /// and cut to as much after: the more pages are changed twice in between, the less there is to copy, but a small
    /// catalogue shall not take tens of megabytes.
    static let checkpointPages = 1_024...16_384

    static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "catalogue"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            let cache = db.configuration.readonly ? readerCacheKiB : writerCacheKiB
            try db.execute(sql: "PRAGMA cache_size = -\(cache); PRAGMA temp_store = MEMORY")
            if !db.configuration.readonly {
                try fitWriteAheadLog(db)
            }
        }
        FileTools.makePrivate(path)
        return try DatabasePool(path: path, configuration: configuration)
    }

    /// Lets the write-ahead log grow with the file.
    static func fitWriteAheadLog(_ db: Database) throws {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let wanted = min(max(pages, checkpointPages.lowerBound), checkpointPages.upperBound)
        let now = try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint") ?? 0
        // SQLite itself begins with 1,000. After that, each time it has doubled is often enough, and once at the most.
        let isDue = wanted < now || wanted >= 2 * now || wanted == checkpointPages.upperBound
        guard wanted != now, isDue || now < checkpointPages.lowerBound else { return }
        try db.execute(
            sql: "PRAGMA wal_autocheckpoint = \(wanted); PRAGMA journal_size_limit = \(wanted * 4096)")
    }

    /// The file and what SQLite keeps beside it.
    static func companions(_ path: String) -> [String] { [path, path + "-wal", path + "-shm", path + "-journal"] }

    static func remove(_ path: String) {
        for file in companions(path) { try? FileManager.default.removeItem(atPath: file) }
    }

    /// Keeps a damaged file, with what SQLite keeps beside it, in the place of an earlier one.
    static func setAside(_ path: String) {
        remove(path + ".damaged")
        for (file, kept) in zip(companions(path), companions(path + ".damaged")) {
            try? FileTools.rename(file, to: kept)
        }
    }

    /// The first thing that is wrong in a table and its indexes, or in the whole file; nil where all is well. Every page
    /// is read.
    static func damage(_ db: Database, in table: String? = nil) throws -> String? {
        do {
            let answer = try String.fetchOne(db, sql: "PRAGMA quick_check(\(table ?? "1"))")
            return answer == "ok" ? nil : answer.map(oneLine) ?? "it cannot be checked"
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            return words(error)
        }
    }

    /// What SQLite says, on one line.
    static func words(_ error: DatabaseError) -> String {
        oneLine(error.message ?? error.resultCode.description)
    }

    /// A check's findings stand on lines of their own, below the name of the database that we attached them under.
    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("*** in database ") }.joined(separator: "; ")
    }

    /// Our error for what SQLite, or a call around it, threw.
    static func error(_ error: any Error, _ doing: String, path: String) -> CatalogError {
        if let error = error as? CatalogError { return error }
        if let failure = error as? FileTools.Failure { return file(failure, doing) }
        guard let database = error as? DatabaseError else {
            return CatalogError(.storage, "\(doing) failed (\(path)): \(error)", underlying: error)
        }
        let what = words(database)
        switch database.resultCode {
        case .SQLITE_FULL:
            return CatalogError(
                .diskFull, "\(doing) failed: the disk that holds \(path) is full. Make room; it goes on by itself.",
                underlying: error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
            return CatalogError(
                .readOnly, "\(doing) failed: \(path) cannot be written (\(what)). Give the server write access to it.",
                underlying: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return CatalogError(
                .damaged,
                "\(doing) failed: \(path) is damaged (\(what)). Restart the server: it rebuilds the catalogue from "
                    + "the newest snapshot and the log.", underlying: error)
        case .SQLITE_MISUSE:
            return CatalogError(.closed, "\(doing) failed: the catalogue is closed.", underlying: error)
        default:
            return CatalogError(.storage, "\(doing) failed (\(path)): \(what).", underlying: error)
        }
    }

    /// The same for a call on a file or folder.
    private static func file(_ failure: FileTools.Failure, _ doing: String) -> CatalogError {
        let (path, reason) = (failure.path, String(cString: strerror(failure.number)))
        switch failure.number {
        case ENOTDIR:
            return CatalogError(
                .storage, "\(doing) failed: \(path) is not a folder. Move it away; it is tried again by itself.",
                underlying: failure)
        case ENOSPC, EDQUOT:
            return CatalogError(
                .diskFull, "\(doing) failed: the disk that holds \(path) is full. Make room; it goes on by itself.",
                underlying: failure)
        case EACCES, EPERM, EROFS:
            return CatalogError(
                .readOnly,
                "\(doing) failed: \(path) cannot be written (\(reason)). Give the server write access to it.",
                underlying: failure)
        default:
            return CatalogError(
                .storage, "\(doing) failed (\(failure.call) of \(path)): \(reason).", underlying: failure)
        }
    }
}
