import FluxTiering
import GRDB

extension CatalogWriter {
    /// So many row ids are gone through in one step, so that a summary of a whole bucket takes little memory.
    private static let rowsAtOnce: Int64 = 10_000

    /// Judges each object that a summary means by its model. The batch before it has been written.
    mutating func tell(_ summary: ForecastSummary, time: Int64) throws {
        guard let place = directory.existingPlaceID(summary.place) else { return }
        let before = directory
        var window = summary.window
        // What is known of days to come is nothing.
        window.through = min(window.through, time)
        window.from = min(window.from, window.through)
        let statements = try RowStatements(db, requesterDays: configuration.keptRequesterDays)
        let last = min(summary.rows.upperBound, state.nextObject - 1)
        var first = summary.rows.lowerBound
        while first <= last {
            let rows = first...min(last, first + Self.rowsAtOnce - 1)
            try tell(rows, summary.model, place, window, time: time, statements)
            first = rows.upperBound + 1
        }
        try writeDirectory(from: before)
    }

    private mutating func tell(
        _ rows: ClosedRange<Int64>, _ model: ForecastModel, _ place: Int64, _ window: ForecastWindow, time: Int64,
        _ statements: RowStatements
    ) throws {
        var news: [(id: Int64, told: ToldForecast)] = []
        var beliefs = KindBeliefs(model)
        let objects = ObservedObjects(db, directory, [place: window], accessDays: configuration.accessDays)
        try objects.forEach(rows) { object, key, _ in
            guard let (outlook, _) = object.news(model, beliefs.belief(of: key), now: time) else { return }
            news.append((object.id, ToldForecast(model.judgement(outlook), at: time)))
        }
        let find = try db.cachedStatement(sql: "SELECT \(ObjectColumns.names) FROM object WHERE id = ?")
        for (id, told) in news {
            guard let row = try Row.fetchOne(find, arguments: [id]) else { continue }
            let old = ObjectColumns.row(row, directory: directory)
            var new = old
            new.tell(told)
            new.shelf = directory.shelfID(new.shelfKey)
            guard old.shelf != new.shelf else {
                try statements.tell(new)
                continue
            }
            try statements.move(new)
            count(old, by: -1)
            count(new, by: 1)
            outcome.changes.append(.move(id: id, shelf: new.shelf))
        }
    }
}

extension ObservedObject {
    /// What is worth telling of it; nil where that is nothing.
    ///
    /// - Parameter prior: what is believed of its kind.
    func news(_ model: ForecastModel, _ prior: RateBelief, now: Int64) -> (outlook: Outlook, news: ForecastNews)? {
        guard isKnown else { return nil }
        let outlook = model.outlook(prior.after(seen), told: told?.temperature)
        return ForecastNews(outlook, told: told, now: now).map { (outlook, $0) }
    }
}

extension ToldForecast {
    init(_ judgement: Judgement, at time: Int64) {
        // As an event on one object has them; and the last digits may be others on another processor.
        self.init(
            temperature: judgement.temperature, confidence: ForecastEvents.rounded(judgement.confidence, 4),
            chance: ForecastEvents.rounded(judgement.chance, 4), rate: ForecastEvents.rounded(judgement.rate, 6),
            at: time)
    }
}
