/// One session or token, as it is kept in memory.
struct Grant: Sendable, Hashable {
    var id: GrantID
    var kind: Principal.Kind
    var name: String
    var user: String?
    var scopes: Set<Scope>
    /// Milliseconds since 1970; nil for never.
    var expiresAt: Int64?
    /// Ends so long after it was last used, in milliseconds; nil for tokens.
    var idle: Int64?
    var lastUsed: Int64?

    /// When it ends if it is not used again.
    var end: Int64? {
        guard let idle, let lastUsed else { return expiresAt }
        return min(lastUsed + idle, expiresAt ?? .max)
    }

    func isAlive(at now: Int64) -> Bool {
        end.map { now < $0 } ?? true
    }
}

/// All live sessions and tokens, by the hash of their secret: the whole of what `authenticate` asks.
///
/// A value without clock or disk. It is a copy of `state.sqlite`, replaced when that changes; only `lastUsed` is newer
/// here and is written back lazily.
struct GrantTable: Sendable {
    private(set) var byHash: [Digest256: Grant] = [:]
    private var hashByID: [GrantID: Digest256] = [:]
    /// The uses that the database does not know of: id to time.
    private var unsaved: [GrantID: Int64] = [:]
    private var sequence: UInt64 = 0

    var count: Int { byHash.count }

    /// Takes a newer copy of the database. Older ones (two loads may arrive in the wrong order) are ignored.
    ///
    /// Returns the grants that ended, or that lost a scope: their streams must end.
    mutating func replace(with rows: [Digest256: Grant], sequence: UInt64, now: Int64) -> Set<GrantID> {
        guard sequence > self.sequence else { return [] }
        self.sequence = sequence
        var ended: Set<GrantID> = []
        for (hash, old) in byHash {
            let new = rows[hash].flatMap { $0.id == old.id ? $0 : nil }
            guard let new else {
                ended.insert(old.id)
                continue
            }
            let allowed = new.scopes.contains(.admin) ? Set(Scope.allCases) : new.scopes
            let had = old.scopes.contains(.admin) ? Set(Scope.allCases) : old.scopes
            if !had.isSubset(of: allowed) { ended.insert(old.id) }
        }
        var next = rows
        for (hash, row) in rows {
            guard let mine = byHash[hash]?.lastUsed, mine > row.lastUsed ?? .min else { continue }
            next[hash]?.lastUsed = mine
        }
        byHash = next
        hashByID = Dictionary(next.map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        unsaved = unsaved.filter { hashByID[$0.key] != nil }
        ended.formUnion(sweep(now: now))
        return ended
    }

    /// The grant of this secret, if it is alive; notes the use.
    mutating func use(_ hash: Digest256, now: Int64) -> Grant? {
        guard let grant = byHash[hash], grant.isAlive(at: now) else { return nil }
        touch(grant.id, hash: hash, grant: grant, now: now)
        return byHash[hash]
    }

    /// The grant of this id, if it is alive; no use is noted.
    func find(_ id: GrantID, now: Int64) -> Grant? {
        guard let hash = hashByID[id], let grant = byHash[hash], grant.isAlive(at: now) else { return nil }
        return grant
    }

    /// Notes that this grant is in use.
    mutating func touch(_ id: GrantID, now: Int64) {
        guard let hash = hashByID[id], let grant = byHash[hash], grant.isAlive(at: now) else { return }
        touch(id, hash: hash, grant: grant, now: now)
    }

    private mutating func touch(_ id: GrantID, hash: Digest256, grant: Grant, now: Int64) {
        guard now > grant.lastUsed ?? .min else { return }
        byHash[hash]?.lastUsed = now
        unsaved[id] = now
    }

    /// Forgets what has expired, and says which grants that were.
    mutating func sweep(now: Int64) -> Set<GrantID> {
        let dead = byHash.filter { !$0.value.isAlive(at: now) }
        for (hash, grant) in dead {
            byHash[hash] = nil
            hashByID[grant.id] = nil
        }
        return Set(dead.values.map(\.id))
    }

    /// Hands over the uses to be written to the database.
    mutating func takeUnsaved() -> [GrantID: Int64] {
        defer { unsaved = [:] }
        return unsaved
    }
}
