import FluxEvents
import Logging
import NIOCore
import Synchronization

/// The engine without threads: what one pass of the writer does, in one call. Tests drive it on a fake disk.
final class LogCore {
    /// How far the wall clock may be behind the newest record before it is told.
    static let clockTolerance: Int64 = 5 * 60_000
    /// Encoded bytes of the appends that are taken into one pass.
    static let passBytes = 4 << 20

    let files: any FileSystem
    let configuration: EmbeddedLogConfiguration
    let meta: LogMeta
    let repairs: RepairReports
    let topics: [TopicStore]
    let logger: Logger
    let shared: LogShared
    private let lock: any FileLock
    private var isClockBehind = false
    private var retentionTime: RetentionTime
    private var lastClocks: (wall: Timestamp, uptime: Int64)?

    init(
        directory: String, configuration: EmbeddedLogConfiguration, files: any FileSystem, logger: Logger
    ) throws(LogError) {
        try configuration.check()
        self.files = files
        self.configuration = configuration
        self.logger = logger
        self.shared = LogShared()
        let logDirectory = directory + "/log"
        do throws(FileFailure) {
            try files.makeDirectory(directory)
            try Self.syncParent(of: directory, files)
        } catch {
            throw EmbeddedLog.opening(error, directory)
        }
        self.lock = try Self.lock(directory, files)
        let known = try LogMeta.load(logDirectory, files) { EmbeddedLog.opening($0, logDirectory) }
        if let meta = known {
            self.meta = meta
        } else {
            self.meta = try Self.begin(directory, logDirectory, files)
        }
        do throws(FileFailure) {
            self.repairs = try RepairReports(logDirectory, files)
        } catch {
            throw EmbeddedLog.opening(error, directory)
        }
        for (path, reason) in self.repairs.unreadable {
            logger.warning(
                "a repair's report can't be read; the holes that it explains are told as damage",
                metadata: ["file": "\(path)", "reason": "\(reason)"])
        }
        var topics: [TopicStore] = []
        for name in configuration.topics {
            let recovery = TopicRecovery(
                name: name, directory: "\(logDirectory)/\(name)-0", files: files, configuration: configuration,
                key: self.meta.dedupKey, epoch: self.meta.epoch, repaired: self.repairs.ranges(of: name),
                logger: logger)
            topics.append(try recovery.open())
        }
        self.topics = topics
        self.retentionTime = RetentionTime(
            logDirectory, newest: topics.compactMap(\.lastRecordedAt).max(), configuration: configuration,
            files: files, logger: logger)
        do throws(FileFailure) {
            try files.syncDirectory(logDirectory)
            try files.syncDirectory(directory)
        } catch {
            throw EmbeddedLog.opening(error, directory)
        }
    }

    /// The folder's own name must survive as well. Where its parent can't be read, its name was made by somebody else.
    private static func syncParent(of directory: String, _ files: any FileSystem) throws(FileFailure) {
        let path = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        var parent = "."
        if let slash = path.lastIndex(of: "/") { parent = slash == path.startIndex ? "/" : String(path[..<slash]) }
        do throws(FileFailure) {
            try files.syncDirectory(parent)
        } catch {
            if !error.isReadOnly { throw error }
        }
    }

    static func lock(_ directory: String, _ files: any FileSystem) throws(LogError) -> any FileLock {
        do throws(FileFailure) {
            if let lock = try files.lock(directory + "/lock") { return lock }
        } catch {
            throw EmbeddedLog.opening(error, directory)
        }
        let owner =
            (try? files.readWhole(directory + "/lock", limit: 32)).flatMap { $0.map { String(buffer: $0) } } ?? ""
        let digits = String(owner.prefix { $0.isNumber })
        throw LogError(
            .locked,
            "\(directory) is in use by \(digits.isEmpty ? "another process" : "process \(digits)"): stop that one, or "
                + "use another data folder")
    }

    /// A new data folder. One that has segments but no meta.json lost it, and with it its epoch: that is damage.
    private static func begin(
        _ directory: String, _ logDirectory: String, _ files: any FileSystem
    ) throws(LogError) -> LogMeta {
        let meta = LogMeta.fresh()
        do throws(FileFailure) {
            try files.makeDirectory(logDirectory)
            for folder in try files.list(logDirectory) where folder.hasSuffix("-0") {
                let names = (try? files.list(logDirectory + "/" + folder)) ?? []
                for name in names where LogFormat.base(of: name) != nil {
                    let path = logDirectory + "/" + LogMeta.fileName
                    throw FileFailure(call: "read", path: path, errno: 0, reason: "missing beside segments")
                }
            }
            try meta.store(logDirectory, files)
            try files.syncDirectory(directory)
        } catch {
            if error.errno == 0 {
                throw LogError(
                    .damaged,
                    "\(error.path) is missing, but there are segments: restore it from a backup, or run "
                        + "`cloudflux log repair`, which starts a new epoch", file: error.path, position: 0)
            }
            throw EmbeddedLog.opening(error, directory)
        }
        return meta
    }

    // MARK: Appending

    /// Writes everything that waits, in order, and answers each request once.
    func commit(_ requests: [AppendRequest]) {
        for topic in self.topics.indices {
            var pass = self.pass(self.topics[topic])
            for request in requests where request.topic == topic {
                pass.add(request)
                guard pass.bytes >= Self.passBytes else { continue }
                self.run(&pass)
                pass = self.pass(self.topics[topic])
            }
            if pass.waiting > 0 { self.run(&pass) }
        }
    }

