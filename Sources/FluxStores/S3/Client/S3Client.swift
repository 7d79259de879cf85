public import AsyncHTTPClient
import FluxEvents
import NIOCore
import NIOHTTP1
import Synchronization

/// Asks one bucket: signs, sends, reads answers as they arrive, and tries again where that may help.
public final class S3Client: Sendable {
    /// Each phase of a try has its own limit.
    public struct Timeouts: Sendable, Hashable {
        /// Until the answer's head is there.
        public var head = Duration.seconds(30)
        /// All of an answer.
        public var whole = Duration.seconds(300)

        public init() {}
    }

    /// Counts what was asked, for the metrics and for the budget of listings.
    public struct Counts: Sendable, Hashable {
        public var requests: Int64 = 0
        public var retries: Int64 = 0
        public var bytes: Int64 = 0
    }

    private struct State {
        var bucket: S3Bucket
        var budget = RetryBudget()
        /// The service's clock, less ours (milliseconds).
        var skew: Int64 = 0
        var counts = Counts()
    }

    let http: HTTPClient
    let keeper: CredentialKeeper
    let policy: RetryPolicy
    let timeouts: Timeouts
    private let state: Mutex<State>

    /// - Parameters:
    ///   - http: shared by all stores; it must outlive them.
    ///   - keeper: nil: requests are not signed, for buckets that everybody may read.
    public init(
        bucket: S3Bucket, http: HTTPClient, keeper: CredentialKeeper, policy: RetryPolicy = RetryPolicy(),
        timeouts: Timeouts = Timeouts()
    ) {
        self.http = http
        self.keeper = keeper
        self.policy = policy
        self.timeouts = timeouts
        state = Mutex(State(bucket: bucket))
    }

    /// The bucket, in the region that it was found to be in.
    public var bucket: S3Bucket { state.withLock { $0.bucket } }
    public var counts: Counts { state.withLock { $0.counts } }
    /// How far the service's clock is ahead of ours (milliseconds), as far as a wrong one was noticed.
    public var skew: Int64 { state.withLock { $0.skew } }

    /// What is asked.
    struct Call: Sendable {
        var method = "GET"
        var key: [UInt8] = []
        var query: [AWSRequest.Parameter] = []
        var headers: [AWSRequest.Header] = []
        /// For people: `list the bucket`.
        var doing: String
        /// `s3:ListBucket`.
        var permission: String
    }

    /// An answer's head.
    struct Head: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]

        subscript(name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    /// Asks, and gives a success's body to a reader; a new one for each try, as a body may be cut in the middle.
    func ask<Reader: AnswerReader>(
        _ call: Call, _ reader: () -> Reader
    ) async throws(StoreError) -> (head: Head, value: Reader.Value) {
        var attempt = 0
        // Once each: what is learnt from an answer is either right at the second try, or never.
        var corrections: Set<Correction> = []
        while true {
            attempt += 1
            let now = serviceTime
            let who = try await keeper.credentials(now: now)
            let outcome = await attemptOnce(call, reader(), who, now)
            let cause: RetryPolicy.Cause
            let error: StoreError
            var retryAfter: Int64?
            switch outcome {
            case .success(let answer):
                state.withLock { $0.budget.succeeded(after: attempt - 1) }
                return answer
            case .refused(let failure, let head):
                error = failure.error(doing: call.doing, permission: call.permission, bucket: bucket, who: who)
                if let correction = await correct(failure, head, who, now), corrections.insert(correction).inserted {
                    attempt -= 1
                    continue
                }
                cause = RetryPolicy.cause(status: failure.status, code: failure.code)
                retryAfter = RetryPolicy.retryAfter(head["retry-after"], now: .now())
            case .broken(let why):
                cause = .transient
                error = StoreError(
                    code: .unreachable,
                    message: "\(bucket.service.withoutSlash) could not be asked to \(call.doing): \(why). Look at the "
                        + "endpoint and the network; it is tried again later.")
            case .unreadable(let why):
                cause = .lasting
                error = StoreError(
                    code: .refused,
                    message:
                        "\(bucket.service.withoutSlash) did not answer as S3 does when asked to \(call.doing): \(why). "
                        + "Look at the endpoint.")
            }
            guard !Task.isCancelled else { throw StoreError.cancelled }
            let chance = Double.random(in: 0..<1)
            guard
                let wait = policy.wait(after: attempt, cause, retryAfter: retryAfter, chance: chance),
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
        _ call: Call, _ reader: Reader, _ who: FoundCredentials, _ now: Timestamp
    ) async -> Outcome<Reader.Value> {
        let bucket = bucket
        var signed = bucket.request(call.method, key: call.key, query: call.query, headers: call.headers)
        SigV4Signer(region: bucket.region).sign(&signed, with: who.credentials, payload: .bytes([]), at: now)
        var request = HTTPClientRequest(url: "\(bucket.service.scheme)://\(signed.host)\(signed.target)")
        request.method = HTTPMethod(rawValue: call.method)
        for header in signed.headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: "cloudflux")
        state.withLock { $0.counts.requests += 1 }
        let deadline = ContinuousClock.now + timeouts.whole
        do {
            let answer = try await http.execute(request, timeout: timeouts.head.timeAmount)
            let head = Head(
                status: Int(answer.status.code), headers: answer.headers.map { (name: $0.name, value: $0.value) })
            guard (200..<300).contains(head.status) else {
                let body = try await answer.body.collect(upTo: S3Failure.maximumBytes)
                return .refused(
                    S3Failure(status: head.status, headers: head.headers, body: Array(body.readableBytesView)), head)
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
        defer { state.withLock { $0.counts.bytes += bytes } }
        for try await piece in body {
            bytes += Int64(piece.readableBytes)
            guard bytes <= Reader.maximumBytes else {
                return .unreadable("the answer is longer than \(Reader.maximumBytes) bytes")
            }
            guard ContinuousClock.now < deadline else {
                return .broken("the answer took longer than \(timeouts.whole)")
            }
            try reader.feed(piece)
        }
        return .success((head, try reader.finish()))
    }

    // MARK: What is learnt from a refusal

    private enum Correction: Hashable {
        case region, clock, credentials
    }

    private var serviceTime: Timestamp {
        Timestamp(milliseconds: Timestamp.now().milliseconds + skew)
    }

    private func correct(
        _ failure: S3Failure, _ head: Head, _ who: FoundCredentials, _ sentAt: Timestamp
    ) async -> Correction? {
        switch failure.code {
        case "RequestTimeTooSkewed", "RequestExpired":
            guard
                let time = failure.serverTime.flatMap({ Timestamp(rfc3339: $0) })
                    ?? head["date"].flatMap(HTTPDate.parse)
            else { return nil }
            state.withLock { $0.skew = time.milliseconds - Timestamp.now().milliseconds }
            return .clock
        case "InvalidAccessKeyId", "ExpiredToken", "TokenRefreshRequired", "InvalidToken":
            await keeper.refused(who.credentials)
            return .credentials
        default: break
        }
        let isElsewhere =
            failure.code == "AuthorizationHeaderMalformed" || [301, 307].contains(failure.status)
            || failure.status == 400 && failure.region != nil
        if isElsewhere, let region = failure.region, region != bucket.region {
            state.withLock { $0.bucket.region = region }
            return .region
        }
        return nil
    }

    private static func words(_ error: any Error) -> String {
        if let error = error as? HTTPClientError { return error.shortDescription }
        return Complaint.oneLine("\(error)".utf8)
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
