/// How people prove who they are.
public enum AuthMode: String, Sendable, Hashable, CaseIterable {
    /// Accounts with passwords, and tokens.
    case password
    /// Everybody is an administrator. On loopback addresses only; see ``ListenRule``.
    case none
}

/// The named limits of sign-in. Times in milliseconds.
public struct AccessConfiguration: Sendable {
    public var mode: AuthMode = .password
    /// A session ends when it was not used for so long: 12 hours. Streams that are open count as use where the server
    /// calls ``AccessControl/touch(_:)``.
    public var sessionIdle: Int64 = 12 * 3_600_000
    /// A session ends so long after it began, used or not: 30 days.
    public var sessionLifetime: Int64 = 30 * 86_400_000
    /// An access token that came with a sign-in (`issue_token`) ends after 12 hours.
    public var accessTokenLifetime: Int64 = 12 * 3_600_000
    /// A welcome link is good for 24 hours.
    public var welcomeLifetime: Int64 = 24 * 3_600_000
    /// A ticket is good for 60 seconds.
    public var ticketLifetime: Int64 = 60_000
    /// Open tickets, of everybody together; past it the oldest goes.
    public var maxTickets = 10_000
    /// Accounts.
    public var maxUsers = 1_000
    /// Sessions of one person; past it that person's oldest ends. The same for access tokens that came with sign-ins.
    public var maxSessionsPerUser = 32
    /// API tokens.
    public var maxTokens = 10_000
    /// Tokens that commands on this machine made for themselves; past it the oldest ends.
    public var maxLocalTokens = 1_000
    /// Filters that one person may keep.
    public var maxFiltersPerPerson = 100
    /// Sign-ins that wait for, or have, the one password derivation; more are told to come back.
    public var maxPasswordQueue = 16
    /// What a password costs; a stored one of another cost is hashed anew when its owner signs in.
    public var passwordCost = PasswordCost.standard
    public var throttle = LoginThrottle.Limits()
    /// How often changes by another process are looked for, in milliseconds.
    public var watchInterval: Int64 = 1_000
    /// How often `last used` is written at most.
    public var saveUsesInterval: Int64 = 60_000
    /// Looks into the database for a token that is not known yet, a second; they make a token that another process made
    /// a moment ago work at once, and are bounded so that junk costs nothing.
    public var maxMissLookupsPerSecond = 20
    /// The file with the welcome link (`DIR/welcome`), removed once the first account exists.
    public var welcomeFile: String?

    public init() {}
}
