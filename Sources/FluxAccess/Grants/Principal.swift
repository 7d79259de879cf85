/// What somebody may do. `admin` implies the others.
public enum Scope: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Reading everything: streams, lists, objects.
    case read
    /// Posting events, and nothing else.
    case ingest
    /// Everything, including stores, accounts and reserved event types.
    case admin

    public static func < (a: Scope, b: Scope) -> Bool { a.rawValue < b.rawValue }

    /// Reads `read,ingest` (commas or spaces, in any order). Refuses unknown and no scopes by name.
    public static func parse(_ text: some StringProtocol) throws(AccessError) -> Set<Scope> {
        var scopes: Set<Scope> = []
        for part in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let scope = Scope(rawValue: String(part)) else {
                throw AccessError(.invalid, "There is no scope `\(part.prefix(32))`: use read, ingest or admin.")
            }
            scopes.insert(scope)
        }
        guard !scopes.isEmpty else { throw AccessError(.invalid, "No scope was given: use read, ingest or admin.") }
        return scopes
    }
}

/// Names one session or token, without being a secret: `ses_…`, `tok_…`, or `local`. Streams are ended by it.
public typealias GrantID = String

/// Somebody who was let in, and what they may do.
public struct Principal: Sendable, Hashable {
    /// How they were let in.
    public enum Kind: String, Sendable, Hashable {
        /// A person with the session cookie.
        case session
        /// A person or program with an access token.
        case token
        /// Whoever asks, where the server runs with `--auth none`.
        case local
    }

    public var kind: Kind
    /// The user's name; of an API token, the token's name. It matches `[A-Za-z0-9][A-Za-z0-9._@-]{0,63}`.
    public var name: String
    /// The user's name, where a person stands behind it; nil for an API token of no person.
    public var user: String?
    public var scopes: Set<Scope>
    public var grant: GrantID
    /// What `X-CSRF-Token` must carry; nil where no such header is needed (tokens, `--auth none`).
    public var csrfToken: String?
    /// When it ends at the latest, in milliseconds since 1970; nil for never.
    public var expiresAt: Int64?

    public init(
        kind: Kind, name: String, user: String?, scopes: Set<Scope>, grant: GrantID, csrfToken: String?,
        expiresAt: Int64?
    ) {
        self.kind = kind
        self.name = name
        self.user = user
        self.scopes = scopes
        self.grant = grant
        self.csrfToken = csrfToken
        self.expiresAt = expiresAt
    }

    /// Everybody, under `--auth none`, which works on loopback addresses only.
    public static let localAdmin = Principal(
        kind: .local, name: "local", user: nil, scopes: [.admin], grant: "local", csrfToken: nil, expiresAt: nil)

    /// True where `scope`, or `admin`, was given.
    public func may(_ scope: Scope) -> Bool {
        scopes.contains(scope) || scopes.contains(.admin)
    }

    /// Throws ``AccessError/Code/scope`` where ``may(_:)`` is false.
    public func require(_ scope: Scope) throws(AccessError) {
        guard may(scope) else {
            throw AccessError(
                .scope, "This needs the scope `\(scope.rawValue)`, which \(name) does not have. Ask an administrator.")
        }
    }
}

extension Principal: CustomStringConvertible {
    public var description: String {
        "\(kind.rawValue) \(name) [\(scopes.sorted().map(\.rawValue).joined(separator: ","))] \(grant)"
    }
}
