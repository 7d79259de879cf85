import GRDB

extension AccessControl {
    /// The accounts of people.
    public var users: Users { Users(access: self) }
    /// The API tokens.
    public var tokens: Tokens { Tokens(access: self) }

    /// Adds, lists, changes and removes accounts, also beside a running server.
    public struct Users: Sendable {
        let access: AccessControl

        /// Names are compared without case. The first account should be an administrator's.
        ///
        /// - Throws: ``AccessError/Code/invalid``, ``AccessError/Code/nameTaken``, ``AccessError/Code/limit``.
        @discardableResult
        public func add(
            name: String, password: Secret, scopes: Set<Scope> = [.admin]
        ) async throws(AccessError) -> UserInfo {
            try AccountName.check(name, of: "user")
            try PasswordPolicy.check(password, for: name)
            try AccessControl.check(scopes)
            let hash = try await access.hashNew(password)
            let limit = access.configuration.maxUsers
            let now = access.now()
            try await access.change { db in
                guard try StateQueries.user(db, name: name) == nil else {
                    throw AccessError(.nameTaken, "There is a user \(name) already. Choose another name.")
                }
                guard try StateQueries.userCount(db) < limit else {
                    throw AccessError(.limit, "There are \(limit) users, which is the limit. Remove one first.")
                }
                try StateQueries.deleteWelcome(db)
                _ = try StateQueries.insertUser(db, name: name, password: hash.text, scopes: scopes, now: now)
            }
            access.removeWelcomeFile()
            return UserInfo(name: name, scopes: scopes, createdAt: now, passwordChangedAt: now)
        }

        /// By name.
        public func list() async throws(AccessError) -> [UserInfo] {
            try await access.database.read(StateQueries.userInfos)
        }

        /// Sets a password without asking for the old one, and ends the person's sessions and sign-in tokens but for
        /// `keeping`. API tokens stay: they are programs', and are revoked by name.
        public func setPassword(
            of name: String, to password: Secret, keeping: GrantID? = nil
        ) async throws(AccessError) {
            try PasswordPolicy.check(password, for: name)
            guard AccountName.isValid(name) else { throw Self.missing }
            let hash = try await access.hashNew(password)
            let now = access.now()
            try await access.change { db in
                guard let user = try StateQueries.user(db, name: name) else { throw Self.missing }
                try StateQueries.setPassword(db, user: user.id, password: hash.text, changedAt: now)
                try StateQueries.endSessions(db, user: user.id, but: keeping)
            }
        }

        /// Removes the account with its sessions and the tokens that belong to it.
        ///
        /// - Parameter force: Also the last administrator: the next start then prints a new welcome link, if nobody is
        ///   left; else nobody can administer.
        public func remove(_ name: String, force: Bool = false) async throws(AccessError) {
            guard AccountName.isValid(name) else { throw Self.missing }
            try await access.change { db in
                guard let user = try StateQueries.user(db, name: name) else { throw Self.missing }
                if !force, user.scopes.contains(.admin),
                    try StateQueries.administratorCount(db, besides: user.id) == 0
                {
                    throw AccessError(
                        .lastAdministrator, "\(user.name) is the only administrator. Add another one first.")
                }
                try StateQueries.deleteUser(db, id: user.id)
            }
        }

        private static let missing = AccessError(
            .notFound, "There is no such user. `cloudflux user list` shows who there is.")
    }

    /// Makes, lists and revokes API tokens, also beside a running server.
    public struct Tokens: Sendable {
        let access: AccessControl

