import GRDB
import Glibc
import Logging
import Synchronization

extension AccessControl {
    /// A new welcome token for `http://HOST:PORT/welcome#TOKEN`; the one before ends. Only its hash is kept.
    ///
    /// - Throws: ``AccessError/Code/welcomeInvalid`` once an account exists.
    public func issueWelcome() async throws(AccessError) -> Secret {
        let text = RandomText.base64(bits: 256)
        let expiresAt = now() + configuration.welcomeLifetime
        try await change { db in
            guard try StateQueries.userCount(db) == 0 else {
                throw AccessError(.welcomeInvalid, "An account exists already, so there is no welcome link. Sign in.")
            }
            try StateQueries.setWelcome(db, hash: Digest256(of: text), expiresAt: expiresAt)
        }
        return Secret(text)
    }

    /// Makes the first account, an administrator's, and signs it in. The token is worth nothing afterwards.
    ///
    /// - Parameter address: Where the request comes from; wrong tokens are delayed by it.
    public func redeemWelcome(
        token: Secret, username: String, password: Secret, address: String, issueToken: Bool = false
    ) async throws(AccessError) -> SignedIn {
        let hash = Digest256(of: token.reveal())
        let attempt = try await beginAttempt(address: address, name: nil)
        let now = now()
        let isValid: Bool
        do {
            isValid = try await database.read { try StateQueries.isWelcome($0, hash: hash, now: now) }
        } catch {
            endAttempt(attempt, succeeded: nil)
            throw error
        }
        endAttempt(attempt, succeeded: isValid)
        guard isValid else {
            logger.warning("a welcome link that is not valid was used", metadata: ["address": "\(printable(address))"])
            throw .welcomeInvalid
        }
        try AccountName.check(username, of: "user")
        try PasswordPolicy.check(password, for: username)
        let hashed = try await hashNew(password)
        let session = NewSession(issueToken: issueToken)
        try await change { [configuration] db in
            let now = self.now()
            guard try StateQueries.isWelcome(db, hash: hash, now: now) else { throw AccessError.welcomeInvalid }
            try StateQueries.deleteWelcome(db)
            let user = try StateQueries.insertUser(
                db, name: username, password: hashed.text, scopes: [.admin], now: now)
            try session.insert(db, user: user, name: username, scopes: [.admin], now: now, configuration: configuration)
        }
        removeWelcomeFile()
        logger.info("the first account was made", metadata: ["user": "\(username)"])
        return signedIn(session, name: username, scopes: [.admin])
    }

    /// Signs in with name and password. Wrong ones take longer each time (see ``LoginThrottle``); nobody is locked out.
    ///
    /// - Throws: ``AccessError/Code/wrongPassword``, ``AccessError/Code/tooManyAttempts``.
    public func login(
        username: String, password: Secret, address: String, issueToken: Bool = false
    ) async throws(AccessError) -> SignedIn {
        let attempt = try await beginAttempt(address: address, name: username)
        let verified: Verified
        do {
            verified = try await verify(username, password)
        } catch {
            endAttempt(attempt, succeeded: nil)
            throw error
        }
        guard verified.isRight, let user = verified.user else {
            endAttempt(attempt, succeeded: false)
            // The name only where there is such an account: people type passwords into name fields.
            logger.warning(
                "sign-in refused",
                metadata: ["address": "\(printable(address))", "user": "\(verified.user?.name ?? "unknown")"])
            throw .wrongPassword
        }
        endAttempt(attempt, succeeded: true)
        let session = NewSession(issueToken: issueToken)
        let scopes = try await change { [configuration] db in
            // Between the check and now the account may have gone, or its password changed.
            guard let now = try StateQueries.user(db, name: user.name), now.id == user.id, now.password == user.password
            else { throw AccessError.wrongPassword }
            if let renewed = verified.renewed {
                try StateQueries.setPassword(db, user: user.id, password: renewed, changedAt: now.passwordChangedAt)
            }
            try session.insert(
                db, user: user.id, name: user.name, scopes: now.scopes, now: self.now(), configuration: configuration)
            return now.scopes
        }
        logger.info("signed in", metadata: ["address": "\(printable(address))", "user": "\(user.name)"])
        return signedIn(session, name: user.name, scopes: scopes)
    }

    /// Ends this session, or this access token that came with a sign-in. With an API token, or with `--auth none`,
    /// nothing happens: such a token ends by being revoked, not by a program that signs out.
    public func logout(_ principal: Principal) async throws(AccessError) {
        guard principal.kind != .local else { return }
        try await change { try StateQueries.signOut($0, id: principal.grant) }
    }

    /// A person changes the own password: the current one is asked, and every other session and sign-in token ends.
    public func changePassword(
        _ principal: Principal, current: Secret, new: Secret, address: String
    ) async throws(AccessError) {
        guard let name = principal.user else {
            throw AccessError(.invalid, "Only a person who signed in has a password to change.")
        }
        let attempt = try await beginAttempt(address: address, name: name)
        let verified: Verified
        do {
            verified = try await verify(name, current)
        } catch {
            endAttempt(attempt, succeeded: nil)
            throw error
        }
        endAttempt(attempt, succeeded: verified.isRight)
        guard verified.isRight else { throw AccessError(.wrongPassword, "The current password is wrong.") }
        try await users.setPassword(of: name, to: new, keeping: principal.grant)
    }

