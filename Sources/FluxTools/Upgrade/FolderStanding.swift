import FluxAccess
import FluxLog
import Glibc

/// How a data folder stands to this code.
public enum FolderStanding: Sendable, Equatable {
    /// Nothing of ours is in it.
    case new
    case current
    /// Of an earlier version, which is to be upgraded before it is used.
    case older(Int)

    /// Looks, and changes nothing.
    ///
    /// - Throws: `ToolError`, `LogError` or `AccessError` with code `newerVersion` where the folder, or a part of it, is of
    ///   a later version.
    public init(of folder: String) throws {
        try FolderVersion.refuseNewer(folder)
        try LogMaintenance.checkFormat(directory: folder)
        let state = try StateFile.standing(of: folder + "/state.sqlite")
        if case .newer = state {
            throw ToolError(
                .newerVersion,
                "\(folder)/state.sqlite was written by a later cloudflux. Nothing was changed: use that one, or restore "
                    + "a backup of an earlier version")
        }
        let version = try FolderVersion.read(in: folder)
        guard let version else {
            let isEmpty = access(folder + "/log", F_OK) != 0 && access(folder + "/state.sqlite", F_OK) != 0
            self = isEmpty ? .new : .older(1)
            return
        }
        if case .older = state {
            self = .older(version.number)
        } else {
            self = version.number < FolderVersion.current ? .older(version.number) : .current
        }
    }

    /// Asks that commands which write beside a server find the folder as they know it.
    ///
    /// - Throws: `ToolError` with code `refused` where it is older; what `init(of:)` throws where it is newer.
    @discardableResult
    public static func refuseOlder(_ folder: String) throws -> FolderStanding {
        let standing = try FolderStanding(of: folder)
        guard case .older(let version) = standing else { return standing }
        let which =
            version < FolderVersion.current
            ? "is a data folder of version \(version), and this cloudflux uses version \(FolderVersion.current)"
            : "has accounts as an earlier cloudflux kept them"
        throw ToolError(
            .refused,
            "\(folder) \(which). Nothing was changed: start `cloudflux serve` of this version on it once, which saves it "
                + "and upgrades it")
    }
}
