import GRDB

/// The tables of `catalog.sqlite`. docs/catalog.md explains each column.
enum CatalogSchema {
    /// Raised whenever a change makes older code misread the file. Older files are rebuilt from the log, and
    /// snapshots of a log that was trimmed go through `CatalogUpgrade`.
    static let version = 3
    /// "FLUX", so that another program's SQLite file is not taken for ours.
    static let applicationID: Int32 = 0x464C_5558

    /// Row ids are given by the fold (`state.next_object`) and never used twice, so that a rebuild gives the same ones.
    static let tables: [(name: String, sql: String)] = [
        (
            "state",
            """
            CREATE TABLE state (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                epoch INTEGER NOT NULL,
                position INTEGER NOT NULL,
                begins_at INTEGER NOT NULL,
                next_object INTEGER NOT NULL,
                next_requester INTEGER NOT NULL,
                unreadable INTEGER NOT NULL
            ) STRICT;
            """
        ),
        (
            "store",
            """
            CREATE TABLE store (
                id TEXT PRIMARY KEY,
                url TEXT NOT NULL,
                provider TEXT NOT NULL,
                bucket TEXT NOT NULL,
                origin TEXT NOT NULL,
                added_at INTEGER NOT NULL,
                paused INTEGER NOT NULL,
                away INTEGER NOT NULL,
                inventory_complete INTEGER NOT NULL,
                root_inode INTEGER
            ) STRICT, WITHOUT ROWID;
            """
        ),
        (
            "place",
            """
            CREATE TABLE place (
                id INTEGER PRIMARY KEY,
                provider TEXT NOT NULL,
                account TEXT NOT NULL,
                bucket TEXT NOT NULL,
                newest_day INTEGER NOT NULL,
                UNIQUE (provider, account, bucket)
            ) STRICT;
            """
        ),
        (
            "shelf",
            """
            CREATE TABLE shelf (
                id INTEGER PRIMARY KEY,
                place INTEGER NOT NULL,
                tier TEXT NOT NULL,
                temperature TEXT NOT NULL,
                deleted INTEGER NOT NULL,
                objects INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                UNIQUE (place, tier, temperature, deleted)
            ) STRICT;
            """
        ),
        (
            "object",
            """
            CREATE TABLE object (
                id INTEGER PRIMARY KEY,
                shelf INTEGER NOT NULL,
                hash INTEGER NOT NULL,
                key BLOB NOT NULL,
                size INTEGER NOT NULL,
                first_seen INTEGER NOT NULL,
                last_change INTEGER NOT NULL,
                last_access INTEGER NOT NULL,
                accesses INTEGER NOT NULL,
                access_bytes INTEGER NOT NULL,
                newest_day INTEGER NOT NULL,
                last_offset INTEGER NOT NULL,
                last_modified INTEGER,
                mtime_ns INTEGER,
                inode INTEGER,
                storage_class TEXT,
                etag TEXT,
                version_id TEXT,
                deleted_at INTEGER,
                deleted_offset INTEGER,
                renamed_from BLOB,
                renamed_to BLOB,
                confidence REAL,
                chance REAL,
                rate REAL,
                told_at INTEGER
            ) STRICT;
            """
        ),
        (
            "access_day",
            """
            CREATE TABLE access_day (
                object INTEGER NOT NULL,
                day INTEGER NOT NULL,
                reads INTEGER NOT NULL,
                full_reads INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                scan_reads INTEGER NOT NULL,
                scan_bytes INTEGER NOT NULL,
                last INTEGER NOT NULL,
                last_unnamed INTEGER NOT NULL,
                PRIMARY KEY (object, day)
            ) STRICT, WITHOUT ROWID;
            """
        ),
        (
            "access_requester",
            """
            CREATE TABLE access_requester (
                place INTEGER NOT NULL,
                day INTEGER NOT NULL,
                object INTEGER NOT NULL,
                requester INTEGER NOT NULL,
                reads INTEGER NOT NULL,
                full_reads INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                last INTEGER NOT NULL,
                PRIMARY KEY (place, day, object, requester)
            ) STRICT, WITHOUT ROWID;
            """
        ),
        (
            "requester",
            """
            CREATE TABLE requester (
                id INTEGER PRIMARY KEY,
                place INTEGER NOT NULL,
                name TEXT NOT NULL,
                newest_day INTEGER NOT NULL,
                UNIQUE (place, name)
            ) STRICT;
            """
        ),
        (
            "verdict",
            """
            CREATE TABLE verdict (
                requester INTEGER NOT NULL,
                prefix BLOB NOT NULL,
                first_day INTEGER NOT NULL,
                last_day INTEGER NOT NULL,
                PRIMARY KEY (requester, prefix, first_day, last_day)
            ) STRICT, WITHOUT ROWID;
            """
        ),
        (
            "place_day",
            """
            CREATE TABLE place_day (
                place INTEGER NOT NULL,
                day INTEGER NOT NULL,
                reads INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                scan_reads INTEGER NOT NULL,
                scan_bytes INTEGER NOT NULL,
                PRIMARY KEY (place, day)
            ) STRICT, WITHOUT ROWID;
            """
        ),
    ]

