/// What went wrong with sign-in, accounts, tokens or the guard at the door.
///
/// The message says what failed, why, and what to do now, and never holds a secret: no password, token, cookie or
/// ticket, nor anything that a person typed into a password field.
public struct AccessError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. More may be added: always have a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// A stable name, fit for a problem document or a metric label.
        public let name: String
        /// The HTTP status that fits, for those who answer over HTTP.
        public let status: Int

        public var description: String { name }

        /// No credentials, or ones that are unknown, expired or revoked.
        public static let notSignedIn = Code(name: "not_signed_in", status: 401)
        /// The name or the password is wrong; which of the two is never said.
        public static let wrongPassword = Code(name: "wrong_password", status: 401)
        /// The welcome link is unknown, used or older than a day, or an account exists by now.
        public static let welcomeInvalid = Code(name: "welcome_invalid", status: 403)
        /// The CSRF header is missing or wrong.
        public static let csrf = Code(name: "csrf", status: 403)
        /// Signed in, but without the scope that this needs.
        public static let scope = Code(name: "scope", status: 403)
        /// Signed in as a program, for something that belongs to people.
        public static let noPerson = Code(name: "no_person", status: 403)
        /// Too many attempts at once; see `retryAfterMilliseconds`.
        public static let tooManyAttempts = Code(name: "too_many_attempts", status: 429)
        /// A name, password, scope or time that is not allowed.
        public static let invalid = Code(name: "invalid", status: 422)
        /// A user or token of that name exists.
        public static let nameTaken = Code(name: "name_taken", status: 409)
        /// No such user, token or saved filter.
        public static let notFound = Code(name: "not_found", status: 404)
        /// A named limit on how many there may be.
        public static let limit = Code(name: "limit", status: 409)
        /// It would lock everybody out.
        public static let lastAdministrator = Code(name: "last_administrator", status: 409)
        /// `state.sqlite` was written by a newer CloudFlux.
        public static let newerVersion = Code(name: "newer_version", status: 500)
        /// `state.sqlite` cannot be opened, read or written.
        public static let database = Code(name: "database", status: 500)
        /// The address to listen on and the way to sign in do not go together, or one of them is malformed.
        public static let configuration = Code(name: "configuration", status: 500)
        /// The certificate or key cannot be used.
        public static let tls = Code(name: "tls", status: 500)
        /// Already shut.
        public static let closed = Code(name: "closed", status: 503)
    }

    public var code: Code
    /// One or two sentences for people, without secrets.
    public var message: String
    /// What caused it, where something else did.
    public var underlying: (any Error)?
    /// How long to wait before trying again, in milliseconds; set with ``Code/tooManyAttempts``.
    public var retryAfterMilliseconds: Int64?

    public init(
        _ code: Code, _ message: String, underlying: (any Error)? = nil, retryAfterMilliseconds: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.underlying = underlying
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    public var description: String {
        underlying.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}

extension AccessError {
    static let notSignedIn = AccessError(
        .notSignedIn, "You are not signed in, or your session has ended. Sign in again.")
    static let badToken = AccessError(
        .notSignedIn, "This access token is unknown, expired or revoked. Make a new one with `cloudflux token create`.")
    static let badTicket = AccessError(
        .notSignedIn, "This ticket is unknown, used or older than its 60 seconds. Ask for a new one.")
    static let wrongPassword = AccessError(.wrongPassword, "The name or the password is wrong.")
    static let welcomeInvalid = AccessError(
        .welcomeInvalid,
        "This welcome link is not valid: it works once and for 24 hours, and only while no account exists. Sign in, or "
            + "start the server again for a new link.")
}
