import FluxEvents
import NIOCore

/// What a bucket tells of one object, in one message of its queue.
struct BucketNotification: Sendable, Hashable {
    enum What: Sendable, Hashable {
        /// Put, posted, copied, or put together from parts.
        case created
        case deleted
        /// A delete in a bucket with versions: the object is gone, its content is kept.
        case deleteMarker
        case restoreBegun
        /// A copy can be read, until then.
        case restored(until: Timestamp?)
        case restoreExpired
        /// To another class, by a rule of the bucket; nil where the message does not say which.
        case storageClass(String?)
        /// Of what else can be told of an object: tags, rights, replication.
        case other(String)
    }

    var what: What
    /// In the service's words: `ObjectCreated:Put`.
    var name: String
    var bucket: String
    var key: [UInt8]
    /// Bytes; nil where it is gone.
    var size: Int64?
    var etag: String?
    var versionID: String?
    /// Orders what is told of one key.
    var sequencer: Sequencer?
    var time: Timestamp
    /// Who did it, in the service's words.
    var requester: String?
    /// A rule of the bucket did it, and no request.
    var byRule = false

    /// Whether it can be an event.
    var isOfInterest: Bool { if case .other = what { false } else { true } }
}

/// Hexadecimal digits that order the events of one key. Of different length they are filled with zeros on the right.
///
/// Source: Amazon S3 User Guide, "Event message structure".
struct Sequencer: Sendable, Hashable, Comparable {
    let digits: [UInt8]

    init?(_ text: String?) {
        guard let text, !text.isEmpty, text.utf8.count <= 64 else { return nil }
        digits = text.uppercased().utf8.reversed().drop { $0 == UInt8(ascii: "0") }.reversed()
    }

    static func < (a: Sequencer, b: Sequencer) -> Bool {
        // Without zeros at the end, a shorter one that begins the longer is the smaller, as it would be with them.
        a.digits.lexicographicallyPrecedes(b.digits)
    }
}

/// Reads messages: S3's own of every minor version of 2, with or without SNS around them, and EventBridge's. Pure.
///
/// Source: Amazon S3 User Guide, "Event message structure" and "EventBridge event message structure".
enum NotificationReader {
    struct Failure: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    /// A message's largest size (bytes): SQS takes 1 MiB.
    static let maximumBytes = 1 << 20

    /// What a message tells; nothing where it is the test that S3 sends when notifications are set up.
    static func read(_ body: ByteBuffer) throws(Failure) -> [BucketNotification] {
        try read(body, depth: 0)
    }

    private static func read(_ body: ByteBuffer, depth: Int) throws(Failure) -> [BucketNotification] {
        guard body.readableBytes <= maximumBytes else {
            throw Failure(description: "the message is longer than \(maximumBytes) bytes")
        }
        let root: JSONValue
        do { root = try JSONDocument.parse(body).root } catch {
            throw Failure(description: "the message is no JSON")
        }
        if root["Event"]?.string == "s3:TestEvent" { return [] }
        if let records = root["Records"], records.kind == .array {
            var found: [BucketNotification] = []
            for record in records.elements { found.append(try self.record(record)) }
            return found
        }
        if root["source"]?.string == "aws.s3", let detail = root["detail"] { return [try eventBridge(root, detail)] }
        // SNS wraps the message in one of its own.
        if depth == 0, root["Type"]?.string == "Notification", let inner = root["Message"]?.string {
            return try read(ByteBuffer(string: inner), depth: 1)
        }
        throw Failure(description: "the message is none of S3's")
    }

    // MARK: S3's own

    private static func record(_ record: JSONValue) throws(Failure) -> BucketNotification {
        guard let name = record["eventName"]?.string, let s3 = record["s3"], let object = s3["object"],
            let bucket = s3["bucket"]?["name"]?.string, let key = object["key"]?.utf8
        else { throw Failure(description: "a record names no event, bucket or key") }
        let version = record["eventVersion"]?.string ?? ""
        guard version.hasPrefix("2.") else {
            throw Failure(description: "a record is of version \(version.prefix(8)), and 2 is known")
        }
        guard let time = record["eventTime"]?.string.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw Failure(description: "a record has no time")
        }
        guard let decoded = PercentCoding.decode(bytes: key, plusIsSpace: true) else {
            throw Failure(description: "a key has a % that is not followed by two hexadecimal digits")
        }
        let restore = record["glacierEventData"]?["restoreEventData"]
        var found = BucketNotification(
            what: .other(name), name: name, bucket: bucket, key: decoded, size: object["size"]?.int64,
            etag: object["eTag"]?.string, versionID: object["versionId"]?.string,
            sequencer: Sequencer(object["sequencer"]?.string), time: time,
            requester: record["userIdentity"]?["principalId"]?.string)
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("ObjectCreated", _): found.what = .created
        case ("ObjectRemoved", "DeleteMarkerCreated"): found.what = .deleteMarker
        case ("ObjectRemoved", _): found.what = .deleted
        case ("LifecycleExpiration", "DeleteMarkerCreated"):
            found.what = .deleteMarker
            found.byRule = true
        case ("LifecycleExpiration", _):
            found.what = .deleted
            found.byRule = true
        case ("LifecycleTransition", _):
            let event = record["lifecycleEventData"]?["transitionEventData"]
            found.what = .storageClass(event?["destinationStorageClass"]?.string)
            found.byRule = true
        case ("IntelligentTiering", _):
            found.what = .other(name)
            found.byRule = true
        case ("ObjectRestore", "Post"): found.what = .restoreBegun
        case ("ObjectRestore", "Completed"):
            found.what = .restored(
                until: restore?["lifecycleRestorationExpiryTime"]?.string.flatMap { Timestamp(rfc3339: $0) })
        case ("ObjectRestore", "Delete"): found.what = .restoreExpired
        default: break
        }
        return found
    }

    // MARK: EventBridge

    private static func eventBridge(_ root: JSONValue, _ detail: JSONValue) throws(Failure) -> BucketNotification {
        guard let name = root["detail-type"]?.string, let object = detail["object"], let key = object["key"]?.utf8,
            let bucket = detail["bucket"]?["name"]?.string
        else { throw Failure(description: "the event names no kind, bucket or key") }
        guard let time = root["time"]?.string.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw Failure(description: "the event has no time")
        }
        var found = BucketNotification(
            what: .other(name), name: name, bucket: bucket, key: key, size: object["size"]?.int64,
            etag: object["etag"]?.string, versionID: object["version-id"]?.string,
            sequencer: Sequencer(object["sequencer"]?.string), time: time, requester: detail["requester"]?.string)
        switch name {
        case "Object Created": found.what = .created
        case "Object Deleted":
            found.what = detail["deletion-type"]?.string == "Delete Marker Created" ? .deleteMarker : .deleted
            found.byRule = detail["reason"]?.string == "Lifecycle Expiration"
        case "Object Restore Initiated": found.what = .restoreBegun
        case "Object Restore Completed":
            found.what = .restored(until: detail["restore-expiry-time"]?.string.flatMap { Timestamp(rfc3339: $0) })
        case "Object Restore Expired": found.what = .restoreExpired
        case "Object Storage Class Changed":
            found.what = .storageClass(detail["destination-storage-class"]?.string)
            found.byRule = true
        default: break
        }
        return found
    }
}
