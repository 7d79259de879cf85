import FluxEvents
import NIOCore

/// The embedded log from the outside, for the command line. Blocking.
public enum LogMaintenance {
    /// Reads everything: each group, its checksum, each record in it. May run beside a server; what that one is just
    /// writing is a tail, no damage.
    public static func verify(directory: String, files: (any FileSystem)? = nil) throws(LogError) -> LogReport {
        let files = files ?? PosixFileSystem()
        let topics = try self.folders(directory, files)
        guard let meta = try self.meta(directory, files) else {
            let path = directory + "/log/" + LogMeta.fileName
            throw LogError(
                .damaged,
                "\(path) is missing: restore it from a backup, or run `cloudflux log repair`, which begins a new epoch",
                file: path, position: 0)
        }
        var report = LogReport(epoch: meta.epoch, topics: [])
        let reports: RepairReports
        do throws(FileFailure) {
            reports = try RepairReports(directory + "/log", files)
        } catch {
            throw self.unreadable(error)
        }
        for topic in topics { report.topics.append(try self.verify(topic, reports, directory, files)) }
        return report
    }

    /// Sizes, times and rates; everything is read to get at them, as `verify` does.
    public static func stats(directory: String, files: (any FileSystem)? = nil) throws(LogError) -> LogFigures {
        let files = files ?? PosixFileSystem()
        let report = try self.verify(directory: directory, files: files)
        var starts: [String: Int64] = [:]
        do throws(FileFailure) {
            for folder in try self.topicFolders(directory, files) {
                let names = try files.list(directory + "/log/" + folder)
                starts[String(folder.dropLast(2))] = names.compactMap { LogFormat.base(of: $0, "ids") }.min()
            }
        } catch {
            throw self.unreadable(error)
        }
        return LogFigures(
            report: report, freeBytes: try? files.freeBytes(at: directory + "/log"), windowStarts: starts)
    }

    /// Gives the log a new epoch, so that cursors of the old one are told that they mean nothing here. For a restore.
    /// No server may have the folder open.
    @discardableResult
    public static func startNewEpoch(
        directory: String, files: (any FileSystem)? = nil
    ) throws(LogError) -> UInt64 {
        let files = files ?? PosixFileSystem()
        let lock = try LogCore.lock(directory, files)
        defer { lock.unlock() }
        let topics = try self.folders(directory, files)
        let meta = try self.meta(directory, files)
        var heads: [String: Int64] = [:]
        do throws(FileFailure) {
            for topic in topics {
                let folder = directory + "/log/" + topic
                guard let last = try self.bases(folder, files).last else { continue }
                let walk = try self.walk(folder + "/" + LogFormat.name(base: last, "log"), base: last, files)
                heads[String(topic.dropLast(2))] = walk?.nextOffset ?? last
            }
        } catch {
            throw self.unreadable(error)
        }
        do throws(FileFailure) {
            return try self.newEpoch(meta, heads: heads, directory, files)
        } catch {
            throw EmbeddedLog.opening(error, directory)
        }
    }

    /// - Parameter heads: of each topic: where the new epoch goes on.
    static func newEpoch(
        _ meta: LogMeta?, heads: [String: Int64], _ directory: String, _ files: any FileSystem
    ) throws(FileFailure) -> UInt64 {
        let new: LogMeta
        if let meta {
            new = meta.next(heads: heads)
        } else {
            // Its key is another one: hashes that were made with the old one would be believed and never match.
            try self.removeIdentities(directory, files)
            new = LogMeta.fresh()
        }
        try new.store(directory + "/log", files)
        return new.epoch
    }

    private static func removeIdentities(_ directory: String, _ files: any FileSystem) throws(FileFailure) {
        for folder in try self.topicFolders(directory, files) {
            let path = directory + "/log/" + folder
            for name in try files.list(path) where LogFormat.base(of: name, "ids") != nil {
                try files.removeIfThere(path + "/" + name)
            }
            try files.syncDirectory(path)
        }
    }

    /// Takes a data folder for this process alone, as a server does. Given back when the lock goes.
    ///
    /// - Throws: `.locked` where another process has it, `.readOnly`, `.io`.
    public static func lock(directory: String, files: (any FileSystem)? = nil) throws(LogError) -> any FileLock {
        try LogCore.lock(directory, files ?? PosixFileSystem())
    }

    /// Nothing where there is no log yet.
    ///
    /// - Throws: `.newerVersion`. A `meta.json` that cannot be read is for those who open the log.
    public static func checkFormat(directory: String, files: (any FileSystem)? = nil) throws(LogError) {
        do throws(LogError) {
            _ = try self.meta(directory, files ?? PosixFileSystem())
        } catch {
            if error.code == .newerVersion { throw error }
        }
    }

