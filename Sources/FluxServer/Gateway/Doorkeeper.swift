import FluxAccess
import FluxEvents
import HTTPTypes
import NIOHTTP1
import Synchronization

/// Decides at the door: is this host and origin ours, who asks, and may they. The same for HTTP routes and for the
/// WebSocket handshake.
final class Doorkeeper: Sendable {
    /// What of a request's head matters at the door.
    struct Visit: Sendable {
        var method: HTTPRequest.Method
        var path: Substring
        var query: Substring?
        var host: String?
        var origin: String?
        var authorization: String?
        var cookie: String?
        var csrf: String?
        var fetchSite: String?
        var fetchMode: String?
        var fetchDest: String?
        var ends: ConnectionEnds
    }

    private let policy: OriginPolicy
    private let access: AccessControl
    private let limiter: Mutex<RequestLimiter>
    private let now: @Sendable () -> Timestamp

    init(
        policy: OriginPolicy, access: AccessControl, limits: RequestLimiter.Limits,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.policy = policy
        self.access = access
        self.now = now
        limiter = Mutex(RequestLimiter(limits: limits))
    }

    /// Whether browsers reach us over TLS, ours or a proxy's.
    var isSecure: Bool { policy.isSecure }

    /// 403 where `Host` or `Origin` is not ours, 400 where there is not one `Host` (RFC 9112, 3.2).
    func checkOrigin(_ visit: Visit) throws(Problem) {
        guard visit.host != nil || OriginPolicy.openPaths.contains(String(visit.path)) else {
            throw Problem(
                400, "bad_host", "The request has no Host header, or more than one; it must have exactly one.")
        }
        let verdict = policy.allows(
            host: visit.host, origin: visit.origin, path: String(visit.path), fetchSite: visit.fetchSite,
            fetchMode: visit.fetchMode, fetchDest: visit.fetchDest, port: visit.ends.port)
        if case .refuse(let reason) = verdict { throw Problem(403, "foreign_origin", reason) }
    }

    /// Lets the visitor in, or says why not. Returns nobody only where nobody needs to be signed in.
    func admit(_ visit: Visit, to admission: Admission) throws(Problem) -> Principal? {
        switch admission {
        case .anybody:
            return nil
        case .visitors:
            let principal = try? access.authenticate(authorization: visit.authorization, cookie: visit.cookie)
            if principal == nil { try limit(visit) }
            return principal
        case .stream:
            return try admitToStream(visit)
        case .signedIn, .scope:
            let principal: Principal
            do {
                principal = try access.authenticate(authorization: visit.authorization, cookie: visit.cookie)
            } catch {
                try limit(visit)
                throw Problem(access: error)
            }
            do {
                if case .scope(let scope) = admission { try principal.require(scope) }
                if visit.method != .get, visit.method != .head {
                    try access.checkCSRF(principal, header: visit.csrf)
                }
            } catch {
                throw Problem(access: error)
            }
            return principal
        }
    }

    /// Who may open a stream: the cookie or token, or a ticket in the query, with the `read` scope.
    func admitToStream(_ visit: Visit) throws(Problem) -> Principal {
        do {
            let principal: Principal
            if let ticket = Self.ticket(in: visit.query) {
                principal = try access.redeemTicket(Secret(ticket))
            } else {
                principal = try access.authenticate(authorization: visit.authorization, cookie: visit.cookie)
            }
            try principal.require(.read)
            return principal
        } catch {
            if error.code.status == 401 { try limit(visit) }
            throw Problem(access: error)
        }
    }

    /// Who asks, where there is nothing against it; nil says nothing about why, and counts nothing.
    func admitted(_ visit: Visit, scope: Scope) -> Principal? {
        do {
            try checkOrigin(visit)
            let principal = try access.authenticate(authorization: visit.authorization, cookie: visit.cookie)
            try principal.require(scope)
            try access.checkCSRF(principal, header: visit.csrf)
            return principal
        } catch {
            return nil
        }
    }

    private func limit(_ visit: Visit) throws(Problem) {
        let verdict = limiter.withLock { $0.admit(address: visit.ends.address, now: now().milliseconds) }
        if case .refuse(let wait) = verdict {
            throw Problem(
                429, "too_many_requests",
                "Too many requests from this address without sign-in (requestsPerSecond, requestBurst); try again later.",
                members: [], fields: [.retryAfter: String((wait + 999) / 1000)])
        }
    }

    /// The value of `token=`, where it stands in the query.
    static func ticket(in query: Substring?) -> String? {
        for pair in query?.split(separator: "&") ?? [] where pair.hasPrefix("token=") {
            return PercentCoding.decode(pair.dropFirst(6), plusIsSpace: true)
        }
        return nil
    }
}

extension Problem {
    /// What `FluxAccess` refused.
    init(access error: AccessError) {
        self.init(error.code.status, error.code.name, error.message)
        if error.code.status == 401 { fields[.wwwAuthenticate] = "Bearer realm=\"cloudflux\"" }
        if let wait = error.retryAfterMilliseconds { fields[.retryAfter] = String((wait + 999) / 1000) }
        if error.code.status >= 500 {
            detail = "The sign-in data cannot be used now. The server's log says why."
        }
    }
}

extension Doorkeeper.Visit {
    /// A request that has not been through Hummingbird.
    init(_ head: HTTPRequestHead, _ ends: ConnectionEnds, method: HTTPRequest.Method = .get) {
        func first(_ name: String) -> String? { head.headers.first(name: name) }
        let (path, query) = Gateway.split(head.uri)
        let cookies = head.headers["cookie"]
        self.init(
            method: method, path: path, query: query, host: first("host"), origin: first("origin"),
            authorization: first("authorization"), cookie: cookies.isEmpty ? nil : cookies.joined(separator: "; "),
            csrf: first("x-csrf-token"), fetchSite: first("sec-fetch-site"), fetchMode: first("sec-fetch-mode"),
            fetchDest: first("sec-fetch-dest"), ends: ends)
    }
}
