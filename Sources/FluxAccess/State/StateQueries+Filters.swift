import GRDB

/// The filters that people keep. `user` nil is the one person there is under `--auth none`.
extension StateQueries {
    static func filters(_ db: Database, user: Int64?) throws -> [SavedFilter] {
        try Row.fetchAll(
            db, sql: "SELECT name, expression, changed_at FROM filters WHERE user_id IS ? ORDER BY name",
            arguments: [user]
        ).map { SavedFilter(name: $0["name"], expression: $0["expression"], changedAt: $0["changed_at"]) }
    }

    static func hasFilter(_ db: Database, user: Int64?, name: String) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS(SELECT 1 FROM filters WHERE user_id IS ? AND name = ?)", arguments: [user, name])
            ?? false
    }

    static func filterCount(_ db: Database, user: Int64?) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM filters WHERE user_id IS ?", arguments: [user]) ?? 0
    }

    static func setFilter(_ db: Database, user: Int64?, _ filter: SavedFilter) throws {
        try deleteFilter(db, user: user, name: filter.name)
        try db.execute(
            sql: "INSERT INTO filters(user_id, name, expression, changed_at) VALUES (?, ?, ?, ?)",
            arguments: [user, filter.name, filter.expression, filter.changedAt])
    }

    static func deleteFilter(_ db: Database, user: Int64?, name: String) throws {
        try db.execute(sql: "DELETE FROM filters WHERE user_id IS ? AND name = ?", arguments: [user, name])
    }
}