        /// The secret is given here and never again.
        ///
        /// - Parameters:
        ///   - name: Of the program that will use it; it names the source of events posted without one.
        ///   - expiresAt: Milliseconds since 1970, in the future; nil for never.
        ///   - owner: A user whom the token ends with and whose scopes it cannot exceed.
        public func create(
            name: String, scopes: Set<Scope>, expiresAt: Int64? = nil, owner: String? = nil
        ) async throws(AccessError) -> (info: TokenInfo, secret: Secret) {
            try AccountName.check(name, of: "token")
            try AccessControl.check(scopes)
            let now = access.now()
            if let expiresAt, expiresAt <= now {
                throw AccessError(.invalid, "This token would have expired already. Choose a time in the future.")
            }
            let limit = access.configuration.maxTokens
            return try await make(name: name, scopes: scopes, expiresAt: expiresAt, owner: owner, kind: "api") { db in
                var others = try StateQueries.apiTokens(db)
                if let same = others.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) {
                    // One that has expired is worth nothing any more, and gives its name to the next.
                    guard let expiry = others[same].expiresAt, expiry <= now else {
                        throw AccessError(
                            .nameTaken, "There is a token \(name) already. Revoke it first, or choose another name.")
                    }
                    try StateQueries.deleteToken(db, id: others.remove(at: same).id)
                }
                guard others.count < limit else {
                    throw AccessError(.limit, "There are \(limit) tokens, which is the limit. Revoke one first.")
                }
            }
        }

        /// A token for a command on this machine that talks to the server beside it: not in the list, ends by itself,
        /// works at once.
        public func mintLocal(
            name: String, scopes: Set<Scope>, lifetime milliseconds: Int64
        ) async throws(AccessError) -> (info: TokenInfo, secret: Secret) {
            try AccountName.check(name, of: "token")
            try AccessControl.check(scopes)
            let lifetime = min(max(milliseconds, 1), access.configuration.accessTokenLifetime)
            let limit = access.configuration.maxLocalTokens
            let made = try await make(
                name: name, scopes: scopes, expiresAt: access.now() + lifetime, owner: nil, kind: "access"
            ) { try StateQueries.trimAccessTokens($0, user: nil, keeping: limit - 1) }
            return made
        }

        /// Oldest first, expired ones included; without those that came with sign-ins.
        public func list() async throws(AccessError) -> [TokenInfo] {
            try await access.database.read(StateQueries.apiTokens)
        }

        /// Ends the token of this id, name or prefix.
        @discardableResult
        public func revoke(_ which: String) async throws(AccessError) -> TokenInfo {
            try await access.change { db in
                let tokens = try StateQueries.apiTokens(db)
                let found =
                    tokens.first { $0.id == which } ?? tokens.first { $0.name.lowercased() == which.lowercased() }
                    ?? tokens.first { $0.prefix == which || "\(AccessToken.start)\($0.prefix)" == which }
                guard let found else {
                    throw AccessError(
                        .notFound, "There is no such token. `cloudflux token list` shows which there are.")
                }
                try StateQueries.deleteToken(db, id: found.id)
                return found
            }
        }

        private func make(
            name: String, scopes: Set<Scope>, expiresAt: Int64?, owner: String?, kind: String,
            check: @escaping @Sendable (Database) throws -> Void
        ) async throws(AccessError) -> (info: TokenInfo, secret: Secret) {
            let made = AccessToken.make()
            var info = TokenInfo(
                id: GrantIDs.newToken(), name: name, prefix: made.prefix, scopes: scopes, owner: owner,
                createdAt: access.now(), expiresAt: expiresAt, lastUsed: nil)
            let new = info
            info.owner = try await access.change { db in
                try check(db)
                var user: StateQueries.StoredUser?
                if let owner {
                    user = AccountName.isValid(owner) ? try StateQueries.user(db, name: owner) : nil
                    guard user != nil else { throw AccessError(.notFound, "There is no such user to own the token.") }
                }
                try StateQueries.insertToken(
                    db, new, hash: Digest256(of: made.text.reveal()), kind: kind, user: user?.id)
                return user?.name
            }
            return (info, made.text)
        }
    }

    static func check(_ scopes: Set<Scope>) throws(AccessError) {
        guard !scopes.isEmpty else { throw AccessError(.invalid, "No scope was given: use read, ingest or admin.") }
    }
}
