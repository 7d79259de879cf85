public import FluxEvents
import Glibc

/// One read of an object, as CloudTrail tells of it (data events of S3).
///
/// Source: AWS CloudTrail User Guide, "CloudTrail record contents" and "Logging data events"; Amazon S3 User Guide,
/// "Amazon S3 CloudTrail events". Pure.
public struct CloudTrailRead: Sendable, Hashable {
    public var bucket: String
    public var key: [UInt8]
    /// Seconds since 1970 (UTC).
    public var time: Int64
    public var requester: String
    /// The same as in the server access log's line of the same request.
    public var requestID: String
    public var bytes: Int64

    /// What a record says.
    public enum Meaning: Sendable, Hashable {
        case read(CloudTrailRead)
        /// A record that is none of a read.
        case other
        /// No record of CloudTrail.
        case unreadable
    }

    public static func meaning(_ record: JSONValue) -> Meaning {
        guard record.kind == .object, let service = record["eventSource"]?.string,
            let name = record["eventName"]?.string
        else { return .unreadable }
        guard service == "s3.amazonaws.com", record["errorCode"]?.string == nil else { return .other }
        guard name == "GetObject" || name == "SelectObjectContent" || name == "CopyObject" else { return .other }
        guard let text = record["eventTime"]?.string, let time = Timestamp(rfc3339: text),
            let id = record["requestID"]?.string ?? record["eventID"]?.string,
            let parameters = record["requestParameters"], let bucket = parameters["bucketName"]?.string,
            let key = parameters["key"]?.utf8
        else { return .unreadable }
        if isOfNoInterest(record["userAgent"]?.string ?? "") { return .other }
        var read = CloudTrailRead(
            bucket: bucket, key: key, time: time.milliseconds / 1000, requester: requester(record), requestID: id,
            bytes: max(0, record["additionalEventData"]?["bytesTransferredOut"]?.int64 ?? 0))
        if name == "CopyObject" {
            guard let (bucket, key) = source(of: parameters) else { return .other }
            // How a storage class is changed.
            if bucket == read.bucket, key == read.key { return .other }
            (read.bucket, read.key, read.bytes) = (bucket, key, 0)
        }
        return .read(read)
    }

    /// `[/]BUCKET/KEY[?versionId=…]`, encoded.
    private static func source(of parameters: JSONValue) -> (bucket: String, key: [UInt8])? {
        guard let text = parameters["x-amz-copy-source"]?.string else { return nil }
        let path = text.prefix { $0 != "?" }.drop { $0 == "/" }
        guard let slash = path.firstIndex(of: "/"),
            let key = PercentCoding.decode(bytes: path[path.index(after: slash)...].utf8, plusIsSpace: false),
            !key.isEmpty
        else { return nil }
        return (String(path[..<slash]), key)
    }

    static func requester(_ record: JSONValue) -> String {
        let identity = record["userIdentity"]
        let address = record["sourceIPAddress"]?.string ?? "-"
        // The first that says something; anonymous requests have an account of that name.
        let names = [
            identity?["arn"]?.string, identity?["invokedBy"]?.string, identity?["principalId"]?.string,
            identity?["accountId"]?.string,
        ]
        let name = names.lazy.compactMap { $0 }.first { !$0.isEmpty && $0.lowercased() != "anonymous" } ?? "-"
        return AccessRequester.name(name.utf8, remoteIP: address.utf8)
    }

    /// CloudTrail puts what it was told in square brackets: `[aws-cli/2.0]`.
    private static func isOfNoInterest(_ agent: String) -> Bool {
        let agent = agent.hasPrefix("[") ? agent.dropFirst() : agent[...]
        return AccessLogLine.noReaders.contains { agent.hasPrefix("\($0)") }
    }
}
