import FluxAccess
import FluxEvents
import FluxLog
import Glibc
import Logging

extension FolderUpgrade {
    /// Saves the folder as it is. The name says the version that can read it.
    ///
    /// - Returns: the backup's path below the folder.
    /// - Throws: `ToolError` with code `refused` where there is no room for it.
    static func save(
        _ folder: String, as number: Int, reserve: Int64, now: Timestamp, logger: Logger,
        at moment: (Moment) throws -> Void
    ) async throws -> String {
        let place = folder + "/" + backupFolder
        if mkdir(place, 0o700) != 0, errno != EEXIST { throw FileBytes.failure("make", place) }
        for name in try FolderListing.names(place) where isOurs(name) && name.hasSuffix(".partial") {
            unlink(place + "/" + name)
        }
        let bytes = try Backup.expectedBytes(of: folder)
        let free = try PosixFileSystem().freeBytes(at: place)
        guard free - reserve >= bytes else {
            throw ToolError(
                .refused,
                "\(folder) is a data folder of version \(number), and is saved before it is upgraded to "
                    + "\(FolderVersion.current): that takes \(bytes) bytes and leaves --disk-reserve (\(reserve)) free, "
                    + "but \(place) has \(free). Nothing was changed: make room, or let \(place) be a link to a folder "
                    + "on another disk")
        }
        let name = freeName(folder, number, now)
        logger.notice(
            "the data folder is of an earlier version; it is saved before it is upgraded",
            metadata: [
                "version": "\(number)", "to": "\(FolderVersion.current)", "backup": "\(name)", "bytes": "\(bytes)",
            ])
        _ = try await Backup.make(of: folder, at: folder + "/" + name, now: now) { target in
            try StateFile.copy(folder + "/state.sqlite", to: target)
            try moment(.saving)
        }
        try moment(.saved)
        return name
    }

    /// One of this very second may be there: made, and cut off before anybody noted it.
    private static func freeName(_ folder: String, _ number: Int, _ now: Timestamp) -> String {
        let digits = now.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }
        let base = "\(backupFolder)/\(prefix)\(number)-\(digits)Z"
        var (name, copy) = (base + ".tar", 2)
        while access(folder + "/" + name, F_OK) == 0 {
            name = "\(base)-\(copy).tar"
            copy += 1
        }
        return name
    }

    private static let prefix = "version-"

    private static func isOurs(_ name: String) -> Bool { name.hasPrefix(prefix) }

    /// Removes what earlier upgrades saved. Only the newest is kept, until a person removes it or the next upgrade does.
    static func forgetBackups(_ folder: String, but kept: String) {
        let place = folder + "/" + backupFolder
        for name in (try? FolderListing.names(place)) ?? [] where isOurs(name) && name.hasSuffix(".tar") {
            if backupFolder + "/" + name != kept { unlink(place + "/" + name) }
        }
    }
}
