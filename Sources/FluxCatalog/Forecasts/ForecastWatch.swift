public import FluxEvents
public import FluxLog
public import FluxTiering
public import Logging

/// Judges how hot the objects are whose reads are known, and tells the log what is new: the fold, which comes by the event
/// like everybody, keeps what was told.
///
/// Scans are looked for first, so that a backup that has just read everything heats nothing for a moment.
///
/// Only at the log's head: what is folded again has its verdicts in the log already.
public actor ForecastWatch {
    public struct Configuration: Sendable {
        /// When an object is hot, warm or cold.
        public var rule = TemperatureRule()
        /// Events on single objects an hour; past it they are told in summaries.
        public var maximumVerdictsPerHour = 1_000

        public init() {}
    }

    private let catalog: Catalog
    private let log: any EventLog
    private let scans: ScanWatch
    private let configuration: Configuration
    private let reach: @Sendable () async -> [String: ReadReach]
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private var budget: VerdictBudget
    private var summedAt: Int64?
    /// Whether the last look left something untold for now.
    private var isPending = false

    /// Between two looks; more where a look takes long.
    static let interval = Duration.seconds(10)
    /// So many times as long as a look took nothing is looked at, and no longer than that.
    static let rest = 20
    static let longestRest = Duration.seconds(600)
    /// Temperatures fall with time alone: so it is looked at least so often.
    static let longest = Duration.seconds(3_600)
    /// Row ids of one piece: what is known of it takes a few MB, and so does one summary.
    static let pieceRows = ForecastSummary.maximumRows
    /// Of more objects than this that are judged for the first time in one look, summaries are told.
    static let maximumFirstSights = 100
    /// A summary's model is cut in two above this (bytes).
    static let maximumModelBytes = 64 << 10
    /// While more is to be told than may be, it is told once in so long (milliseconds).
    static let summaryPause: Int64 = 600_000

    /// - Parameters:
    ///   - log: the topic of real events.
    ///   - reach: how far each store's reads are known, by store id, where something tells of them.
    public init(
        catalog: Catalog, log: any EventLog, configuration: Configuration = Configuration(),
        reach: @escaping @Sendable () async -> [String: ReadReach],
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }, logger: Logger
    ) {
        self.catalog = catalog
        self.log = log
        scans = ScanWatch(catalog: catalog, log: log, now: now, logger: logger)
        self.configuration = configuration
        self.reach = reach
        self.now = now
        self.logger = logger
        budget = VerdictBudget(perHour: configuration.maximumVerdictsPerHour)
    }

    /// Looks until the task is cancelled. What fails is tried again at the next look.
    public func run() async {
        var looked: (position: Int64, reach: [String: ReadReach], at: ContinuousClock.Instant)?
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let (position, known) = (catalog.position, await reach())
            let isNews = looked.map { $0.position != position || $0.reach != known || began - $0.at > Self.longest }
            if case .following = catalog.state, isNews ?? true {
                do {
                    let told = try await look()
                    looked = told == 0 && !isPending ? (position, known, began) : nil
                } catch {
                    if Task.isCancelled { return }
                    logger.warning("temperatures could not be brought up to date", metadata: ["error": "\(error)"])
                }
            }
            let pause = min(max(Self.interval, (ContinuousClock.now - began) * Self.rest), Self.longestRest)
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// Tells what is new now, and waits until the catalogue has it; how many events.
    public func look() async throws -> Int {
        let (known, time) = (await reach(), now())
        // What reaches so far has to be folded: an object must not be called cold for reads that are on their way.
        try await catalog.folded(through: log.bounds().head - 1)
        if try await scans.look() > 0 { try await catalog.folded(through: log.bounds().head - 1) }
        let (rule, days) = (configuration.rule, catalog.configuration.accessDays)
        let look = try await catalog.read("Learning how objects are read") {
            try ForecastLook.read($0, reach: known, rule: rule, now: time.milliseconds, accessDays: days)
        }
        isPending = false
        guard let look else { return 0 }
        var round = Round(time: time)
        var first: Int64 = 1
        while first <= look.lastRow {
            let rows = first...min(look.lastRow, first + Self.pieceRows - 1)
            try await tell(rows, look, &round)
            first = rows.upperBound + 1
        }
        if round.events > 0 {
            try await catalog.folded(through: log.bounds().head - 1)
            logger.info(
                "temperatures were brought up to date",
                metadata: ["objects": "\(round.objects)", "events": "\(round.events)"])
        }
        return round.events
    }

    /// What one look has told.
    private struct Round {
        let time: Timestamp
        var events = 0
        var objects = 0
        var firstSights = 0
    }

    private func tell(_ rows: ClosedRange<Int64>, _ look: ForecastLook, _ round: inout Round) async throws {
        let (now, days) = (round.time.milliseconds, catalog.configuration.accessDays)
        let piece = try await catalog.read("Judging how hot objects are") {
            try ForecastPiece.read($0, rows, look, now: now, accessDays: days)
        }
        let isTooLarge = piece.parts.contains { $0.modelBytes > Self.maximumModelBytes }
        if isTooLarge, rows.count > 1 {
            let middle = rows.lowerBound + Int64(rows.count) / 2
            try await tell(rows.lowerBound...middle - 1, look, &round)
            try await tell(middle...rows.upperBound, look, &round)
            return
        }
        for part in piece.parts {
            let writer = ForecastEvents(part, position: piece.position, now: round.time)
            let events: [Event]
            let isSum = isSummed(part, round)
            if !isSum, budget.take(part.events, now: now) {
                events = writer.single()
            } else if isSum || maySum(now) {
                events = [writer.summary(rows: rows)]
            } else {
                isPending = true
                continue
            }
            round.firstSights += part.firstSights
            round.objects += part.news.count
            round.events += events.count
            for start in stride(from: 0, to: events.count, by: Self.eventsAtOnce) {
                _ = try await log.append(
                    events[start..<min(start + Self.eventsAtOnce, events.count)].map { $0.record() })
            }
        }
    }

    private static let eventsAtOnce = 1_000

    /// Whether these are so many new ones that nobody wants to be told of each.
    private func isSummed(_ part: ForecastPiece.Part, _ round: Round) -> Bool {
        part.firstSights > 0 && round.firstSights + part.firstSights > Self.maximumFirstSights
    }

    /// Whether what may not be told one by one is told as a sum now; the pieces of one look go together.
    private func maySum(_ now: Int64) -> Bool {
        // A clock that was set back does not make it wait.
        if let summedAt, summedAt < now, now - summedAt < Self.summaryPause { return false }
        summedAt = now
        return true
    }
}
