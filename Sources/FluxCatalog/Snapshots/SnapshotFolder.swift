import FoundationEssentials
import GRDB
import Glibc

/// `DIR/snapshots/`: whole, consistent copies of the catalogue's file.
struct SnapshotFolder: Sendable {
    let path: String
    /// How many are kept; at least one.
    let kept: Int

    private static let unfinished = ".making-"

    init(directory: String, kept: Int) {
        path = directory + "/snapshots"
        self.kept = max(kept, 1)
    }

    /// All snapshots, the newest first. That a name is here says nothing yet of what is in the file.
    func names() -> [SnapshotName] {
        FileTools.names(in: path).compactMap { SnapshotName($0) }.sorted { $0.position > $1.position }
    }

    /// Whether the bytes of a snapshot are what was written.
    func isSound(_ name: SnapshotName) throws -> Bool {
        try FileTools.checksum(path(of: name)) == name.checksum
    }

    /// The newest damaged snapshot, for a person to look at.
    static let damaged = "catalog.sqlite.damaged"

    /// Keeps a damaged one under a name that nobody takes for a snapshot, in the place of an earlier one.
    func setAside(_ name: SnapshotName) {
        try? FileTools.rename(path(of: name), to: path + "/" + Self.damaged)
    }

    func path(of name: SnapshotName) -> String { path + "/" + name.text }

    /// Copies what `reader` has at this moment, while others go on writing, and returns the copy's name once it is on
    /// disk. The copy becomes visible whole, or not at all.
    func make(from reader: any DatabaseReader) throws -> SnapshotName {
        try FileTools.makeFolder(path)
        removeUnfinished()
        let temporary = path + "/" + Self.unfinished + "\(getpid())-\(UInt32.random(in: .min ... .max))"
        do {
            FileTools.makePrivate(temporary)
            let copy = try DatabaseQueue(path: temporary)
            try reader.backup(to: copy)
            let position = try copy.writeWithoutTransaction { db in
                // One file without companions: a copy is only ever read.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                // Pages are copied unread. The log is trimmed behind this copy, so nothing rests on one that is broken.
                if let damage = try CatalogDatabase.damage(db) {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: damage)
                }
                return try CatalogPosition.read(db)
            }
            try copy.close()
            guard let position else { throw CatalogError(.damaged, "The copy of the catalogue has no position.") }
            try FileTools.sync(temporary)
            let name = SnapshotName(
                epoch: position.epoch, position: position.position, checksum: try FileTools.checksum(temporary))
            try FileTools.rename(temporary, to: path(of: name))
            try FileTools.sync(path)
            prune(newest: name)
            return name
        } catch {
            removeUnfinished()
            throw error
        }
    }

    /// Copies a snapshot to `target`, for the log of this epoch, if its bytes are what was written, a whole database, and
    /// say the same position as its name.
    ///
    /// - Parameter upgrades: whether one of an earlier version is made one of this version; else it is not taken.
    func restore(_ name: SnapshotName, to target: String, as epoch: UInt64, upgrades: Bool) throws -> Bool {
        let source = path(of: name)
        guard (try? isSound(name)) ?? false else { return false }
        let temporary = target + ".restoring"
        CatalogDatabase.remove(temporary)
        try FileTools.copy(source, to: temporary)
        let copy = try DatabaseQueue(path: temporary)
        let damage = try copy.read { try CatalogDatabase.damage($0) }
        guard damage == nil else {
            try copy.close()
            CatalogDatabase.remove(temporary)
            // It was copied from a file that was damaged already; every start would meet it again.
            setAside(name)
            return false
        }
        let sound = try copy.write { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version")
            guard version == CatalogSchema.version || upgrades, try CatalogUpgrade.run(db),
                var state = try CatalogPosition.read(db),
                state.epoch == name.epoch, state.position == name.position
            else { return false }
            state.epoch = epoch
            try state.write(db)
            return true
        }
        try copy.close()
        guard sound else {
            CatalogDatabase.remove(temporary)
            return false
        }
        CatalogDatabase.remove(target)
        try FileTools.rename(temporary, to: target)
        return true
    }

    /// Removes copies that were cut off by a crash.
    func removeUnfinished() {
        for name in FileTools.names(in: path) where name.hasPrefix(Self.unfinished) {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }

    /// Removes older snapshots than those that are kept, and those of earlier epochs, which are not needed any more.
    private func prune(newest: SnapshotName) {
        let all = names()
        let wanted = Set(all.filter { $0.epoch == newest.epoch }.prefix(kept))
        for name in all where !wanted.contains(name) && name != newest {
            try? FileManager.default.removeItem(atPath: path(of: name))
        }
    }
}
