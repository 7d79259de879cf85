import FluxTiering
import GRDB

/// What the objects of all stores are judged by, as of one point of the log.
struct ForecastLook: Sendable {
    /// By place.
    var windows: [Int64: ForecastWindow]
    var models: [Int64: ForecastModel]
    /// The largest row id there is.
    var lastRow: Int64

    /// Learns it from what is there; nil where no reads are known.
    static func read(
        _ db: Database, reach: [String: ReadReach], rule: TemperatureRule, now: Int64, accessDays: Int32
    ) throws -> ForecastLook? {
        let directory = try FoldDirectory.read(db)
        var firstDays: [Int64: Int32] = [:]
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT place, min(day) FROM place_day WHERE reads > 0 GROUP BY place"))
        while let row = try rows.next() { firstDays[row[0]] = row[1] }
        let windows = ForecastWindow.windows(directory, firstDays: firstDays, reach: reach, now: now)
        guard !windows.isEmpty, let state = try CatalogPosition.read(db), state.nextObject > 1 else { return nil }
        var fits: [Int64: ForecastFit] = [:]
        try ObservedObjects(db, directory, windows, accessDays: accessDays).forEach(1...state.nextObject - 1) {
            fits[$1, default: ForecastFit()].add(ObjectKind(of: $0.key), $0.seen)
        }
        return ForecastLook(
            windows: windows, models: fits.mapValues { $0.model(rule: rule) }, lastRow: state.nextObject - 1)
    }
}

/// What there is to tell of objects of some row ids.
struct ForecastPiece: Sendable {
    struct News: Sendable {
        var key: [UInt8]
        var size: Int64?
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
        try ObservedObjects(db, directory, look.windows, accessDays: accessDays).forEach(rows) { object, placeID in
            guard let window = look.windows[placeID], let model = look.models[placeID] else { return }
            let place = directory.place(placeID)
            if parts[placeID] == nil, let store = directory.store(of: place) {
                parts[placeID] = Part(
                    store: store, place: place, window: window, model: ForecastModel(all: model.all, rule: model.rule))
            }
            let kind = ObjectKind(of: object.key)
            let usual = model.kinds[kind]
            if let usual { parts[placeID]?.model.kinds[kind] = usual }
            guard let (judgement, news) = object.news(model, now: now) else { return }
            parts[placeID]?.news.append(
                News(
                    key: object.key, judgement: judgement, news: news, told: object.told,
                    recentReads: object.recentReads, watched: max(object.watched, 0),
                    usualRate: (usual ?? model.all).mean))
        }
        let told = parts.sorted { $0.key < $1.key }.map(\.value).filter { !$0.news.isEmpty }
        return ForecastPiece(rows: rows, position: try CatalogPosition.read(db)?.position ?? 0, parts: told)
    }
}
