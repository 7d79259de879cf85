import FluxEvents
import NIOCore

/// A read as a line of an access log tells of it.
struct LoggedRead: Sendable, Hashable {
    /// Byte for byte.
    var key: [UInt8]
    var requester: String
    /// Seconds since 1970.
    var time: Int64
    /// That were sent.
    var bytes: Int64
    /// Of the object; nil where the line does not say.
    var size: Int64?
    var isPartial: Bool
    /// 1 is all of the object.
    var fullReads: Double
    var request: [UInt8]
    /// The request's id, hashed.
    var id: UInt64
}

/// Reads of one object by one requester within an hour or a day, as one log file tells of them.
struct ReadSum: Sendable, Hashable {
    var count: Int64 = 0
    var bytes: Int64 = 0
    var fullReads = 0.0
    /// Seconds since 1970.
    var first: Int64 = .max
    var last: Int64 = .min
    /// The object's size at the last read that tells it.
    var size: Int64?

    mutating func add(_ read: LoggedRead) {
        count += 1
        bytes &+= read.bytes
        fullReads += read.fullReads
        first = min(first, read.time)
        if read.time >= last { size = read.size ?? size }
        last = max(last, read.time)
    }
}

/// Writes the events of reads. Pure.
///
/// Ids are derived from what S3 says, so that a file that is read again says the same.
struct ReadEvents: Sendable {
    /// The canonical URL of the store without parameters.
    var source: String
    var bucket: String
    /// How they were seen: `access-log`, `cloudtrail`.
    var detected = "access-log"

    func one(_ read: LoggedRead) -> Event {
        var details: Details = ["detected": .string(detected), "requester": .string(read.requester)]
        if read.isPartial { details["status"] = .integer(206) }
        if read.fullReads < 1 { details["full_reads"] = Self.number(read.fullReads) }
        return event(
            read.key, size: read.size, count: 1, bytes: read.bytes, details,
            outside: [Array("read".utf8), read.request],
            time: read.time)
    }

    /// - Parameters:
    ///   - file: the key of the log file.
    ///   - section: of the file.
    func sum(
        _ sum: ReadSum, key: [UInt8], requester: String, unit: AccessDetail.Unit, slot: Int64, file: [UInt8],
        section: Int
    ) -> Event {
        let details: Details = [
            "detected": .string(detected), "requester": .string(requester),
            "first": .time(Timestamp(milliseconds: sum.first * 1000)), "full_reads": Self.number(sum.fullReads),
        ]
        let outside = [
            Array("reads \(unit.rawValue) \(slot) \(section)".utf8), file, key, Array(requester.utf8),
        ]
        return event(key, size: sum.size, count: sum.count, bytes: sum.bytes, details, outside: outside, time: sum.last)
    }

    private func event(
        _ key: [UInt8], size: Int64?, count: Int64, bytes: Int64, _ details: Details, outside: [[UInt8]], time: Int64
    ) -> Event {
        // Each part with its length: a key may hold anything.
        let id = outside.flatMap { Array("\($0.count) ".utf8) + $0 }
        return ObjectEventData(
            object: ObjectRef(provider: .aws, bucket: bucket, key: key), operation: "read", sizeBytes: size,
            accessCount: count, bytes: bytes, details: details
        ).event(
            .download, id: Identifier.derived(source: source, outsideID: id), source: source,
            time: Timestamp(milliseconds: time * 1000))
    }

    /// With at most six decimals, which is more than anybody knows.
    private static func number(_ value: Double) -> Details.Value {
        var json = JSONWriter()
        json.double((value * 1e6).rounded() / 1e6)
        return .raw(json.buffer)
    }
}
