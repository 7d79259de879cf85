public import FluxEvents

/// Keeps credentials as long as they hold, and asks for new ones before they expire.
public actor CredentialKeeper {
    /// New ones are asked for when the old ones have so long left (milliseconds); one that fails is no error yet.
    public static let refreshAhead: Int64 = 15 * 60_000
    /// How long is waited after asking failed, while the old ones still hold (milliseconds).
    public static let retryAfter: Int64 = 30_000

    private let resolve: @Sendable (Timestamp) async throws(StoreError) -> FoundCredentials
    private var kept: FoundCredentials?
    private var asking: Task<Result<FoundCredentials, StoreError>, Never>?
    private var notBefore: Timestamp?

    public init(_ chain: CredentialChain) {
        resolve = { now throws(StoreError) in try await chain.resolve(now: now) }
    }

    init(resolve: @escaping @Sendable (Timestamp) async throws(StoreError) -> FoundCredentials) {
        self.resolve = resolve
    }

    /// Where the credentials came from that were last given; nil before there were any.
    public var source: String? { kept?.source }

    /// Credentials that hold at `now`.
    public func credentials(now: Timestamp) async throws(StoreError) -> FoundCredentials {
        if let kept {
            guard let expiry = kept.credentials.expiresAt else { return kept }
            let left = expiry.milliseconds - now.milliseconds
            if left > Self.refreshAhead { return kept }
            if left > 0, let notBefore, now < notBefore { return kept }
        }
        do {
            return try await ask(now)
        } catch {
            guard let kept, let expiry = kept.credentials.expiresAt, now < expiry else { throw error }
            notBefore = Timestamp(milliseconds: now.milliseconds + Self.retryAfter)
            return kept
        }
    }

    /// A service did not take these credentials: they are looked for anew when asked for next. A key in a file may have
    /// been changed.
    public func refused(_ credentials: AWSCredentials) {
        guard kept?.credentials == credentials else { return }
        kept = nil
        notBefore = nil
    }

    /// All who wait get the answer to one question.
    private func ask(_ now: Timestamp) async throws(StoreError) -> FoundCredentials {
        if let asking { return try await asking.value.get() }
        let task = Task { [resolve] () -> Result<FoundCredentials, StoreError> in
            do throws(StoreError) { return .success(try await resolve(now)) } catch { return .failure(error) }
        }
        asking = task
        let answer = await task.value
        asking = nil
        let found = try answer.get()
        kept = found
        notBefore = nil
        return found
    }
}
