import FluxEvents

/// What a record of CloudTrail tells of a change of an object, as a notification would (data events of S3). Pure.
///
/// Source: Amazon S3 User Guide, "Amazon S3 CloudTrail events"; AWS CloudTrail User Guide, "CloudTrail record contents".
enum CloudTrailChange {
    private static let created: Set = ["PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload"]

    /// Nil where it tells of none.
    static func read(_ record: JSONValue) -> BucketNotification? {
        guard record["eventSource"]?.string == "s3.amazonaws.com", record["errorCode"]?.string == nil,
            let name = record["eventName"]?.string,
            let time = record["eventTime"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let parameters = record["requestParameters"], let bucket = parameters["bucketName"]?.string,
            let key = parameters["key"]?.utf8, !key.isEmpty
        else { return nil }
        let answer = record["responseElements"]
        let version = parameters["versionId"]?.string ?? answer?["x-amz-version-id"]?.string
        let what: BucketNotification.What
        switch name {
        case _ where created.contains(name): what = .created
        case "DeleteObject": what = isSet(answer?["x-amz-delete-marker"]) ? .deleteMarker : .deleted
        case "RestoreObject": what = .restoreBegun
        default: return nil
        }
        return BucketNotification(
            what: what, name: name, bucket: bucket, key: key, size: nil, etag: nil, versionID: version, sequencer: nil,
            time: time, requester: CloudTrailRead.requester(record))
    }

    /// Some answers have it as a word.
    private static func isSet(_ value: JSONValue?) -> Bool { value?.bool ?? (value?.string == "true") }
}
