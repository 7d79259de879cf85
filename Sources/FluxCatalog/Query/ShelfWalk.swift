import Foundation
import GRDB

/// Walks objects in the order of one of the indexes, over several shelves at once.
///
/// Each shelf is a range of the index, so a page costs a few index steps a shelf, however many objects there are.
struct ShelfWalk {
    let db: Database
    let shelves: [Int64]
    let sort: ObjectQuery.Sort
    let order: ObjectQuery.Order

    /// Up to `limit` places in order, after `cursor` where it is given.
    func next(after cursor: ObjectCursor?, limit: Int) throws -> [ObjectCursor] {
        var found: [ObjectCursor] = []
        for shelf in shelves {
            var count = limit
            if let cursor {
                // Two ranges instead of one comparison of pairs: SQLite then steps straight to the place, also among a
                // million objects with the same value.
                let ties = try rows(
                    "\(column) = ? AND id \(beyond) ?", [shelf, argument(cursor.value), cursor.id], count)
                found.append(contentsOf: ties)
                count -= ties.count
                guard count > 0 else { continue }
                found.append(contentsOf: try rows("\(column) \(beyond) ?", [shelf, argument(cursor.value)], count))
            } else {
                found.append(contentsOf: try rows("1", [shelf], count))
            }
        }
        if shelves.count > 1 { found.sort(by: isBefore) }
        return Array(found.prefix(limit))
    }

    private var column: String { sort.column }
    private var beyond: String { order == .ascending ? ">" : "<" }

    private func argument(_ value: ObjectCursor.Value) -> any DatabaseValueConvertible {
        switch value {
        case .number(let number): number
        case .key(let key): Data(key)
        }
    }

    private func rows(_ condition: String, _ arguments: StatementArguments, _ limit: Int) throws -> [ObjectCursor] {
        let direction = order == .ascending ? "ASC" : "DESC"
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(column), id FROM object INDEXED BY \(sort.index) WHERE shelf = ? AND \(condition)
                ORDER BY \(column) \(direction), id \(direction) LIMIT ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: arguments + [limit])
        var found: [ObjectCursor] = []
        while let row = try rows.next() {
            let value: ObjectCursor.Value =
                sort == .name ? .key(ObjectColumns.bytes(row, 0) ?? []) : .number(row[0])
            found.append(ObjectCursor(value: value, id: row[1]))
        }
        return found
    }

    private func isBefore(_ a: ObjectCursor, _ b: ObjectCursor) -> Bool {
        let (one, other) = order == .ascending ? (a, b) : (b, a)
        switch (one.value, other.value) {
        case (.number(let x), .number(let y)): return x != y ? x < y : one.id < other.id
        case (.key(let x), .key(let y)): return x != y ? x.lexicographicallyPrecedes(y) : one.id < other.id
        default: return one.id < other.id
        }
    }
}
