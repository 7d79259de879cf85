import GRDB

/// One page of the list: which rows, in which order, and how many in all.
struct ObjectList {
    let reader: ObjectReader
    let query: ObjectQuery
    /// The search index; nil where there is none for so many objects.
    let index: SearchView?
    /// The most rows that a search without the index examines.
    let scanRows: Int

    struct Result {
        var places: [ObjectCursor]
        var total: Int64?
        var next: ObjectCursor?
    }

    func page() throws -> Result {
        var after: ObjectCursor?
        if let text = query.cursor { after = try ObjectCursor(text: text, for: query) }
        let shelves = reader.shelves(query)
        let word = SearchText.folded(query.search ?? "")
        guard !shelves.isEmpty else { return Result(places: [], total: 0, next: nil) }
        // One more than the page tells whether there is a next one.
        let limit = query.limit + 1
        if word.isEmpty {
            let walk = ShelfWalk(db: reader.db, shelves: shelves, sort: query.sort, order: query.order)
            return cut(try walk.next(after: after, limit: limit), total: reader.total(shelves))
        }
        guard let index else { return try scan(word, shelves, after) }
        let found = index.search(
            word, shelves: shelves, sort: query.sort, order: query.order, after: after, limit: limit)
        return cut(found.places, total: found.total)
    }

    private func cut(_ places: [ObjectCursor], total: Int64?) -> Result {
        guard places.count > query.limit else { return Result(places: places, total: total, next: nil) }
        let page = Array(places.prefix(query.limit))
        return Result(places: page, total: total, next: page.last)
    }

    /// Looks at rows one after the other in the list's order: a page may come back short, with a cursor behind the last
    /// row that was looked at.
    private func scan(_ word: [UInt8], _ shelves: [Int64], _ start: ObjectCursor?) throws -> Result {
        let walk = ShelfWalk(db: reader.db, shelves: shelves, sort: query.sort, order: query.order)
        let keys = try reader.db.cachedStatement(sql: "SELECT key FROM object WHERE id = ?")
        var places: [ObjectCursor] = []
        var after = start
        var examined = 0
        while examined < scanRows {
            let step = try walk.next(after: after, limit: min(1000, scanRows - examined))
            if step.isEmpty { return Result(places: places, total: nil, next: nil) }
            for place in step {
                guard let row = try Row.fetchOne(keys, arguments: [place.id]) else { continue }
                var folded: [UInt8] = []
                (ObjectColumns.bytes(row, 0) ?? []).withUnsafeBytes { _ = SearchText.append($0, to: &folded) }
                after = place
                guard folded.firstRange(of: word) != nil else { continue }
                places.append(place)
                if places.count == query.limit { return Result(places: places, total: nil, next: place) }
            }
            examined += step.count
        }
        return Result(places: places, total: nil, next: after)
    }
}
