import FluxEvents
public import Logging

/// The embedded engine: several topics in one data folder, one writer thread, group commit.
///
/// All topics share the writer. What waits while a group is synced becomes the next group, so the more writers there are
/// the larger the groups, and one `fdatasync` answers them all. Memory that waits is what the callers hold: an append
/// returns only when it is answered.
public final class EmbeddedLog: Sendable {
    /// Cursors hold it: offsets of another epoch mean nothing here.
    public let epoch: UInt64
    /// The data folder.
    public let directory: String
    private let topics: [EmbeddedTopic]
    private let shared: LogShared
    private let writer: LogWriter
    private let pool: ReadPool

    /// Opens, or begins, the log of a data folder: locks it, checks the newest segment of each topic, cuts a torn tail
    /// off, fills the duplicate window, starts the threads.
    ///
    /// Blocks: with a million events well under a second, after a kill some more.
    ///
    /// - Parameters:
    ///   - directory: the data folder; made where it is missing, its parent must exist.
    ///   - files: nil for the real file system.
    /// - Throws: `.locked`, `.damaged` (with file and position), `.newerVersion`, `.readOnly`, `.diskFull`,
    ///   `.badConfiguration`, `.io`.
    public static func open(
        directory: String, configuration: EmbeddedLogConfiguration = EmbeddedLogConfiguration(),
        files: (any FileSystem)? = nil, logger: Logger = Logger(label: "cloudflux.log")
    ) throws(LogError) -> EmbeddedLog {
        let files = files ?? PosixFileSystem()
        let core = try LogCore(directory: directory, configuration: configuration, files: files, logger: logger)
        guard let pool = ReadPool(threads: configuration.readThreads) else {
            core.close()
            throw LogError(.io, "can't start the log's read threads: the system's limit of threads is reached")
        }
        let states = core.topics.map(\.state)
        let shared = core.shared
        let meta = core.meta
        guard let writer = LogWriter(core: core) else {
            pool.close()
            throw LogError(.io, "can't start the log's writer thread: the system's limit of threads is reached")
        }
        let topics = states.enumerated().map { number, state in
            EmbeddedTopic(
                number: number, state: state, reader: TopicReader(state: state, files: files), writer: writer,
                pool: pool, configuration: configuration, meta: meta)
        }
        return EmbeddedLog(
            epoch: meta.epoch, directory: directory, topics: topics, shared: shared, writer: writer, pool: pool)
    }

    private init(
        epoch: UInt64, directory: String, topics: [EmbeddedTopic], shared: LogShared, writer: LogWriter, pool: ReadPool
    ) {
        self.epoch = epoch
        self.directory = directory
        self.topics = topics
        self.shared = shared
        self.writer = writer
        self.pool = pool
    }

    deinit {
        self.writer.close {}
        self.pool.close()
    }

    /// The topic of that name, which must be one of `EmbeddedLogConfiguration.topics`.
    public func topic(_ name: String) -> any EventLog {
        guard let topic = self.topics.first(where: { $0.topic == name }) else {
            preconditionFailure("topic \(name) is not one of the configured topics")
        }
        return topic
    }

    /// Answers what waits, syncs, gives the lock back. Later appends and reads get `.closed`. May be called again.
    public func close() async {
        await withCheckedContinuation { continuation in
            self.writer.close { continuation.resume() }
        }
        self.pool.close()
    }

    /// Counters and sizes; cheap.
    public var statistics: LogStatistics {
        var statistics = self.shared.statistics
        statistics.topics = self.topics.map(\.state.statistics)
        statistics.waitingAppends = self.writer.waiting
        return statistics
    }

    /// Whether appends are taken, and what is wrong.
    public var health: LogHealth {
        let fatal = self.shared.fatal
        let isDiskFull = self.shared.isDiskFull
        let isClosed = self.writer.isClosed
        return LogHealth(
            acceptsAppends: fatal == nil && !isDiskFull && !isClosed, isDiskFull: isDiskFull, fatal: fatal,
            damage: self.topics.flatMap(\.state.damage), isClosed: isClosed)
    }

    /// Looks at retention now instead of at the next time, and returns when it is done.
    public func applyRetention() async {
        await withCheckedContinuation { continuation in
            self.writer.perform { core in
                core?.applyRetention()
                continuation.resume()
            }
        }
    }

    /// What a file call that fails while a data folder is opened means.
    static func opening(_ failure: FileFailure, _ directory: String) -> LogError {
        if failure.isDiskFull {
            return LogError(
                .diskFull, "can't open the log in \(directory): the disk is full; free some space and start again",
                underlying: failure)
        }
        if failure.isReadOnly {
            return LogError(
                .readOnly,
                "can't open the log in \(directory): it can't be written to; check its owner, its mode, and how the "
                    + "file system is mounted", underlying: failure)
        }
        return LogError(
            .io, "can't open the log in \(directory): check that the folder is there and the disk is well",
            underlying: failure)
    }
}