    private func pass(_ store: TopicStore) -> Pass {
        let now = self.configuration.clock()
        return Pass(store: store, now: now, time: store.recordedAt(now))
    }

    private func run(_ pass: inout Pass) {
        let store = pass.store
        defer { store.state.count(duplicates: pass.duplicates, window: store.window.count) }
        if let fatal = self.shared.fatal {
            // A failed log answers nothing any more, duplicates neither: nobody may take its word for it.
            store.window.rollback(to: store.head)
            return pass.failAll(fatal)
        }
        let (now, time) = (pass.now, pass.time)
        pass.answer(upTo: -1)
        guard !pass.groups.isEmpty else { return }
        do throws(LogError) {
            try self.makeRoom(for: pass.bytes, in: store)
            self.shared.isDiskFull = false
        } catch {
            store.window.rollback(to: store.head)
            if error.code == .fatal { self.fail(error) }
            if error.code == .diskFull {
                self.shared.update { statistics in statistics.refusedDiskFull += UInt64(pass.waiting) }
                self.shared.isDiskFull = true
            }
            return pass.failAll(error)
        }
        self.watchClock(now: now, time: time)
        for index in pass.groups.indices {
            do throws(LogError) {
                try self.write(pass.groups[index], at: time, to: store)
            } catch {
                self.fail(error)
                return pass.failAll(error)
            }
            pass.answer(upTo: index)
        }
    }

    private func write(_ group: Pass.Group, at time: Timestamp, to store: TopicStore) throws(LogError) {
        let sync = self.configuration.durability == .fsync
        let start = ContinuousClock.now
        try store.write(group, at: time, sync: sync)
        if sync { self.shared.synced(ContinuousClock.now - start) }
    }

    /// When space is short, retention looks once more, this time past the holds.
    private func makeRoom(for bytes: Int64, in store: TopicStore) throws(LogError) {
        do throws(LogError) {
            try store.makeRoom(for: bytes)
        } catch {
            guard error.code == .diskFull else { throw error }
            var removed = 0
            let now = self.retentionTime.now()
            for topic in self.topics { removed += try topic.trim(now: now, ignoringHolds: true) }
            guard removed > 0 else { throw error }
            self.logger.warning(
                "the disk's reserve was in danger: removed segments that readers had on hold",
                metadata: ["segments": "\(removed)"])
            try store.makeRoom(for: bytes)
        }
    }

    private func watchClock(now: Timestamp, time: Timestamp) {
        let uptime = self.configuration.uptime()
        if let last = self.lastClocks {
            let ahead = (now.milliseconds - last.wall.milliseconds) - (uptime - last.uptime)
            if ahead > Self.clockTolerance {
                self.logger.warning(
                    "the clock has jumped ahead: events are recorded with its time; set it right if it is wrong",
                    metadata: ["seconds": "\(ahead / 1000)"])
            }
        }
        self.lastClocks = (now, uptime)
        let isBehind = time.milliseconds - now.milliseconds > Self.clockTolerance
        if isBehind { self.shared.update { statistics in statistics.clockBehind += 1 } }
        if isBehind, !self.isClockBehind {
            self.logger.warning(
                "the clock is behind the log: events are recorded with the time of the newest one until it has caught up",
                metadata: ["seconds": "\((time.milliseconds - now.milliseconds) / 1000)"])
        }
        self.isClockBehind = isBehind
    }

    /// The log has failed for good. Readers go on.
    private func fail(_ error: LogError) {
        guard self.shared.failed(error) else { return }
        self.logger.critical("the log has failed", metadata: ["error": "\(error)"])
        self.configuration.onFatal(error)
    }

    // MARK: From time to time

    /// The weaker durability modes' sync.
    func sync() {
        guard self.shared.fatal == nil else { return }
        for topic in self.topics where topic.isUnsynced {
            do throws(LogError) {
                let start = ContinuousClock.now
                try topic.sync()
                self.shared.synced(ContinuousClock.now - start)
            } catch {
                return self.fail(error)
            }
        }
    }

    var isUnsynced: Bool { self.topics.contains { $0.isUnsynced } }

    func applyRetention() {
        guard self.shared.fatal == nil else { return }
        self.lookForSpace()
        let now = self.retentionTime.now()
        for topic in self.topics {
            do throws(LogError) {
                let removed = try topic.trim(now: now, ignoringHolds: false)
                if removed > 0 {
                    self.logger.info(
                        "retention removed the oldest segments",
                        metadata: [
                            "topic": "\(topic.state.name)", "segments": "\(removed)",
                            "earliest": "\(topic.state.bounds.earliest)",
                        ])
                }
            } catch {
                if error.code == .fatal { return self.fail(error) }
                self.logger.warning("retention has to wait", metadata: ["error": "\(error)"])
            }
        }
    }

    /// A full disk is told until there is room for a group again, also when nobody tries to append meanwhile.
    private func lookForSpace() {
        guard self.shared.isDiskFull, let topic = self.topics.first,
            let free = try? self.files.freeBytes(at: topic.state.directory)
        else { return }
        if free - self.configuration.diskReserveBytes > Int64(LogFormat.maxGroupBytes) {
            self.shared.isDiskFull = false
        }
    }

    /// Brings everything to disk and gives the lock back.
    func close() {
        if self.shared.fatal == nil {
            for topic in self.topics {
                do throws(LogError) {
                    try topic.close()
                } catch {
                    self.fail(error)
                }
            }
        }
        for topic in self.topics { topic.state.removeFollowers() }
        self.lock.unlock()
    }
}
