public import FluxEvents

/// Who reads a stream, as far as the live room needs to know.
public struct StreamPrincipal: Sendable, Hashable {
    public var name: String
    /// The session or token that opened the stream; the stream ends with it.
    public var grant: String
    /// When the grant runs out by itself; nil for never.
    public var expiresAt: Timestamp?

    public init(name: String, grant: String, expiresAt: Timestamp? = nil) {
        self.name = name
        self.grant = grant
        self.expiresAt = expiresAt
    }
}
