import GRDB

/// The search table of a running catalogue.
final class SearchIndex: Sendable {
    private let table: FilledTable<SearchTable>
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        table = FilledTable(limit: limit)
    }

    func apply(_ outcome: FoldOutcome) {
        if !outcome.changes.isEmpty { table.apply(outcome) }
    }

    /// The table, filled if need be with what `reader` has; nil where it would be too large.
    func view(_ reader: any DatabaseReader) throws -> SearchView? {
        try table.filled(\.view) { try Self.read(reader, limit: limit) }
    }

    /// The table, if it is there already.
    var current: SearchView? { table.current(\.view) }

    var isTooLarge: Bool { table.isTooLarge }

    /// About how much memory the table takes; nil while there is none.
    var bytes: Int? { table.current(\.bytes) }

    func reset() { table.reset() }

    private static func read(_ reader: any DatabaseReader, limit: Int) throws -> (SearchTable?, Int64) {
        try reader.read { db in
            let position = try CatalogPosition.read(db)?.position ?? 0
            var table = SearchTable()
            let expected = max(0, try Int.fetchOne(db, sql: "SELECT sum(objects) FROM shelf") ?? 0)
            if expected > limit / SearchChunk.rowBytes { return (nil, position) }
            let rows = try SearchRows(db)
            while try rows.next(into: &table) {
                if table.count % SearchChunk.capacity == 0, table.bytes > limit { return (nil, position) }
            }
            return (table.bytes > limit ? nil : table, position)
        }
    }
}

extension SearchTable: FoldedTable {
    mutating func apply(_ outcome: FoldOutcome) -> Bool {
        apply(outcome.changes)
        return true
    }
}
