public import FluxEvents

/// What signs a request, and until when it does. Its secrets are in no description.
public struct AWSCredentials: Sendable, Hashable {
    public var accessKeyID: String
    public var secretAccessKey: String
    /// Of credentials that were lent for a while.
    public var sessionToken: String?
    /// Nil where they hold until they are changed.
    public var expiresAt: Timestamp?

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiresAt: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        // An environment says by an empty one that there is none.
        self.sessionToken = sessionToken.flatMap { $0.isEmpty ? nil : $0 }
        self.expiresAt = expiresAt
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key's id, which is no secret, but for its middle.
    public var description: String {
        accessKeyID.utf8.count < 12
            ? "AWSCredentials(…)" : "AWSCredentials(\(accessKeyID.prefix(4))…\(accessKeyID.suffix(4)))"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
