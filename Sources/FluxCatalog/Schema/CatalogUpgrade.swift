import GRDB

/// Makes a snapshot of an earlier version one of this version, for what the log no longer tells: where it has everything,
/// the catalogue is folded anew instead, which knows more.
enum CatalogUpgrade {
    /// Versions that can be read.
    static let versions = 1...CatalogSchema.version

    /// Changes the file to this version; false where its version is not known. In a transaction of the caller's.
    static func run(_ db: Database) throws -> Bool {
        guard let version = try Int.fetchOne(db, sql: "PRAGMA user_version"), versions.contains(version) else {
            return false
        }
        if version < 2 { try readsByRequester(db) }
        if version < 3 { try temperatures(db) }
        try db.execute(sql: "PRAGMA user_version = \(CatalogSchema.version)")
        return true
    }

    /// Version 2: scan reads, requesters, verdicts, totals by day; a deleted object has no days.
    private static func readsByRequester(_ db: Database) throws {
        let (noDay, largest) = (ObjectRow.noDay, "9223372036854775807")
        for table in ["state", "place", "access_day"] {
            try db.execute(sql: "ALTER TABLE \(table) RENAME TO old_\(table)")
        }
        for table in CatalogSchema.tables where try !db.tableExists(table.name) { try db.execute(sql: table.sql) }
        try db.execute(
            sql: """
                INSERT INTO state SELECT id, epoch, position, begins_at, next_object, 1, unreadable FROM old_state;
                UPDATE object SET newest_day = \(noDay) WHERE deleted_offset IS NOT NULL AND renamed_to IS NULL;
                INSERT INTO place SELECT p.id, p.provider, p.account, p.bucket, ifnull((SELECT max(o.newest_day)
                FROM object o JOIN shelf s ON s.id = o.shelf WHERE s.place = p.id), \(noDay)) FROM old_place p;
                """)
        // When within a day an object was read is known of the last time only.
        try db.execute(
            sql: """
                INSERT INTO access_day
                SELECT a.object, a.day, a.count, min(a.count, \(largest) / 1000000) * 1000000, a.bytes, 0, 0,
                iif(o.last_access / 86400000 = a.day, o.last_access, 0),
                iif(o.last_access / 86400000 = a.day, o.last_access, 0)
                FROM old_access_day a JOIN object o ON o.id = a.object WHERE o.newest_day != \(noDay);
                """)
        try addUp(db)
        for table in ["state", "place", "access_day"] { try db.execute(sql: "DROP TABLE old_\(table)") }
    }

    /// Version 3: what was told of how hot each object is; nothing was.
    private static func temperatures(_ db: Database) throws {
        for column in ["confidence REAL", "chance REAL", "rate REAL", "told_at INTEGER"] {
            try db.execute(sql: "ALTER TABLE object ADD COLUMN \(column)")
        }
        try db.execute(sql: "ALTER TABLE shelf RENAME TO old_shelf")
        for table in CatalogSchema.tables where table.name == "shelf" { try db.execute(sql: table.sql) }
        try db.execute(
            sql: """
                INSERT INTO shelf SELECT id, place, tier, '', deleted, objects, bytes FROM old_shelf;
                DROP TABLE old_shelf;
                """)
    }

    /// The totals of places, as far as the objects' days tell. SQLite's own sum would refuse numbers that stopped at the
    /// largest.
    private static func addUp(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT s.place, a.day, a.reads, a.bytes FROM access_day a JOIN object o ON o.id = a.object
                JOIN shelf s ON s.id = o.shelf
                """)
        var totals: [ReadBook.PlaceDay: ReadBook.PlaceSum] = [:]
        while let row = try rows.next() {
            let key = ReadBook.PlaceDay(place: row[0], day: row[1])
            var sum = totals[key] ?? ReadBook.PlaceSum()
            sum.reads = ObjectRow.sum(sum.reads, row[2])
            sum.bytes = ObjectRow.sum(sum.bytes, row[3])
            totals[key] = sum
        }
        for (key, sum) in totals {
            try db.execute(
                sql: "INSERT INTO place_day VALUES (?, ?, ?, ?, 0, 0)",
                arguments: [key.place, key.day, sum.reads, sum.bytes])
        }
    }
}
