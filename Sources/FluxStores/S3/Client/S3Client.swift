public import AsyncHTTPClient

/// Asks one bucket.
public final class S3Client: Sendable {
    /// Counts what was asked, for the metrics.
    public struct Counts: Sendable, Hashable {
        public var requests: Int64 = 0
        public var retries: Int64 = 0
    }

    /// What our requests say they come from.
    public static let userAgent: StaticString = "cloudflux"

    private let place: S3Bucket
    private let caller: AWSCaller

    /// - Parameters:
    ///   - http: shared by all stores; it must outlive them.
    ///   - keeper: whose requests they are.
    public init(bucket: S3Bucket, http: HTTPClient, keeper: CredentialKeeper, policy: RetryPolicy = RetryPolicy()) {
        place = bucket
        caller = AWSCaller(service: "s3", region: bucket.region, http: http, keeper: keeper, policy: policy)
    }

    /// The bucket, in the region that it was found to be in.
    public var bucket: S3Bucket { place.in(caller.region) }
    public var counts: Counts { caller.counts }
    /// How far the service's clock is ahead of ours (milliseconds) by the last answer's `Date`, which has whole seconds; nil
    /// where there was none.
    public var clockDifference: Int64? { caller.clockDifference }

    /// What is asked.
    struct Call: Sendable {
        var method = "GET"
        var key: [UInt8] = []
        var query: [AWSRequest.Parameter] = []
        var headers: [AWSRequest.Header] = []
        /// For people: `list it`.
        var doing: String
        /// `s3:ListBucket`.
        var permission: String
    }

    func ask<Reader: AnswerReader>(
        _ call: Call, _ reader: () -> Reader
    ) async throws(StoreError) -> (head: AWSCaller.Head, value: Reader.Value) {
        let place = place
        let request = AWSCaller.Call(
            request: { place.in($0).request(call.method, key: call.key, query: call.query, headers: call.headers) },
            isSecure: place.service.isSecure, doing: call.doing, place: { place.in($0).service.withoutSlash },
            words: { failure, region, who in
                failure.error(doing: call.doing, permission: call.permission, bucket: place.in(region), who: who)
            })
        return try await caller.ask(request, reader)
    }
}

extension S3Bucket {
    fileprivate func `in`(_ region: String) -> S3Bucket {
        var bucket = self
        bucket.region = region
        return bucket
    }
}
