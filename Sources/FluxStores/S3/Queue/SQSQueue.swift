public import AsyncHTTPClient
import FluxEvents
public import NIOCore

/// One queue of the Simple Queue Service, by its JSON protocol.
///
/// Source: Amazon SQS API Reference, "Making Query API requests using the AWS JSON protocol".
public final class SQSQueue: Sendable {
    public struct Message: Sendable {
        /// For `delete`; of this receipt only.
        public var receipt: String
        public var body: ByteBuffer
    }

    /// Messages taken at once.
    public static let batch = 10

    /// As AWS gives it.
    public let url: String
    private let endpoint: AWSEndpoint
    private let caller: AWSCaller

    /// - Parameters:
    ///   - url: `https://sqs.eu-central-1.amazonaws.com/123456789012/name`; another host is asked as it stands.
    ///   - region: where the URL names none.
    /// - Throws: `StoreError` (`badParameter`).
    public init(
        url: String, region: String, http: HTTPClient, keeper: CredentialKeeper, policy: RetryPolicy = RetryPolicy()
    ) throws(StoreError) {
        let endpoint = try AWSEndpoint(url)
        guard endpoint.path.split(separator: "/").count == 2 else {
            throw StoreError(
                code: .badParameter,
                message:
                    "“\(url)” is no queue's URL; it ends in an account's number and the queue's name, as AWS gives it.")
        }
        self.url = url
        self.endpoint = endpoint
        caller = AWSCaller(
            service: "sqs", region: Self.region(of: endpoint.host) ?? region, http: http, keeper: keeper, policy: policy
        )
    }

    /// `sqs.REGION.amazonaws.com`, or `REGION.queue.amazonaws.com` as it was once.
    static func region(of host: String) -> String? {
        let parts = host.split(separator: ".").map(String.init)
        guard parts.count >= 4, host.contains(".amazonaws.") else { return nil }
        if parts[0] == "sqs" { return parts[1] }
        return parts[1] == "queue" ? parts[0] : nil
    }

    /// Takes up to ten messages; waits for the first, up to `wait`.
    ///
    /// - Parameters:
    ///   - wait: at most 20 seconds.
    ///   - hidden: for so long nobody else gets them; what is not deleted by then comes again.
    public func receive(wait: Int, hidden: Int) async throws(StoreError) -> [Message] {
        var json = JSONWriter()
        json.beginObject()
        json.field("QueueUrl", url)
        json.field("MaxNumberOfMessages", Self.batch)
        json.field("WaitTimeSeconds", min(max(wait, 0), 20))
        json.field("VisibilityTimeout", hidden)
        json.endObject()
        let answer = try await ask("ReceiveMessage", json, doing: "take its messages", "sqs:ReceiveMessage")
        var found: [Message] = []
        guard let messages = answer["Messages"], messages.kind == .array else { return [] }
        for message in messages.elements {
            guard let receipt = message["ReceiptHandle"]?.string, let body = message["Body"]?.utf8 else { continue }
            found.append(Message(receipt: receipt, body: ByteBuffer(bytes: body)))
        }
        return found
    }

    /// Deletes messages that are done with, at most ten. Those that could not be deleted come again.
    public func delete(_ receipts: [String]) async throws(StoreError) {
        guard !receipts.isEmpty else { return }
        var json = JSONWriter()
        json.beginObject()
        json.field("QueueUrl", url)
        json.key("Entries")
        json.beginArray()
        for (number, receipt) in receipts.enumerated() {
            json.beginObject()
            json.field("Id", String(number))
            json.field("ReceiptHandle", receipt)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        _ = try await ask("DeleteMessageBatch", json, doing: "delete its messages", "sqs:DeleteMessage")
    }

    private func ask(
        _ action: String, _ body: JSONWriter, doing: String, _ permission: String
    ) async throws(StoreError) -> JSONValue {
        let (endpoint, url) = (endpoint, url)
        let call = AWSCaller.Call(
            request: { _ in
                AWSRequest(
                    method: "POST", host: endpoint.hostHeader, path: [0x2F],
                    headers: [
                        .init("Content-Type", "application/x-amz-json-1.0"),
                        .init("X-Amz-Target", "AmazonSQS.\(action)"),
                    ])
            },
            isSecure: endpoint.isSecure, body: Array(body.buffer.readableBytesView), doing: doing, place: { _ in url },
            words: { failure, _, who in failure.queueError(doing: doing, permission: permission, queue: url, who: who) }
        )
        let bytes = try await caller.ask(call) { BytesReader() }.value
        do {
            return try JSONDocument.parse(bytes).root
        } catch {
            throw StoreError(code: .refused, message: "\(url) did not answer with JSON when asked to \(doing).")
        }
    }
}

extension S3Failure {
    /// The same for a queue.
    func queueError(doing: String, permission: String, queue: String, who: FoundCredentials) -> StoreError {
        switch code {
        case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue":
            return StoreError(code: .notFound, message: "There is no queue \(queue); look at its URL and region.")
        case "AccessDenied", "AccessDeniedException":
            return StoreError(
                code: .denied,
                message:
                    "The queue \(queue) does not let us \(doing) (credentials from \(who.source)): \(reason); allow "
                    + "\(permission) in the queue's policy or the user's.")
        default:
            return error(
                doing: doing, permission: permission, place: "queue \(queue)", service: queue, region: nil, who: who)
        }
    }
}
