public import FluxEvents

/// Keeps credentials as long as they hold, and asks for new ones before they expire.
public actor CredentialKeeper {
    /// New ones are asked for when the old ones have so long left (milliseconds); one that fails is no error yet.
    public static let refreshAhead: Int64 = 15 * 60_000
    /// How long is waited after asking failed, while the old ones still hold (milliseconds).
    public static let retryAfter: Int64 = 30_000

    private let resolve: @Sendable (Timestamp) async throws(StoreError) -> FoundCredentials
    private var kept: FoundCredentials?
    private var isAsking = false
    private var waiting: [Int: CheckedContinuation<Result<FoundCredentials, StoreError>, Never>] = [:]
    private var nextTicket = 0
    private var notBefore: Timestamp?

    public init(_ chain: CredentialChain) {
        resolve = { now throws(StoreError) in try await chain.resolve(now: now) }
    }

    init(resolve: @escaping @Sendable (Timestamp) async throws(StoreError) -> FoundCredentials) {
        self.resolve = resolve
    }

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
            guard error.code != .cancelled, let kept, let expiry = kept.credentials.expiresAt, now < expiry else {
                throw error
            }
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

    /// All who wait get the answer to one question; who is cancelled meanwhile does not wait for it.
    private func ask(_ now: Timestamp) async throws(StoreError) -> FoundCredentials {
        if !isAsking {
            isAsking = true
            Task {
                let answer: Result<FoundCredentials, StoreError>
                do throws(StoreError) { answer = .success(try await resolve(now)) } catch { answer = .failure(error) }
                answered(answer, now)
            }
        }
        let ticket = nextTicket
        nextTicket += 1
        let answer: Result<FoundCredentials, StoreError> = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<FoundCredentials, StoreError>, Never>) in
                if Task.isCancelled {
                    continuation.resume(returning: .failure(.cancelled))
                } else {
                    waiting[ticket] = continuation
                }
            }
        } onCancel: {
            Task { await self.giveUp(ticket) }
        }
        return try answer.get()
    }

    /// For tests.
    var isWaitedFor: Bool { !waiting.isEmpty }

    private func giveUp(_ ticket: Int) {
        waiting.removeValue(forKey: ticket)?.resume(returning: .failure(.cancelled))
    }

    private func answered(_ answer: Result<FoundCredentials, StoreError>, _ now: Timestamp) {
        isAsking = false
        if case .success(let found) = answer {
            kept = found
            // Those that are lent for a short while are not asked for again at each request.
            let left = found.credentials.expiresAt.map { $0.milliseconds - now.milliseconds } ?? .max
            notBefore =
                left > Self.refreshAhead ? nil : Timestamp(milliseconds: now.milliseconds + min(60_000, left / 2))
        }
        for continuation in waiting.values { continuation.resume(returning: answer) }
        waiting = [:]
    }
}
