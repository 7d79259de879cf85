/// What a sign-in gives.
public struct SignedIn: Sendable {
    public var principal: Principal
    /// The value of the cookie ``SessionCookie/name``.
    public var cookie: Secret
    /// How long a browser keeps the cookie, in seconds.
    public var cookieMaxAge: Int64
    /// What `X-CSRF-Token` must carry from now on.
    public var csrfToken: String
    /// Where `issue_token` asked for one.
    public var accessToken: Secret?
    /// Seconds until the access token ends.
    public var expiresIn: Int64?

    /// The `Set-Cookie` header's value.
    public func setCookie(secure: Bool) -> String {
        SessionCookie.setting(cookie, maxAgeSeconds: cookieMaxAge, secure: secure)
    }
}

/// What lists tell of an account.
public struct UserInfo: Sendable, Hashable {
    public var name: String
    public var scopes: Set<Scope>
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var passwordChangedAt: Int64
}

/// What lists tell of an API token; its secret is told once, when it is made.
public struct TokenInfo: Sendable, Hashable {
    /// `tok_…`, and also the grant.
    public var id: GrantID
    public var name: String
    /// The 8 letters after `cfx_`.
    public var prefix: String
    public var scopes: Set<Scope>
    /// The person it ends with, if any.
    public var owner: String?
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Nil for never.
    public var expiresAt: Int64?
    /// To the minute; nil for never.
    public var lastUsed: Int64?
}

/// What a request shows to be let in.
public enum Credential: Sendable {
    case session(Secret)
    case bearer(Secret)
}
