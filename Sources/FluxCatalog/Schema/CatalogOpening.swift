import FluxLog
import FoundationEssentials
import GRDB

/// Finds the rows to begin with: the file as it is, a snapshot, or none.
struct CatalogOpening {
    struct Opened {
        var pool: DatabasePool
        var directory: String
        var path: String
        var state: CatalogPosition
        var snapshots: SnapshotFolder
        var newestSnapshot: Int64?
        var startedFrom: String
        /// Whether the file that was there was damaged.
        var isReplacement = false
    }

    /// A file of this name beside the catalogue says that its content was found damaged while it ran.
    static let damagedMark = "catalog.damaged"
    /// One of this name says that it is open, or was never closed, and how many runs in a row were not.
    static let openMark = "catalog.open"
    /// After so many runs in a row that were cut off, everything is checked: damage may have cut them off.
    static let runsUntilCheck = 2

    let directory: String
    let log: any EventLog
    let bounds: LogBounds
    let configuration: CatalogConfiguration

    init(directory: String, log: any EventLog, configuration: CatalogConfiguration) {
        self.directory = directory
        self.log = log
        bounds = log.bounds()
        self.configuration = configuration
    }

    private var path: String { directory + "/" + CatalogDatabase.fileName }
    private var mark: String { directory + "/" + Self.damagedMark }
    private var openMark: String { directory + "/" + Self.openMark }

    func open() throws(CatalogError) -> Opened {
        do {
            let cutOff = runsCutOff
            let opened = try find()
            let runs = cutOff < Self.runsUntilCheck ? cutOff + 1 : 1
            FileTools.mark(openMark, "\(runs)\n")
            return opened
        } catch {
            throw CatalogDatabase.error(error, "Opening the catalogue", path: path)
        }
    }

    private var runsCutOff: Int {
        guard let text = FileManager.default.contents(atPath: openMark) else { return 0 }
        return Int(String(decoding: text, as: UTF8.self).prefix { $0.isNumber }) ?? 1
    }

    private func find() throws -> Opened {
        let snapshots = SnapshotFolder(directory: directory, kept: configuration.snapshotsKept)
        snapshots.removeUnfinished()
        let why: String
        var isReplacement = false
        if !FileTools.exists(path) {
            why = "there was no catalogue file"
        } else {
            switch try inspect() {
            case .usable(let pool, let state):
                return Opened(
                    pool: pool, directory: directory, path: path, state: state, snapshots: snapshots,
                    newestSnapshot: candidates(snapshots).first?.position,
                    startedFrom: "The catalogue continues at event \(state.position) of \(bounds.head).")
            case .unusable(let reason): why = reason
            case .damaged(let reason):
                CatalogDatabase.setAside(path)
                isReplacement = true
                why = "\(reason); that file is kept as \(CatalogDatabase.damagedName)"
            }
        }
        var opened = try rebuild(why, snapshots)
        opened.isReplacement = isReplacement
        return opened
    }

    /// The snapshots that the log can continue, the newest first.
    private func candidates(_ snapshots: SnapshotFolder) -> [SnapshotName] {
        Self.candidates(snapshots, log)
    }

    static func candidates(_ snapshots: SnapshotFolder, _ log: any EventLog) -> [SnapshotName] {
        let earliest = log.bounds().earliest
        return snapshots.names().filter { name in
            guard let head = head(ofEpoch: name.epoch, in: log) else { return false }
            return name.position <= head && name.position >= earliest
        }
    }

    /// Where the records end that this log shares with one of that epoch; nil where it shares none.
    private static func head(ofEpoch epoch: UInt64, in log: any EventLog) -> Int64? {
        let bounds = log.bounds()
        return epoch == bounds.epoch ? bounds.head : log.sharedHead(withEpoch: epoch).map { min($0, bounds.head) }
    }

    private enum Verdict {
        case usable(DatabasePool, CatalogPosition)
        case unusable(String)
        case damaged(String)
    }

