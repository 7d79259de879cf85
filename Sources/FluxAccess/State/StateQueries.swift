import FoundationEssentials
import GRDB

/// The statements. Each takes the connection it runs on; transactions are the caller's.
enum StateQueries {
    struct StoredUser: Sendable {
        var id: Int64
        var name: String
        var password: String
        var scopes: Set<Scope>
        var createdAt: Int64
        var passwordChangedAt: Int64
    }

    static func text(_ scopes: Set<Scope>) -> String {
        scopes.sorted().map(\.rawValue).joined(separator: ",")
    }

    /// Unknown scopes (of a later version) are left out, never granted.
    static func scopes(_ text: String) -> Set<Scope> {
        Set(text.split(separator: ",").compactMap { Scope(rawValue: String($0)) })
    }

    // MARK: Users

    static func userCount(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM users") ?? 0
    }

    static func users(_ db: Database) throws -> [StoredUser] {
        try Row.fetchAll(db, sql: "SELECT * FROM users ORDER BY name").map(user)
    }

    static func userInfos(_ db: Database) throws -> [UserInfo] {
        try users(db).map {
            UserInfo(
                name: $0.name, scopes: $0.scopes, createdAt: $0.createdAt, passwordChangedAt: $0.passwordChangedAt)
        }
    }

    static func user(_ db: Database, name: String) throws -> StoredUser? {
        try Row.fetchOne(db, sql: "SELECT * FROM users WHERE name = ?", arguments: [name]).map(user)
    }

    private static func user(_ row: Row) -> StoredUser {
        StoredUser(
            id: row["id"], name: row["name"], password: row["password"], scopes: scopes(row["scopes"]),
            createdAt: row["created_at"], passwordChangedAt: row["password_changed_at"])
    }

    static func insertUser(
        _ db: Database, name: String, password: String, scopes: Set<Scope>, now: Int64
    ) throws -> Int64 {
        try db.execute(
            sql: "INSERT INTO users(name, password, scopes, created_at, password_changed_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [name, password, text(scopes), now, now])
        return db.lastInsertedRowID
    }

    static func setPassword(_ db: Database, user: Int64, password: String, changedAt: Int64) throws {
        try db.execute(
            sql: "UPDATE users SET password = ?, password_changed_at = ? WHERE id = ?",
            arguments: [password, changedAt, user])
    }

    static func deleteUser(_ db: Database, id: Int64) throws {
        try db.execute(sql: "DELETE FROM users WHERE id = ?", arguments: [id])
    }

    static func administratorCount(_ db: Database, besides user: Int64) throws -> Int {
        try users(db).filter { $0.id != user && $0.scopes.contains(.admin) }.count
    }

    // MARK: Sessions

    static func insertSession(
        _ db: Database, id: GrantID, hash: Digest256, user: Int64, now: Int64, idle: Int64, expiresAt: Int64
    ) throws {
        try db.execute(
            sql:
                "INSERT INTO sessions(id, hash, user_id, created_at, last_used, idle, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [id, hash.data, user, now, now, idle, expiresAt])
    }

    /// Keeps the user's newest sessions, so that their number is bounded.
    static func trimSessions(_ db: Database, user: Int64, keeping limit: Int) throws {
        try db.execute(
            sql: """
                DELETE FROM sessions WHERE user_id = ? AND id NOT IN
                    (SELECT id FROM sessions WHERE user_id = ? ORDER BY rowid DESC LIMIT ?)
                """,
            arguments: [user, user, limit])
    }

    static func endSessions(_ db: Database, user: Int64, but kept: GrantID?) throws {
        try db.execute(
            sql: "DELETE FROM sessions WHERE user_id = ? AND id <> ?", arguments: [user, kept ?? ""])
        try db.execute(
            sql: "DELETE FROM tokens WHERE user_id = ? AND kind = 'access' AND id <> ?", arguments: [user, kept ?? ""])
    }

    /// Ends a session or a token that came with a sign-in, by itself. An API token ends only by being revoked.
    static func signOut(_ db: Database, id: GrantID) throws {
        try db.execute(sql: "DELETE FROM sessions WHERE id = ?", arguments: [id])
        try db.execute(sql: "DELETE FROM tokens WHERE id = ? AND kind = 'access'", arguments: [id])
    }

    // MARK: Tokens

    static func insertToken(_ db: Database, _ token: TokenInfo, hash: Digest256, kind: String, user: Int64?) throws {
        try db.execute(
            sql: """
                INSERT INTO tokens(id, hash, kind, name, prefix, user_id, scopes, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                token.id, hash.data, kind, token.name, token.prefix, user, text(token.scopes), token.createdAt,
                token.expiresAt,
            ])
    }

    /// Keeps the newest tokens that came with a sign-in; `user` nil: those minted on the machine.
    static func trimAccessTokens(_ db: Database, user: Int64?, keeping limit: Int) throws {
        try db.execute(
            sql: """
                DELETE FROM tokens WHERE kind = 'access' AND user_id IS ? AND id NOT IN
                    (SELECT id FROM tokens WHERE kind = 'access' AND user_id IS ?
                     ORDER BY rowid DESC LIMIT ?)
                """,
            arguments: [user, user, limit])
    }

    static func deleteToken(_ db: Database, id: GrantID) throws {
        try db.execute(sql: "DELETE FROM tokens WHERE id = ?", arguments: [id])
    }

    static func apiTokens(_ db: Database) throws -> [TokenInfo] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT tokens.*, users.name AS owner FROM tokens LEFT JOIN users ON users.id = tokens.user_id
                WHERE kind = 'api' ORDER BY tokens.created_at, tokens.id
                """
        ).map { row in
            TokenInfo(
                id: row["id"], name: row["name"], prefix: row["prefix"], scopes: scopes(row["scopes"]),
                owner: row["owner"], createdAt: row["created_at"], expiresAt: row["expires_at"],
                lastUsed: row["last_used"])
        }
    }

    // MARK: Grants

    static func hasGrant(_ db: Database, hash: Digest256) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: "SELECT EXISTS(SELECT 1 FROM tokens WHERE hash = ?) OR EXISTS(SELECT 1 FROM sessions WHERE hash = ?)",
            arguments: [hash.data, hash.data]) ?? false
    }