    /// Every index ends in the row id by itself, so each sort is a walk along one of them.
    static let indexes = """
        CREATE INDEX object_hash ON object (hash);
        CREATE INDEX object_name ON object (shelf, key);
        CREATE INDEX object_size ON object (shelf, size);
        CREATE INDEX object_last_change ON object (shelf, last_change);
        CREATE INDEX object_last_access ON object (shelf, last_access);
        CREATE INDEX object_accesses ON object (shelf, accesses);
        CREATE INDEX object_first_seen ON object (shelf, first_seen);
        CREATE INDEX object_deleted ON object (deleted_offset) WHERE deleted_offset IS NOT NULL;
        """

    static let tableNames = smallTables + ["object", "access_day", "access_requester", "requester", "verdict"]
    /// Those that have few rows and are read at the start.
    static let smallTables = ["state", "store", "place", "shelf", "place_day"]

    /// Makes the tables of an empty file, for a log of this epoch that is read from `position` on.
    static func create(_ db: Database, epoch: UInt64, position: Int64) throws {
        for table in tables { try db.execute(sql: table.sql) }
        try db.execute(sql: indexes)
        try db.execute(
            sql: """
                INSERT INTO state (id, epoch, position, begins_at, next_object, next_requester, unreadable)
                VALUES (1, ?, ?, ?, 1, 1, 0)
                """,
            arguments: [Int64(bitPattern: epoch), position, position])
        try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
    }
}

/// The one row of `state`.
struct CatalogPosition: Sendable, Equatable {
    /// The epoch of the log that was folded.
    var epoch: UInt64
    /// The offset of the next record to fold.
    var position: Int64
    /// The offset where this fold began: 0, or the earliest event that was left when a catalogue without a snapshot was
    /// rebuilt from a trimmed log.
    var beginsAt: Int64
    /// The row id that the next new object gets.
    var nextObject: Int64
    /// The id that the next new requester gets.
    var nextRequester: Int64 = 1
    /// Events of our own vocabulary that could not be understood, and so changed nothing.
    var unreadable: Int64

    static func read(_ db: Database) throws -> CatalogPosition? {
        guard
            let row = try Row.fetchOne(
                db,
                sql:
                    "SELECT epoch, position, begins_at, next_object, next_requester, unreadable FROM state WHERE id = 1"
            )
        else { return nil }
        return CatalogPosition(
            epoch: UInt64(bitPattern: row[0]), position: row[1], beginsAt: row[2], nextObject: row[3],
            nextRequester: row[4], unreadable: row[5])
    }

    func write(_ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE state SET epoch = ?, position = ?, begins_at = ?, next_object = ?, next_requester = ?,
                unreadable = ? WHERE id = 1
                """)
        try statement.execute(
            arguments: [Int64(bitPattern: epoch), position, beginsAt, nextObject, nextRequester, unreadable])
    }
}