    /// Looks whether the file can be continued. Throws where nobody but a person can help.
    private func inspect() throws -> Verdict {
        if FileTools.exists(mark) { return .damaged("its file was found damaged while it ran") }
        do {
            let pool = try CatalogDatabase.open(path)
            do {
                let verdict = try pool.read { db -> Verdict in
                    let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                    if application == CatalogSchema.applicationID, version > CatalogSchema.version {
                        throw CatalogError(
                            .newerVersion,
                            "\(path) was written by a newer version of CloudFlux (format \(version), this one reads "
                                + "\(CatalogSchema.version)). Start the newer version, or move the file away: this "
                                + "version then rebuilds it from the log.")
                    }
                    guard application == CatalogSchema.applicationID, version == CatalogSchema.version else {
                        return Verdict.unusable("its file has another format")
                    }
                    if let damage = try damage(db) { return .damaged("its file is damaged (\(damage))") }
                    guard let state = try CatalogPosition.read(db) else {
                        return .unusable("its file has no position")
                    }
                    guard let head = Self.head(ofEpoch: state.epoch, in: log) else {
                        return .unusable("its file belongs to another epoch of the log")
                    }
                    if state.position > head {
                        return .unusable("its file is ahead of the log (\(state.position) of \(head))")
                    }
                    if state.position < bounds.earliest {
                        return .unusable(
                            "the log no longer has the events after its position \(state.position)")
                    }
                    return .usable(pool, state)
                }
                if case .usable(_, var state) = verdict, state.epoch != bounds.epoch {
                    state.epoch = bounds.epoch
                    try pool.write { try state.write($0) }
                    return .usable(pool, state)
                }
                if case .usable = verdict {} else { try? pool.close() }
                return verdict
            } catch {
                try? pool.close()
                throw error
            }
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_FORMAT].contains(error.resultCode)
        {
            return .damaged("its file is damaged (\(CatalogDatabase.words(error)))")
        }
    }

    /// Checks what the server needs before anybody could tell it of damage. After runs that were cut off everything:
    /// damage may have cut them off, in a place where it would do so again. Not after one: reading a large file takes
    /// longer than a start may.
    private func damage(_ db: Database) throws -> String? {
        if runsCutOff >= Self.runsUntilCheck { return try CatalogDatabase.damage(db) }
        for table in CatalogSchema.smallTables {
            if let damage = try CatalogDatabase.damage(db, in: table) { return damage }
        }
        return nil
    }

    private func rebuild(_ why: String, _ snapshots: SnapshotFolder) throws -> Opened {
        try FileTools.makeFolder(directory)
        for name in candidates(snapshots) {
            // Of a log that has everything a fold by this version knows more than a snapshot of an earlier one.
            guard try snapshots.restore(name, to: path, as: bounds.epoch, upgrades: bounds.earliest > 0) else {
                continue
            }
            let pool = try CatalogDatabase.open(path)
            guard let state = try pool.read({ try CatalogPosition.read($0) }) else { continue }
            try? FileManager.default.removeItem(atPath: mark)
            return Opened(
                pool: pool, directory: directory, path: path, state: state, snapshots: snapshots,
                newestSnapshot: name.position,
                startedFrom: "The catalogue starts from the snapshot at event \(state.position) of \(bounds.head), "
                    + "because \(why).")
        }
        CatalogDatabase.remove(path)
        let pool = try CatalogDatabase.open(path)
        try pool.write { try CatalogSchema.create($0, epoch: bounds.epoch, position: bounds.earliest) }
        try? FileManager.default.removeItem(atPath: mark)
        let start =
            bounds.earliest == 0
            ? "is built from the log's first event on"
            : "is built from event \(bounds.earliest) on, the earliest that the log has; what was before is unknown"
        return Opened(
            pool: pool, directory: directory, path: path,
            state: CatalogPosition(
                epoch: bounds.epoch, position: bounds.earliest, beginsAt: bounds.earliest, nextObject: 1, unreadable: 0),
            snapshots: snapshots, newestSnapshot: nil, startedFrom: "The catalogue \(start), because \(why).")
    }
}
