import AsyncHTTPClient
import FluxEvents
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Asks one service with one identity: signs, sends, reads answers as they arrive, and tries again where that may help.
final class AWSCaller: Sendable {
    /// Each phase of a try has its own limit.
    struct Timeouts: Sendable, Hashable {
        /// Until the answer's head is there.
        var head = Duration.seconds(30)
        /// All of an answer.
        var whole = Duration.seconds(300)
    }

    /// What is asked, and how it is told of when it fails.
    struct Call: Sendable {
        /// In a region.
        var request: @Sendable (_ region: String) -> AWSRequest
        var isSecure: Bool
        var body: [UInt8] = []
        var timeouts = Timeouts()
        /// For people: `list it`, `take its messages`.
        var doing: String
        /// Whom: `https://s3.eu-central-1.amazonaws.com`.
        var place: @Sendable (_ region: String) -> String
        /// A refusal in words.
        var words: @Sendable (S3Failure, _ region: String, FoundCredentials) -> StoreError
    }

    /// An answer's head.
    struct Head: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]

        subscript(name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    private struct State {
        var region: String
        var budget = RetryBudget()
        /// The service's clock, less ours (milliseconds).
        var skew: Int64 = 0
        /// The same, as the last answer told it.
        var difference: Int64?
        var counts = S3Client.Counts()
    }

    private let http: HTTPClient
    private let keeper: CredentialKeeper
    private let policy: RetryPolicy
    private let service: String
    private let state: Mutex<State>

    init(service: String, region: String, http: HTTPClient, keeper: CredentialKeeper, policy: RetryPolicy) {
        self.service = service
        self.http = http
        self.keeper = keeper
        self.policy = policy
        state = Mutex(State(region: region))
    }

    /// The region, as far as the service has not said that it is another one.
    var region: String { state.withLock { $0.region } }
    var counts: S3Client.Counts { state.withLock { $0.counts } }
    private var skew: Int64 { state.withLock { $0.skew } }
    var clockDifference: Int64? { state.withLock { $0.difference } }

    /// Asks, and gives a success's body to a reader; a new one for each try, as a body may be cut in the middle.
    func ask<Reader: AnswerReader>(
        _ call: Call, _ reader: () -> Reader
    ) async throws(StoreError) -> (head: Head, value: Reader.Value) {
        var attempt = 0
        // Once each: what is learnt from an answer is either right at the second try, or never.
        var corrections: Set<Correction> = []
        while true {
            attempt += 1
            let now = Timestamp(milliseconds: Timestamp.now().milliseconds + skew)
            let who = try await keeper.credentials(now: now)
            let region = region
            let outcome = await attemptOnce(call, reader(), who, region, now)
            guard !Task.isCancelled else { throw StoreError.cancelled }
            let cause: RetryPolicy.Cause
            let error: StoreError
            var retryAfter: Int64?
            switch outcome {
            case .success(let answer):
                state.withLock { $0.budget.succeeded(after: attempt - 1) }
                return answer
            case .refused(let failure, let head):
                error = call.words(failure, region, who)
                if let correction = await correct(failure, head, who), corrections.insert(correction).inserted {
                    attempt -= 1
                    continue
                }
                cause = RetryPolicy.cause(status: failure.status, code: failure.code)
                retryAfter = RetryPolicy.retryAfter(head["retry-after"], now: .now())
            case .broken(let why):
                cause = .transient
                error = StoreError(
                    code: .unreachable,
                    message:
                        "\(call.place(region)) could not be asked to \(call.doing): \(why). Look at the endpoint and "
                        + "the network; it is tried again later.")
            case .unreadable(let why):
                // A success may hold an error, or be cut without a word.
                cause = .transient
                error = StoreError(
                    code: .refused,
                    message:
                        "\(call.place(region)) did not answer as it should when asked to \(call.doing): \(why). Look "
                        + "at the endpoint.")
            }
            let chance = Double.random(in: 0..<1)
            guard let wait = policy.wait(after: attempt, cause, retryAfter: retryAfter, chance: chance),
                state.withLock({ $0.budget.take() })
            else { throw error }
            state.withLock { $0.counts.retries += 1 }
            do { try await Task.sleep(for: .milliseconds(wait)) } catch { throw StoreError.cancelled }
        }
    }

    // MARK: One try

    private enum Outcome<Value> {
        case success((head: Head, value: Value))
        case refused(S3Failure, Head)
        case broken(String)
        case unreadable(String)
    }

    private func attemptOnce<Reader: AnswerReader>(
        _ call: Call, _ reader: Reader, _ who: FoundCredentials, _ region: String, _ now: Timestamp
    ) async -> Outcome<Reader.Value> {
        var signed = call.request(region)
        SigV4Signer(region: region, service: service)
            .sign(&signed, with: who.credentials, payload: .bytes(call.body), at: now)
        var request = HTTPClientRequest(url: "\(call.isSecure ? "https" : "http")://\(signed.host)\(signed.target)")
        request.method = HTTPMethod(rawValue: signed.method)
        for header in signed.headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: "\(S3Client.userAgent)")
        if !call.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: call.body)) }
        state.withLock { $0.counts.requests += 1 }
        let deadline = ContinuousClock.now + call.timeouts.whole
        do {
            let answer = try await http.execute(request, timeout: call.timeouts.head.timeAmount)
            let head = Head(
                status: Int(answer.status.code), headers: answer.headers.map { (name: $0.name, value: $0.value) })
            if let time = head["date"].flatMap(HTTPDate.parse) {
                state.withLock { $0.difference = time.milliseconds - Timestamp.now().milliseconds }
            }
            guard (200..<300).contains(head.status) else {
                return await refusal(answer.body, head, until: deadline)
            }
            return try await read(answer.body, reader, head, until: deadline)
        } catch let error as XMLReader.Failure {
            return .unreadable(error.description)
        } catch {
            return .broken(Self.words(error))
        }
    }

    private func read<Reader: AnswerReader>(
        _ body: HTTPClientResponse.Body, _ reader: Reader, _ head: Head, until deadline: ContinuousClock.Instant
    ) async throws -> Outcome<Reader.Value> {
        var reader = reader
        var bytes: Int64 = 0
        for try await piece in body {
            bytes += Int64(piece.readableBytes)
            guard bytes <= Reader.maximumBytes else {
                return .unreadable("the answer is longer than \(Reader.maximumBytes) bytes")
            }
            guard ContinuousClock.now < deadline else { return .broken("the answer takes too long") }
            try reader.feed(piece)
        }
        return .success((head, try reader.finish()))
    }

    /// What stands in the answer to a request that was refused; of a longer one the beginning.
    private func refusal<Value>(
        _ body: HTTPClientResponse.Body, _ head: Head, until deadline: ContinuousClock.Instant
    ) async -> Outcome<Value> {
        var text: [UInt8] = []
        do {
            for try await piece in body {
                text += piece.readableBytesView.prefix(S3Failure.maximumBytes - text.count)
                guard text.count < S3Failure.maximumBytes, ContinuousClock.now < deadline else { break }
            }
        } catch {
            // The status is known all the same.
        }
        return .refused(S3Failure(status: head.status, headers: head.headers, body: text), head)
    }

    // MARK: What is learnt from a refusal

    private enum Correction: Hashable {
        case region, clock, credentials
    }

    private func correct(_ failure: S3Failure, _ head: Head, _ who: FoundCredentials) async -> Correction? {
        switch failure.code {
        case "RequestTimeTooSkewed", "RequestExpired":
            guard
                let time = failure.serverTime.flatMap({ Timestamp(rfc3339: $0) })
                    ?? head["date"].flatMap(HTTPDate.parse)
            else { return nil }
            state.withLock { $0.skew = time.milliseconds - Timestamp.now().milliseconds }
            return .clock
        case "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "ExpiredToken",
            "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            await keeper.refused(who.credentials)
            return .credentials
        default: break
        }
        let isElsewhere =
            failure.code == "AuthorizationHeaderMalformed" || [301, 307].contains(failure.status)
            || failure.status == 400 && failure.region != nil
        guard isElsewhere, let region = failure.region else { return nil }
        return state.withLock { state in
            guard region != state.region else { return nil }
            state.region = region
            return .region
        }
    }

    private static func words(_ error: any Error) -> String {
        if let error = error as? HTTPClientError { return error.shortDescription }
        if let error = error as? NIOConnectionError {
            guard let first = error.connectionErrors.first else { return "there is no host \(error.host)" }
            if let failed = first.error as? IOError { return SystemFailure.text(failed.errnoCode) }
        }
        return Complaint.oneLine(Array("\(error)".utf8))
    }
}

/// Reads an answer as it arrives.
protocol AnswerReader: Sendable {
    associatedtype Value: Sendable
    /// The longest answer.
    static var maximumBytes: Int64 { get }
    mutating func feed(_ piece: ByteBuffer) throws(XMLReader.Failure)
    /// The answer has ended.
    mutating func finish() throws(XMLReader.Failure) -> Value
}

extension StoreError {
    static let cancelled = StoreError(code: .cancelled, message: "It was ended before it was done.")
}

extension Duration {
    var timeAmount: TimeAmount {
        .nanoseconds(components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
    }
}