    /// The folders of the topics, `NAME-PARTITION`, in order.
    static func folders(_ directory: String, _ files: any FileSystem) throws(LogError) -> [String] {
        do throws(FileFailure) {
            return try self.topicFolders(directory, files)
        } catch {
            guard error.isMissing else { throw self.unreadable(error) }
            throw LogError(
                .noLog, "there is no log in \(directory): give the data folder of a server with --data",
                underlying: error)
        }
    }

    private static func topicFolders(_ directory: String, _ files: any FileSystem) throws(FileFailure) -> [String] {
        try files.list(directory + "/log").filter { $0.hasSuffix("-0") }.sorted()
    }

    static func meta(_ directory: String, _ files: any FileSystem) throws(LogError) -> LogMeta? {
        try LogMeta.load(directory + "/log", files) { self.unreadable($0) }
    }

    /// What a file that can't be read means to a command: which one, and why.
    static func unreadable(_ failure: FileFailure) -> LogError {
        if failure.isReadOnly {
            return LogError(
                .notPermitted, "\(failure.path) may not be read: \(failure.reason); check its owner and mode",
                underlying: failure)
        }
        return LogError(
            .io, "\(failure.path) can't be read: \(failure.reason); check the disk", underlying: failure)
    }

    static func bases(_ folder: String, _ files: any FileSystem) throws(FileFailure) -> [Int64] {
        try files.list(folder).compactMap { LogFormat.base(of: $0) }.sorted()
    }

    private static func verify(
        _ folder: String, _ reports: RepairReports, _ directory: String, _ files: any FileSystem
    ) throws(LogError) -> LogReport.Topic {
        let path = directory + "/log/" + folder
        var topic = LogReport.Topic(name: String(folder.dropLast(2)))
        let repaired = reports.ranges(of: topic.name)
        do throws(FileFailure) {
            let bases = try self.bases(path, files)
            topic.earliest = bases.first ?? 0
            topic.head = topic.earliest
            for (index, base) in bases.enumerated() {
                let file = path + "/" + LogFormat.name(base: base, "log")
                guard let walk = try self.walk(file, base: base, files) else {
                    // Retention took it meanwhile; then it was the oldest.
                    topic.earliest = index + 1 < bases.count ? bases[index + 1] : base
                    continue
                }
                self.add(walk, nextBase: index + 1 < bases.count ? bases[index + 1] : nil, repaired, to: &topic)
            }
        } catch {
            throw self.unreadable(error)
        }
        return topic
    }

    static func walk(_ path: String, base: Int64, _ files: any FileSystem) throws(FileFailure) -> SegmentWalk? {
        do throws(FileFailure) {
            let file = try files.open(path, create: false, write: false)
            return try SegmentWalk(file, path: path, base: base, size: try file.size())
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// - Parameter nextBase: of the segment behind; nil for the last, whose end may be a tail.
    private static func add(
        _ walk: SegmentWalk, nextBase: Int64?, _ repaired: RepairedRanges, to topic: inout LogReport.Topic
    ) {
        topic.segments.append(walk.segment)
        for bad in walk.bad {
            if bad.to == nil, nextBase == nil, !bad.isForeign {
                topic.tail = LogReport.Tail(file: walk.segment.file, position: bad.position, bytes: bad.bytes)
                continue
            }
            // Behind the last offset that belongs in here lies only what was reserved.
            if bad.to == nil, bad.from == nextBase { continue }
            topic.damage.append(
                LogReport.Damage(
                    file: walk.segment.file, position: bad.position, bytes: bad.bytes, from: bad.from,
                    to: bad.to ?? nextBase, reason: bad.reason, isReadable: bad.to == bad.from))
        }
        topic.head = walk.nextOffset
        guard let nextBase, walk.nextOffset != nextBase else { return }
        if walk.bad.contains(where: { $0.to == nil }) { return }
        if walk.nextOffset < nextBase {
            let hole = walk.nextOffset..<nextBase
            let unexplained = repaired.unexplained(hole)
            topic.holes += RepairedRanges(unexplained).unexplained(hole)
            topic.damage += unexplained.map { range in
                LogReport.Damage(
                    file: walk.segment.file, position: walk.end, bytes: 0, from: range.lowerBound,
                    to: range.upperBound, reason: LogReport.missing)
            }
        } else {
            topic.damage.append(
                LogReport.Damage(
                    file: walk.segment.file, position: walk.end, bytes: 0, from: nextBase, to: walk.nextOffset,
                    reason: "offsets \(nextBase)..<\(walk.nextOffset) are in the next segment as well", isReadable: true
                ))
        }
    }
}
