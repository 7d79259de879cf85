import FluxEvents
import FluxLog
import FluxStores
import Logging
import NIOCore

/// Reads what CloudTrail delivers of one bucket's data events, and tells its changes, and its reads where nothing else does.
///
/// A file is marked when all that it tells is on disk, and not before.
actor CloudTrailRunner {
    struct Setup: Sendable {
        var storeID: String
        /// The canonical URL of the store without parameters.
        var source: String
        /// For the server's own log.
        var storeURL: String
        var scope: ReadScope
        /// Whether reads are told from here.
        var withReads: Bool
        /// Between two looks.
        var interval: Duration
        var options: StoreOptions

        /// Whose positions they are.
        var position: String { "\(storeID) cloudtrail \(String(decoding: scope.logBucket, as: UTF8.self))" }
    }

    private struct Unusable: Hashable {
        var key: [UInt8]
        var etag: String
    }

    /// Files of more bytes, packed, are none of CloudTrail's.
    static let maximumPacked: Int64 = 64 << 20
    /// Files that are remembered as of no use; more are read at each look.
    static let maximumUnusable = 1_000
    /// Accounts and regions that are looked into.
    static let maximumSeries = 1_000
    /// Changes that are told at once: of each key it is asked what is there now.
    private static let changesAtOnce = 200

    let setup: Setup
    private let bucket: any LogBucket
    private let desk: SourcesDesk
    private let memory: RequestMemory
    private let logger: Logger
    private let teller: ReadTeller

    private var data = StoreStatus.AccessData(source: "cloudtrail")
    private var show: (@Sendable (StoreStatus.AccessData) async -> Void)?
    private var series: [LogSeries] = []
    private var nextWhole = ContinuousClock.now
    private var failure: String?
    private var blocked: String?
    private var refusals = FileRefusals()
    /// What is no better the next time it is read, by name and ETag, until the next whole look.
    private var unusable: [Unusable: String] = [:]
    private var unfolded = 0

    init(
        setup: Setup, bucket: any LogBucket, log: any EventLog, known: any KnownObjects, desk: SourcesDesk,
        memory: RequestMemory, logger: Logger
    ) {
        self.setup = setup
        self.bucket = bucket
        self.desk = desk
        self.memory = memory
        self.logger = logger
        teller = ReadTeller(log: log, known: known, options: setup.options)
    }

    /// Looks again and again until the task is cancelled.
    ///
    /// - Parameters:
    ///   - show: gets how far it is whenever that has changed.
    ///   - tell: tells changes; returns when they are on disk.
    func run(
        _ show: @escaping @Sendable (StoreStatus.AccessData) async -> Void,
        tell: @escaping @Sendable ([BucketNotification]) async throws -> Void
    ) async {
        self.show = show
        while !Task.isCancelled {
            do {
                try await look(tell)
                failure = nil
            } catch {
                if Task.isCancelled { break }
                if failure == nil {
                    logger.warning(
                        "CloudTrail cannot be read", metadata: ["store": "\(setup.storeURL)", "error": "\(error)"])
                }
                failure = "\(error)"
            }
            await publish()
            do { try await Task.sleep(for: setup.interval) } catch { break }
        }
        self.show = nil
    }

    /// Reads what there is and was not read yet.
    private func look(_ tell: @Sendable ([BucketNotification]) async throws -> Void) async throws {
        let sources = try desk.file()
        if data.through == nil { data.through = try await sources.through(store: setup.position) }
        let isWhole = ContinuousClock.now >= nextWhole
        // Where nothing was delivered yet there is no folder either.
        if isWhole || series.isEmpty { series = try await findSeries() }
        if isWhole {
            try await sources.prune(store: setup.position, now: .now())
            unusable = [:]
        }
        refusals = FileRefusals()
        for series in series {
            let newest = try await sources.newest(store: setup.position, series: series)
            let after = series.after(newest: newest, isWhole: isWhole, now: Timestamp.now().milliseconds / 1000)
            var order = ListOrder(prefix: series.start, bucket: bucket.bucket)
            var token: String?
            repeat {
                let page = try await bucket.list(prefix: series.start, after: after, token: token, delimiter: nil)
                try order.take(page)
                token = page.next
                for file in try await sources.unread(store: setup.position, Self.files(page, series)) {
                    try await read(file, sources, tell)
                    try Task.checkCancellation()
                }
            } while token != nil
        }
        if isWhole { nextWhole = .now + AccessLogRunner.wholeInterval }
    }

    private static func files(_ page: ListPage, _ series: LogSeries) -> [LogFile] {
        page.objects.compactMap { object in
            CloudTrailFileName.read(object.key, series).map {
                LogFile(
                    key: object.key, etag: object.etag, size: object.size, modified: object.lastModified, name: $0)
            }
        }
    }

    // MARK: Where the files are

    /// The folders of all accounts and regions, below an organisation's too.
    private func findSeries() async throws -> [LogSeries] {
        var accounts: [[UInt8]] = []
        for folder in try await folders(of: setup.scope.logPrefix) {
            let name = folder.dropFirst(setup.scope.logPrefix.count).dropLast()
            if LogFileName.isAccount(name) {
                accounts.append(folder)
            } else if name.starts(with: "o-".utf8) {
                accounts += try await folders(of: folder)
            }
        }
        var found: [LogSeries] = []
        for account in accounts.prefix(Self.maximumSeries) {
            for region in try await folders(of: account + CloudTrailFileName.folder) {
                if found.count < Self.maximumSeries, let series = CloudTrailFileName.series(ofRegion: region) {
                    found.append(series)
                }
            }
        }
        return found
    }

    private func folders(of prefix: [UInt8]) async throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        var token: String?
        repeat {
            let page = try await bucket.list(prefix: prefix, after: nil, token: token, delimiter: "/")
            found += page.prefixes
            token = page.next
        } while token != nil && found.count < Self.maximumSeries
        return found
    }

    // MARK: One file

    private func read(
        _ file: LogFile, _ sources: SourcesFile, _ tell: @Sendable ([BucketNotification]) async throws -> Void
    ) async throws {
        let name = String(decoding: file.key.prefix(255), as: UTF8.self)
        let identity = Unusable(key: file.key, etag: file.etag)
        if let why = unusable[identity] {
            _ = refusals.refused(name, why)
            return
        }
        let found: CloudTrailFile
        do {
            found = try await unpack(file)
            refusals.succeeded()
        } catch let error as StoreError where error.code == .notFound {
            return
        } catch let error as StoreError where error.code == .denied || error.code == .refused {
            if !refusals.refused(name, error.message) { throw error }
            return
        } catch let error as CloudTrailFile.Failure {
            if unusable.count < Self.maximumUnusable { unusable[identity] = error.description }
            _ = refusals.refused(name, error.description)
            return
        }
        _ = try await sources.begin(store: setup.position, file, .each)
        let reads = found.reads.filter { !memory.contains($0.id) }
        // What is made is told before it is told to be read.
        for start in stride(from: 0, to: found.changes.count, by: Self.changesAtOnce) {
            try await tell(Array(found.changes[start..<min(start + Self.changesAtOnce, found.changes.count)]))
        }
        let events = ReadEvents(
            source: setup.source, bucket: String(decoding: setup.scope.bucket, as: UTF8.self), detected: "cloudtrail")
        unfolded = try await teller.append(reads.map { events.one($0) }, unfolded: unfolded) { [self] words in
            await setBlocked(words)
        }
        memory.insert(reads.map(\.id))
        try await sources.mark(
            store: setup.position, file, reads: Int64(reads.count), through: found.through)
        data.files += 1
        data.lines += found.records
        data.unreadableLines += found.unreadable
        if let through = found.through {
            data.through = max(data.through ?? .earliest, Timestamp(milliseconds: through * 1000))
        }
    }

    private func unpack(_ file: LogFile) async throws -> CloudTrailFile {
        guard file.size <= Self.maximumPacked else {
            throw CloudTrailFile.Failure(description: "it is larger than \(Self.maximumPacked >> 20) MiB")
        }
        let packed = try await bucket.read(file.key, from: 0, count: Int(file.size))
        return try CloudTrailFile(
            packed, scope: setup.scope, storeID: setup.storeID, withReads: setup.withReads)
    }

    private func setBlocked(_ words: String?) async {
        guard words != blocked else { return }
        blocked = words
        await publish()
    }

    private func publish() async {
        var parts: [String] = []
        if let failure { parts.append("CloudTrail: \(failure)") }
        if let blocked { parts.append(blocked) }
        if let words = refusals.words { parts.append(words) }
        data.trouble = parts.isEmpty ? nil : parts.joined(separator: " ")
        await show?(data)
    }
}
