import FluxAccess
public import FluxEvents
public import FluxLog
import Glibc
public import Logging

/// Brings a data folder to the version of this code before a server uses it.
///
/// A backup comes first. Then each step is done and marked in `version.json`; a step that was cut off is simply done
/// again. The file `upgrading` names the backup: it is whole, and steps have begun; so what goes on after a crash does not
/// save a folder that is half of either version. Catalogue and statistics are not touched: they are made again from the
/// log where their own format is another one.
public enum FolderUpgrade {
    /// Where the backup goes; may be a link to a folder on another disk.
    public static let backupFolder = "backups"
    static let noteName = "upgrading"

    /// A moment at which a crash must do no harm; tests look at the folder as it is then.
    enum Moment: String, CaseIterable {
        case locked, saving, saved, noted, accountsDone, stepDone, marked, forgotten
    }

    /// Locks the folder and makes it ready: marks a new one, upgrades an older one.
    ///
    /// - Parameters:
    ///   - version: of this cloudflux.
    ///   - reserve: bytes that stay free on the backup's disk.
    /// - Returns: the lock, so that the caller can do what nobody else may see half done.
    /// - Throws: `newerVersion` before anything is touched; `LogError` `.locked` where another process has the folder.
    public static func prepare(
        _ folder: String, version: String, reserve: Int64, now: Timestamp, logger: Logger
    ) async throws -> any FileLock {
        try await prepare(folder, version: version, reserve: reserve, now: now, logger: logger) { _ in }
    }

    static func prepare(
        _ folder: String, version: String, reserve: Int64, now: Timestamp, logger: Logger,
        at moment: (Moment) throws -> Void
    ) async throws -> any FileLock {
        _ = try FolderStanding(of: folder)
        let lock = try LogMaintenance.lock(directory: folder)
        do {
            try moment(.locked)
            // Another process may have done it since.
            switch try FolderStanding(of: folder) {
            case .new: try FolderVersion(writtenBy: version).write(in: folder)
            case .current: break
            case .older(let number):
                try await upgrade(
                    folder, from: number, version: version, reserve: reserve, now: now, logger: logger, at: moment)
            }
            unlink(folder + "/" + noteName)
            try moment(.forgotten)
            return lock
        } catch {
            lock.unlock()
            throw error
        }
    }

    private static func upgrade(
        _ folder: String, from number: Int, version: String, reserve: Int64, now: Timestamp, logger: Logger,
        at moment: (Moment) throws -> Void
    ) async throws {
        let backup: String
        if let begun = try noted(folder) {
            backup = begun
            logger.notice(
                "the upgrade of the data folder goes on where it was cut off", metadata: ["backup": "\(backup)"])
        } else {
            backup = try await save(
                folder, as: number, reserve: reserve, now: now, logger: logger, at: moment)
            try FileBytes.replace(folder + "/" + noteName, with: backup + "\n")
            try FileBytes.syncFolder(of: folder + "/" + noteName)
        }
        try moment(.noted)
        try StateFile.migrate(folder + "/state.sqlite")
        try moment(.accountsDone)
        for step in number..<max(number, FolderVersion.current) {
            try run(step: step, folder)
            try moment(.stepDone)
            try FolderVersion(step + 1, writtenBy: version).write(in: folder)
            try moment(.marked)
        }
        logger.notice(
            "the data folder is upgraded; the backup is not needed any more once all is found well",
            metadata: ["from": "\(number)", "to": "\(FolderVersion.current)", "backup": "\(backup)"])
        forgetBackups(folder, but: backup)
    }

    /// What leads from a version to the next one. Done twice it does no more than done once.
    private static func run(step: Int, _ folder: String) throws {
        switch step {
        // The layout is the same. From version 2 on a folder says which it has.
        case 1: break
        // Not reached: a folder's version is at least 1 (`FolderVersion`), and there is a case for each below the current one.
        default: preconditionFailure("no step leads from version \(step) on")
        }
    }

    /// The backup of an upgrade that was cut off in its steps.
    private static func noted(_ folder: String) throws -> String? {
        guard let bytes = FileBytes.read(folder + "/" + noteName, limit: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
