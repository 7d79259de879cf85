import FluxEvents
import NIOCore

/// What one of CloudTrail's files tells of a store, in its order. Pure.
struct CloudTrailFile: Sendable {
    /// A file of theirs has at most 50 MB (bytes, unpacked).
    static let maximumBytes = 128 << 20

    var changes: [BucketNotification] = []
    var reads: [LoggedRead] = []
    /// Records of the store's bucket.
    var records: Int64 = 0
    /// Those that are no records.
    var unreadable: Int64 = 0
    /// How far it reaches (seconds since 1970): the newest record of the store's bucket, or that of any less `delay`. A bucket
    /// that nobody asks for has no records, and time passes there too.
    var through: Int64?
    /// What happened so long before a record is told of by now (seconds); mostly it takes five minutes.
    static let delay: Int64 = 3_600

    /// Why a file cannot be used.
    struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        var description: String
    }

    /// - Parameter withReads: reads are taken too; where access logs tell of them they count there.
    init(_ packed: ByteBuffer, scope: ReadScope, storeID: String, withReads: Bool) throws(Failure) {
        let text: ByteBuffer
        do throws(Gunzip.Failure) { text = try Gunzip.unpack(packed, limit: Self.maximumBytes) } catch {
            throw Failure(description: error.description)
        }
        let limits = JSONLimits(maxBytes: Self.maximumBytes, maxValues: Self.maximumBytes / 8)
        guard let root = try? JSONDocument.parse(text, limits: limits).root, let list = root["Records"],
            list.kind == .array
        else { throw Failure(description: "it is no file of CloudTrail") }
        for record in list.elements { take(record, scope, storeID, withReads) }
    }

    private mutating func take(_ record: JSONValue, _ scope: ReadScope, _ storeID: String, _ withReads: Bool) {
        guard record.kind == .object, record["eventSource"]?.string != nil else {
            unreadable += 1
            return
        }
        if let time = record["eventTime"]?.string.flatMap({ Timestamp(rfc3339: $0) }) {
            reach(time.milliseconds / 1000 - Self.delay)
        }
        // A copy's record is of its target; what it reads may lie in another bucket.
        if let change = CloudTrailChange.read(record), scope.isOfBucket(change.bucket.utf8) {
            note(change.time.milliseconds / 1000)
            if scope.tells(of: change.key) { changes.append(change) }
        }
        guard case .read(let read) = CloudTrailRead.meaning(record), scope.isOfBucket(read.bucket.utf8) else { return }
        note(read.time)
        guard withReads, scope.tells(of: read.key) else { return }
        let request = Array(read.requestID.utf8)
        let id = request.withUnsafeBytes { RequestMemory.id(store: storeID, request: $0) }
        reads.append(
            LoggedRead(
                key: read.key, requester: read.requester, time: read.time, bytes: read.bytes, size: nil,
                isPartial: false, fullReads: 1, request: request, id: id))
    }

    private mutating func note(_ time: Int64) {
        records += 1
        reach(time)
    }

    private mutating func reach(_ time: Int64) { through = max(through ?? .min, time) }
}