    static func grants(_ db: Database) throws -> [Digest256: Grant] {
        var grants: [Digest256: Grant] = [:]
        let sessions = try Row.fetchCursor(
            db,
            sql: """
                SELECT sessions.id, hash, last_used, idle, expires_at, users.name, users.scopes
                FROM sessions JOIN users ON users.id = user_id
                """)
        while let row = try sessions.next() {
            guard let hash = Digest256(bytes: row["hash"]) else { continue }
            let name: String = row["name"]
            grants[hash] = Grant(
                id: row["id"], kind: .session, name: name, user: name, scopes: scopes(row["scopes"]),
                expiresAt: row["expires_at"], idle: row["idle"], lastUsed: row["last_used"])
        }
        let tokens = try Row.fetchCursor(
            db,
            sql: """
                SELECT tokens.id, tokens.hash, tokens.kind, tokens.name, tokens.scopes, tokens.expires_at, tokens.last_used,
                    users.name AS owner, users.scopes AS owner_scopes
                FROM tokens LEFT JOIN users ON users.id = tokens.user_id
                """)
        while let row = try tokens.next() {
            guard let hash = Digest256(bytes: row["hash"]) else { continue }
            let owner: String? = row["owner"]
            let ownerScopes: String? = row["owner_scopes"]
            // A token never outgrows the person behind it, also when that person was given less since.
            let given = scopes(row["scopes"])
            grants[hash] = Grant(
                id: row["id"], kind: .token, name: row["name"], user: owner,
                scopes: ownerScopes.map { limit(given, to: scopes($0)) } ?? given, expiresAt: row["expires_at"],
                lastUsed: row["last_used"])
        }
        return grants
    }

    static func limit(_ given: Set<Scope>, to owner: Set<Scope>) -> Set<Scope> {
        if owner.contains(.admin) { return given }
        return given.contains(.admin) ? owner : given.intersection(owner)
    }

    static func saveUses(_ db: Database, _ uses: [GrantID: Int64]) throws {
        for (id, time) in uses {
            let table = id.hasPrefix(GrantIDs.session) ? "sessions" : "tokens"
            try db.execute(
                sql: "UPDATE \(table) SET last_used = ? WHERE id = ? AND (last_used IS NULL OR last_used < ?)",
                arguments: [time, id, time])
        }
    }

    static func deleteExpired(_ db: Database, now: Int64) throws {
        // Uses are written late, so a session counts as idle here only well after its end.
        try db.execute(
            sql: "DELETE FROM sessions WHERE expires_at <= ? OR last_used + idle + 600000 <= ?", arguments: [now, now])
        try db.execute(sql: "DELETE FROM tokens WHERE kind = 'access' AND expires_at <= ?", arguments: [now])
    }

    // MARK: Welcome

    static func setWelcome(_ db: Database, hash: Digest256, expiresAt: Int64) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO welcome(only, hash, expires_at) VALUES (1, ?, ?)",
            arguments: [hash.data, expiresAt])
    }

    static func isWelcome(_ db: Database, hash: Digest256, now: Int64) throws -> Bool {
        guard try userCount(db) == 0,
            let row = try Row.fetchOne(db, sql: "SELECT hash, expires_at FROM welcome WHERE only = 1"),
            let stored = Digest256(bytes: row["hash"])
        else { return false }
        return stored == hash && now < row["expires_at"]
    }

    static func deleteWelcome(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM welcome")
    }
}

enum GrantIDs {
    static let session = "ses_"
    static let token = "tok_"

    static func newSession() -> GrantID { session + RandomText.base32(bits: 80) }
    static func newToken() -> GrantID { token + RandomText.base32(bits: 80) }
}