    // MARK: Attempts

    struct Attempt: Sendable {
        var address: String
        var name: String?
    }

    /// Waits as long as the throttle says. Every begun attempt must be ended.
    func beginAttempt(address: String, name: String?) async throws(AccessError) -> Attempt {
        let now = now()
        switch state.withLock({ $0.throttle.begin(address: address, name: name, now: now) }) {
        case .refuse(let retryAfter):
            throw AccessError(
                .tooManyAttempts,
                "Too many sign-ins at once (maxPendingPerAddress, maxPending). Wait a moment and try again.",
                retryAfterMilliseconds: retryAfter)
        case .proceed(let delay):
            let attempt = Attempt(address: address, name: name)
            guard delay > 0 else { return attempt }
            do {
                try await sleep(delay)
            } catch {
                endAttempt(attempt, succeeded: nil)
                throw AccessError(.tooManyAttempts, "The sign-in was given up.", retryAfterMilliseconds: delay)
            }
            return attempt
        }
    }

    /// `succeeded` nil: it was neither right nor wrong.
    func endAttempt(_ attempt: Attempt, succeeded: Bool?) {
        let now = now()
        state.withLock {
            $0.throttle.end(address: attempt.address, name: attempt.name, succeeded: succeeded, now: now)
        }
    }

    // MARK: Passwords

    struct Verified: Sendable {
        var user: StateQueries.StoredUser?
        var isRight: Bool
        /// A hash of today's cost, where the stored one has another.
        var renewed: String?
    }

    /// One derivation whatever the name and the password are, so that the time tells neither.
    func verify(_ name: String, _ password: Secret) async throws(AccessError) -> Verified {
        let isPossible = password.reveal().utf8.count <= PasswordPolicy.maximumBytes
        let user =
            AccountName.isValid(name)
            ? try await database.read { try StateQueries.user($0, name: name) } : nil
        let bytes = isPossible ? PasswordPolicy.bytes(of: password) : [0]
        let cost = configuration.passwordCost
        let stored = user.flatMap { PasswordHash(text: $0.password) }
        return try await passwords.run {
            Result { () throws(AccessError) -> Verified in
                guard let stored else {
                    _ = try PasswordHash(password: bytes, cost: cost)
                    return Verified(user: user, isRight: false, renewed: nil)
                }
                let isRight = try stored.matches(bytes) && isPossible
                let renewed =
                    isRight && stored.cost != cost ? try PasswordHash(password: bytes, cost: cost).text : nil
                return Verified(user: user, isRight: isRight, renewed: renewed)
            }
        }
    }

    func hashNew(_ password: Secret) async throws(AccessError) -> PasswordHash {
        let bytes = PasswordPolicy.bytes(of: password)
        let cost = configuration.passwordCost
        return try await passwords.run {
            Result { () throws(AccessError) -> PasswordHash in try PasswordHash(password: bytes, cost: cost) }
        }
    }

    // MARK: Sessions

    /// The secrets of a session that is about to be made.
    struct NewSession: Sendable {
        let id = GrantIDs.newSession()
        let cookie = RandomText.base64(bits: 256)
        let token: (id: GrantID, prefix: String, text: Secret)?

        init(issueToken: Bool) {
            guard issueToken else {
                token = nil
                return
            }
            let made = AccessToken.make()
            token = (GrantIDs.newToken(), made.prefix, made.text)
        }

        func insert(
            _ db: Database, user: Int64, name: String, scopes: Set<Scope>, now: Int64,
            configuration: AccessConfiguration
        ) throws {
            try StateQueries.insertSession(
                db, id: id, hash: Digest256(of: cookie), user: user, now: now, idle: configuration.sessionIdle,
                expiresAt: now + configuration.sessionLifetime)
            try StateQueries.trimSessions(db, user: user, keeping: configuration.maxSessionsPerUser)
            guard let token else { return }
            let info = TokenInfo(
                id: token.id, name: name, prefix: token.prefix, scopes: scopes, owner: name, createdAt: now,
                expiresAt: now + configuration.accessTokenLifetime, lastUsed: nil)
            try StateQueries.insertToken(db, info, hash: Digest256(of: token.text.reveal()), kind: "access", user: user)
            try StateQueries.trimAccessTokens(db, user: user, keeping: configuration.maxSessionsPerUser)
        }
    }

    private func signedIn(_ session: NewSession, name: String, scopes: Set<Scope>) -> SignedIn {
        let csrf = Self.csrfToken(forSession: session.cookie)
        let expiresAt = now() + configuration.sessionLifetime
        return SignedIn(
            principal: Principal(
                kind: .session, name: name, user: name, scopes: scopes, grant: session.id, csrfToken: csrf,
                expiresAt: expiresAt),
            cookie: Secret(session.cookie), cookieMaxAge: configuration.sessionLifetime / 1000, csrfToken: csrf,
            accessToken: session.token?.text,
            expiresIn: session.token.map { _ in configuration.accessTokenLifetime / 1000 })
    }

    func removeWelcomeFile() {
        if let file = configuration.welcomeFile { unlink(file) }
    }

    /// An address comes from a socket or a proxy's header; a log line gets only what an address can hold.
    func printable(_ address: String) -> String {
        String(decoding: address.utf8.prefix(64).filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
    }
}
