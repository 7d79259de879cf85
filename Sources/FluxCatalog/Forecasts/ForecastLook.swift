import FluxTiering
import GRDB

/// What the objects of all stores are judged by, as of one point of the log.
struct ForecastLook: Sendable {
    /// By place.
    var windows: [Int64: ForecastWindow]
    var models: [Int64: ForecastModel]
    var rule: TemperatureRule
    /// The largest row id there is.
    var lastRow: Int64

    /// Learns it from what is there; nil where no reads are known.
    static func read(
        _ db: Database, reach: [String: ReadReach], rule: TemperatureRule, now: Int64, accessDays: Int32
    ) throws -> ForecastLook? {
        let directory = try FoldDirectory.read(db)
        var firstDays: [Int64: Int32] = [:]
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: "SELECT place, min(day) FROM place_day WHERE reads > 0 OR scan_reads > 0 GROUP BY place"))
        while let row = try rows.next() { firstDays[row[0]] = row[1] }
        let windows = ForecastWindow.windows(directory, firstDays: firstDays, reach: reach, now: now)
        guard !windows.isEmpty, let state = try CatalogPosition.read(db), state.nextObject > 1 else { return nil }
        let lastRow = state.nextObject - 1
        var fits: [Int64: ForecastFit] = [:]
        let objects = ObservedObjects(db, directory, windows, accessDays: accessDays)
        for rows in sample(lastRow) {
            try objects.forEach(rows) { fits[$2, default: ForecastFit()].add($1, $0.seen) }
        }
        // A small store may lie between two stretches.
        for place in windows.keys where fits[place]?.count ?? 0 < fewest && lastRow > stretches * stretch {
            for id in try Self.rows(of: place, directory, db) {
                try objects.forEach(id...id) { fits[$2, default: ForecastFit()].add($1, $0.seen) }
            }
        }
        return ForecastLook(
            windows: windows, models: fits.mapValues { $0.model(rule: rule) }, rule: rule, lastRow: lastRow)
    }

    /// Fewer objects of a place are too few to have been met by chance.
    private static let fewest = 2_000

    /// Those that came first to each of a place's shelves.
    private static func rows(of place: Int64, _ directory: FoldDirectory, _ db: Database) throws -> [Int64] {
        let statement = try db.cachedStatement(
            sql: "SELECT id FROM object INDEXED BY object_first_seen WHERE shelf = ? ORDER BY first_seen, id LIMIT ?")
        return try directory.shelves.indices.filter {
            let shelf = directory.shelves[$0]
            return shelf.key.place == place && !shelf.key.deleted && shelf.objects > 0
        }.flatMap { try Int64.fetchAll(statement, arguments: [$0 + 1, fewest]) }
    }

    /// Of many objects some are learned from: stretches of row ids, evenly spread and always the same ones.
    private static let stretches: Int64 = 400
    private static let stretch: Int64 = 500

    private static func sample(_ lastRow: Int64) -> [ClosedRange<Int64>] {
        guard lastRow > stretches * stretch else { return [1...lastRow] }
        return (0..<stretches).map { number in
            let first = 1 + number * (lastRow - stretch) / (stretches - 1)
            return first...first + stretch - 1
        }
    }
}

/// What there is to tell of objects of some row ids.
struct ForecastPiece: Sendable {
    struct News: Sendable {
        var key: [UInt8]
        var judgement: Judgement
        var news: ForecastNews
        var told: ToldForecast?
        var recentReads: Int64
        /// Days.
        var watched: Double
        /// That what is believed of objects of its kind gives.
        var usualRate: Double
    }

    /// What is told of one place.
    struct Part: Sendable {
        var store: StoreRow
        var place: Place
        var window: ForecastWindow
        /// With the kinds that are among its objects, news or not.
        var model: ForecastModel
        var news: [News] = []

        var events: Int { news.reduce(0) { $0 + ($1.news.pattern == nil ? 0 : 1) + ($1.news.prediction ? 1 : 0) } }
        var firstSights: Int { news.reduce(0) { $0 + ($1.told == nil ? 1 : 0) } }
        /// About what the model takes in an event.
        var modelBytes: Int { model.kinds.keys.reduce(0) { $0 + 2 * ($1.folder.count + $1.ending.count) + 100 } }
    }

    var rows: ClosedRange<Int64>
    /// The position of the fold that it was read from.
    var position: Int64
    var parts: [Part]

    static func read(
        _ db: Database, _ rows: ClosedRange<Int64>, _ look: ForecastLook, now: Int64, accessDays: Int32
    ) throws -> ForecastPiece {
        let directory = try FoldDirectory.read(db)
        var parts: [Int64: Part] = [:]
        var beliefs: [Int64: KindBeliefs] = [:]
        try ObservedObjects(db, directory, look.windows, accessDays: accessDays).forEach(rows) { object, key, placeID in
            guard let window = look.windows[placeID] else { return }
            let model = look.models[placeID] ?? ForecastModel(all: .unknown, rule: look.rule)
            let place = directory.place(placeID)
            if parts[placeID] == nil, let store = directory.store(of: place) {
                parts[placeID] = Part(
                    store: store, place: place, window: window, model: ForecastModel(all: model.all, rule: model.rule))
            }
            let prior = beliefs[placeID, default: KindBeliefs(model)].belief(of: key)
            guard let (outlook, news) = object.news(model, prior, now: now) else { return }
            parts[placeID]?.news.append(
                News(
                    key: Array(key), judgement: model.judgement(outlook), news: news, told: object.told,
                    recentReads: object.recentReads, watched: max(object.watched, 0), usualRate: prior.mean))
        }
        for (place, used) in beliefs { parts[place]?.model = used.used }
        let told = parts.sorted { $0.key < $1.key }.map(\.value).filter { !$0.news.isEmpty }
        return ForecastPiece(rows: rows, position: try CatalogPosition.read(db)?.position ?? 0, parts: told)
    }
}
