import FluxEvents
import FluxLog
import FluxStores
import Logging
import NIOCore

/// Reads one bucket's access logs where they are delivered to, and tells its reads to the log.
///
/// A file is marked when all its events are on disk, and not before. What comes again after a crash has the ids that it had.
actor AccessLogRunner {
    struct Setup: Sendable {
        var storeID: String
        /// The canonical URL of the store without parameters.
        var source: String
        /// For the server's own log.
        var storeURL: String
        /// The place of the log files without parameters.
        var place: String
        var scope: ReadScope
        /// Between two looks.
        var interval: Duration
        var options: StoreOptions

        /// Whose positions they are: another bucket of logs has its own.
        var position: String { "\(storeID) \(String(decoding: scope.logBucket, as: UTF8.self))" }
    }

    /// How often the bucket of the logs is looked at where that costs money: 0.05 USD a month. They are delivered hours
    /// late as it is.
    static let interval = Duration.seconds(300)
    /// The same at a service that is not AWS.
    static let freeInterval = Duration.seconds(60)
    /// How often the last seven days are listed whole.
    static let wholeInterval = Duration.seconds(86_400)
    /// Pages of one look for folders of accounts.
    static let maximumFolderPages = 1000

    let setup: Setup
    let bucket: any LogBucket
    let teller: ReadTeller
    let desk: SourcesDesk
    let memory: RequestMemory
    let logger: Logger

    var data = StoreStatus.AccessData(source: "access-log")
    var show: (@Sendable (StoreStatus.AccessData) async -> Void)?
    var copies = CopyBook()
    /// Of the last look at the last seven days.
    private var pass: LogPass
    private var series: [LogSeries] = []
    private var nextWhole = ContinuousClock.now
    /// Why the last look did not end well.
    private var failure: String?
    /// Why the log takes nothing now.
    var blocked: String?
    /// The first file with lines that are none of an access log, and why.
    var unreadable: (name: String, reason: String)?
    /// Files of this look that could not be read.
    var refusals = FileRefusals()
    /// Events appended since the catalogue was last waited for.
    var unfolded = 0

    init(
        setup: Setup, bucket: any LogBucket, log: any EventLog, known: any KnownObjects, desk: SourcesDesk,
        memory: RequestMemory, logger: Logger
    ) {
        self.setup = setup
        self.bucket = bucket
        teller = ReadTeller(log: log, known: known, options: setup.options)
        self.desk = desk
        self.memory = memory
        self.logger = logger
        pass = LogPass(prefix: setup.scope.logPrefix, bucket: setup.scope.bucket)
    }

    /// Looks again and again until the task is cancelled.
    ///
    /// - Parameter show: gets what is known of reads whenever that has changed.
    func run(_ show: @escaping @Sendable (StoreStatus.AccessData) async -> Void) async {
        self.show = show
        while !Task.isCancelled {
            do {
                try await look()
                if failure != nil {
                    logger.info("access logs are read again", metadata: ["store": "\(setup.storeURL)"])
                }
                failure = nil
            } catch {
                if Task.isCancelled { break }
                if failure == nil {
                    logger.warning(
                        "access logs cannot be read", metadata: ["store": "\(setup.storeURL)", "error": "\(error)"])
                }
                failure = "\(error)"
            }
            await publish()
            do { try await Task.sleep(for: setup.interval) } catch { break }
        }
        copies.leaveFile()
        self.show = nil
    }

    /// Reads what there is and was not read yet.
    func look() async throws {
        let sources = try desk.file()
        if data.through == nil { data.through = try await sources.through(store: setup.position) }
        let isWhole = ContinuousClock.now >= nextWhole
        if isWhole {
            pass = LogPass(prefix: setup.scope.logPrefix, bucket: setup.scope.bucket)
            series = try await findSeries()
            try await sources.prune(store: setup.position, now: .now())
        }
        refusals = FileRefusals()
        for series in series { try await look(at: series, isWhole: isWhole, sources) }
        if isWhole { nextWhole = .now + Self.wholeInterval }
    }

    private func look(at series: LogSeries, isWhole: Bool, _ sources: SourcesFile) async throws {
        let newest = try await sources.newest(store: setup.position, series: series)
        let after = series.after(newest: newest, isWhole: isWhole, now: Timestamp.now().milliseconds / 1000)
        var order = ListOrder(prefix: series.start, bucket: bucket.bucket)
        var token: String?
        repeat {
            let page = try await bucket.list(
                prefix: series.start, after: after, token: token, delimiter: series.isDated ? nil : "/")
            try order.take(page)
            token = page.next
            let files = pass.files(page.objects, of: series)
            try await read(try await sources.unread(store: setup.position, files), sources)
            if !files.isEmpty { await publish() }
        } while token != nil
    }

    // MARK: Where the files are

    /// Plain files, and those in folders by date of the accounts and regions there are.
    private func findSeries() async throws -> [LogSeries] {
        let prefix = setup.scope.logPrefix
        // Looked at also where nothing is there yet.
        var found = [LogSeries(start: prefix, isDated: false)]
        var after: [UInt8]?
        var token: String?
        var pages = 0
        repeat {
            let page = try await bucket.list(
                prefix: prefix, after: token == nil ? after : nil, token: token, delimiter: "/")
            pages += 1
            let seen = pass.look(at: page)
            for account in seen.accounts {
                for region in try await bucket.list(prefix: account, after: nil, token: nil, delimiter: "/").prefixes {
                    let series = pass.series(ofRegion: region)
                    let there = try await bucket.list(prefix: series.start, after: nil, token: nil, delimiter: "/")
                    if !there.prefixes.isEmpty { found.append(series) }
                }
            }
            token = seen.after == nil ? page.next : nil
            after = seen.after
        } while (token != nil || after != nil) && pages < Self.maximumFolderPages
        return found
    }

    // MARK: What people see

    func publish() async {
        data.trouble = trouble
        await show?(data)
    }

    private var trouble: String? {
        var parts: [String] = []
        if let failure { parts.append("Access logs: \(failure)") }
        if let blocked { parts.append(blocked) }
        if let words = refusals.words { parts.append(words) }
        if let words = pass.words(place: setup.place) { parts.append(words) }
        if let unreadable {
            parts.append(
                "\(data.unreadableLines) lines of log files are none of an access log and are passed over (the first in "
                    + "“\(unreadable.name)”: \(unreadable.reason)).")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}

/// Files that could not be read though others may be. Pure.
struct FileRefusals: Sendable {
    /// So many one after another, and it is not the files.
    static let maximum = 3

    private(set) var count = 0
    private var inARow = 0
    private var first: (name: String, why: String)?

    /// - Returns: whether to go on with the next file.
    mutating func refused(_ name: String, _ why: String) -> Bool {
        count += 1
        inARow += 1
        first = first ?? (name, why)
        return inARow < Self.maximum
    }

    mutating func succeeded() { inARow = 0 }

    var words: String? {
        guard let first else { return nil }
        return "\(count) log files could not be read and are tried again (the first is “\(first.name)”: \(first.why))."
    }
}
