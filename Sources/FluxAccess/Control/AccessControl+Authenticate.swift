import Crypto
import FoundationEssentials
import GRDB
import Logging
import Synchronization

extension AccessControl {
    /// Who this is. Asks memory only, but for a well-formed token that is not known: then, a few times a second, the
    /// file, because another process may have made it a moment ago.
    public func authenticate(_ credential: Credential) throws(AccessError) -> Principal {
        switch credential {
        case .session(let cookie):
            let text = cookie.reveal()
            // 256 bits in base64: nothing else was ever given out.
            guard text.utf8.count == 43, let grant = use(Digest256(of: text)), grant.kind == .session else {
                throw .notSignedIn
            }
            return principal(grant, csrf: Self.csrfToken(forSession: text))
        case .bearer(let token):
            let text = token.reveal()
            guard AccessToken.isWellFormed(text) else { throw .badToken }
            let hash = Digest256(of: text)
            guard let grant = use(hash) ?? lookAgain(hash), grant.kind == .token else { throw .badToken }
            return principal(grant, csrf: nil)
        }
    }

    /// Who sends these headers: the token of `Authorization: Bearer` before the cookie; a bad token is refused even
    /// beside a good cookie. With `--auth none` everybody is ``Principal/localAdmin``.
    public func authenticate(authorization: String?, cookie: String?) throws(AccessError) -> Principal {
        if configuration.mode == .none { return .localAdmin }
        if let authorization {
            guard let token = AccessToken.bearer(in: authorization) else {
                throw AccessError(
                    .notSignedIn,
                    "This `Authorization` header is not understood: send `Bearer cfx_…`, or no such header.")
            }
            return try authenticate(.bearer(token))
        }
        guard let cookie, let value = SessionCookie.value(in: cookie) else { throw .notSignedIn }
        return try authenticate(.session(value))
    }

    /// Throws ``AccessError/Code/csrf`` where a session's request, other than GET and HEAD, does not carry the session's
    /// own token. Tokens and `--auth none` need no header.
    public func checkCSRF(_ principal: Principal, header: String?) throws(AccessError) {
        guard let expected = principal.csrfToken else { return }
        guard let header, constantTimeEqual(Array(header.utf8), Array(expected.utf8)) else {
            throw AccessError(
                .csrf,
                "The header X-CSRF-Token is missing or not this session's. Ask /api/auth/me for it and send it with every "
                    + "request that changes something.")
        }
    }

    /// A ticket for the address of a WebSocket or event stream: usable once, within `expiresIn` seconds.
    public func issueTicket(_ principal: Principal) -> (ticket: Secret, expiresIn: Int64) {
        let text = RandomText.base64(bits: 256)
        let now = now()
        state.withLock { $0.tickets.add(Digest256(of: text), for: principal, now: now) }
        return (Secret(text), configuration.ticketLifetime / 1000)
    }

    /// Whose ticket this is; it is worth nothing afterwards. It opens what its session or token still may.
    ///
    /// With `--auth none` every ticket is good, as every token is.
    public func redeemTicket(_ ticket: Secret) throws(AccessError) -> Principal {
        if configuration.mode == .none { return .localAdmin }
        let text = ticket.reveal()
        guard text.utf8.count == 43 else { throw .badTicket }
        let now = now()
        let hash = Digest256(of: text)
        let found: Principal? = state.withLock { state in
            guard let principal = state.tickets.redeem(hash, now: now) else { return nil }
            // The scopes of now, not those of then.
            return state.grants.find(principal.grant, now: now).map {
                self.principal($0, csrf: principal.csrfToken)
            }
        }
        guard let found else { throw .badTicket }
        return found
    }

    /// Those of the grants that may not read any more: ended, expired, or without the scope. For streams that were
    /// opened in the very moment in which their grant ended.
    public func ended(of grants: Set<GrantID>) -> Set<GrantID> {
        let now = now()
        return state.withLock { state in
            grants.filter { id in
                guard id != Principal.localAdmin.grant else { return configuration.mode != .none }
                guard let grant = state.grants.find(id, now: now) else { return true }
                return grant.scopes.isDisjoint(with: [.read, .admin])
            }
        }
    }

    /// Counts open streams of these grants as use, so that a session behind a page that only listens does not end idle.
    /// Call it every few minutes.
    public func touch(_ grants: some Sequence<GrantID> & Sendable) {
        let now = now()
        state.withLock { state in
            for grant in grants { state.grants.touch(grant, now: now) }
        }
    }

    private func use(_ hash: Digest256) -> Grant? {
        let now = now()
        return state.withLock { $0.grants.use(hash, now: now) }
    }

    private func lookAgain(_ hash: Digest256) -> Grant? {
        let now = now()
        guard state.withLock({ !$0.isClosed && $0.missLookups.take(now: now) }) else { return nil }
        do {
            guard try database.pool.read({ try StateQueries.hasGrant($0, hash: hash) }) else { return nil }
            apply(try database.loadNow())
            return use(hash)
        } catch {
            logger.error("the state file cannot be read", metadata: ["error": "\(database.translate(error))"])
            return nil
        }
    }

    private func principal(_ grant: Grant, csrf: String?) -> Principal {
        Principal(
            kind: grant.kind, name: grant.name, user: grant.user, scopes: grant.scopes, grant: grant.id,
            csrfToken: csrf,
            expiresAt: grant.expiresAt)
    }

    /// Derived from the session's secret, so that nothing more is stored: it cannot be computed from the database.
    static func csrfToken(forSession secret: String) -> String {
        let key = SymmetricKey(data: Data(secret.utf8))
        return RandomText.base64(of: HMAC<SHA256>.authenticationCode(for: Data("cloudflux csrf v1".utf8), using: key))
    }
}
