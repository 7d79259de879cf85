import GRDB

/// The tables. A migration, once released, is never changed; a new one is added.
enum StateSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 accounts, sessions, tokens") { db in
            try db.execute(
                sql: """
                    CREATE TABLE users (
                        id INTEGER PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
                        password TEXT NOT NULL,
                        scopes TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        password_changed_at INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE sessions (
                        id TEXT PRIMARY KEY,
                        hash BLOB NOT NULL UNIQUE,
                        user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
                        created_at INTEGER NOT NULL,
                        last_used INTEGER NOT NULL,
                        idle INTEGER NOT NULL,
                        expires_at INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX sessions_of_user ON sessions(user_id);
                    CREATE TABLE tokens (
                        id TEXT PRIMARY KEY,
                        hash BLOB NOT NULL UNIQUE,
                        kind TEXT NOT NULL CHECK (kind IN ('api', 'access')),
                        name TEXT NOT NULL COLLATE NOCASE,
                        prefix TEXT NOT NULL,
                        user_id INTEGER REFERENCES users ON DELETE CASCADE,
                        scopes TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        expires_at INTEGER,
                        last_used INTEGER
                    ) STRICT;
                    CREATE UNIQUE INDEX api_token_name ON tokens(name) WHERE kind = 'api';
                    CREATE INDEX tokens_of_user ON tokens(user_id);
                    CREATE TABLE welcome (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        hash BLOB NOT NULL,
                        expires_at INTEGER NOT NULL
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("2 saved filters") { db in
            // Without a user: of the one person there is under `--auth none`.
            try db.execute(
                sql: """
                    CREATE TABLE filters (
                        id INTEGER PRIMARY KEY,
                        user_id INTEGER REFERENCES users ON DELETE CASCADE,
                        name TEXT NOT NULL COLLATE NOCASE,
                        expression TEXT NOT NULL,
                        changed_at INTEGER NOT NULL
                    ) STRICT;
                    CREATE UNIQUE INDEX filter_of_person ON filters(ifnull(user_id, 0), name);
                    """)
        }
        return migrator
    }
}
