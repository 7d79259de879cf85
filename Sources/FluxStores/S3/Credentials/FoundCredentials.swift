/// Credentials, and where they came from.
public struct FoundCredentials: Sendable, Hashable, CustomStringConvertible {
    public var credentials: AWSCredentials
    /// For people: `environment (AWS_ACCESS_KEY_ID)`, `profile “ops” of ~/.aws/credentials`.
    public var source: String

    public init(_ credentials: AWSCredentials, source: String) {
        self.credentials = credentials
        self.source = source
    }

    public var description: String { "\(credentials) from \(source)" }
}
