import FluxCatalog
import FluxEvents
import FluxLog
import Foundation
import NIOCore

/// Reads, as access logs tell of them: into a log, and what the catalogue answers once they are folded.
enum Reads {
    private static let requesters = 20
    private static let store = "st_bench"
    private static let day: Int64 = 86_400_000

    /// Appends reads of the objects that `fill` made, spread over days that end today, in the order of time.
    static func fill(_ directory: String, objects: Int, reads: Int, days: Int, first: Int = 0) async throws {
        let log = try Sample.open(directory)
        let topic = log.topic("events")
        let clock = ContinuousClock()
        let start = clock.now
        let end = Timestamp.now().milliseconds
        let added = StoreNotice(
            storeID: store, url: Sample.source, provider: .file, bucket: Sample.bucket, origin: "api"
        ).event(.storeAdded, id: "store", source: Sample.source, time: Timestamp(milliseconds: end))
        if first == 0 { _ = try await topic.append([added.record()]) }
        var next = 0
        while next < reads {
            let piece = next..<min(next + 1_000, reads)
            let records = piece.map { number in
                let age = Int64(reads - 1 - number) * Int64(days) * day / Int64(reads)
                return record(first + number, objects: objects, time: end - age)
            }
            _ = try await topic.append(records)
            next = piece.upperBound
        }
        let took = Bench.seconds(clock.now - start)
        await log.close()
        tell(["events": Double(reads), "seconds": took, "rate": Double(reads) / took])
    }

    private static func record(_ number: Int, objects: Int, time: Int64) -> Record {
        let spread = Int((UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15) >> 33)
        let object = ObjectRef(
            provider: .file, bucket: Sample.bucket, key: Array(Sample.key(spread % objects).utf8))
        let details: Details = [
            "detected": .string("access-log"),
            "requester": .string("arn:aws:iam::123456789012:user/reader-\(spread % requesters)"),
            "full_reads": .raw(ByteBuffer(string: "0.25")),
        ]
        var data = ObjectEventData(object: object, operation: "read", accessCount: 1, details: details).data()
        data.moveWriterIndex(to: data.writerIndex - 1)
        data.writeString(",\"bytes\":262144}")
        return Event(
            id: "read_\(number)", source: Sample.source, type: .download, subject: object.keyText,
            time: Timestamp(milliseconds: time), data: data, key: object.recordKey
        ).record()
    }

    /// How long the overview, lists and all histories take in a folder that is folded, in milliseconds.
    static func ask(_ directory: String) async throws {
        let log = try Sample.open(directory)
        let catalog = try Catalog.open(directory: directory, log: log.topic("events"), logger: quiet)
        let now = Timestamp.now()
        var result = ["overview_first": try await time { _ = try await catalog.overview(now: now) }]
        result["overview"] = try await median { _ = try await catalog.overview(now: now) }
        for sort in ObjectQuery.Sort.allCases {
            result["list_\(sort.rawValue)"] = try await median {
                _ = try await catalog.objects(ObjectQuery(sort: sort, order: .descending), today: now.day)
            }
        }
        let id = try await catalog.objects(ObjectQuery(sort: .accesses), today: now.day).objects.first?.id ?? ""
        result["object"] = try await median { _ = try await catalog.object(id: id, today: now.day) }
        var (objects, days) = (0, 0)
        result["histories"] = try await time {
            var position: ReadHistoryPosition?
            repeat {
                let page = try await catalog.readHistories(
                    store: store, from: position, limit: 1_000, today: now.day)
                objects += page.objects.count
                days += page.objects.reduce(0) { $0 + $1.days.count }
                position = page.next
            } while position != nil
        }
        result["histories_objects"] = Double(objects)
        result["histories_days"] = Double(days)
        result["megabytes"] = Double(Bench.fileSize("\(directory)/catalog.sqlite")) / 1e6
        catalog.close()
        await log.close()
        tell(result)
    }

    /// Appends the verdict that the reads of one requester were a scan.
    static func judge(_ directory: String, days: Int) async throws {
        let log = try Sample.open(directory)
        let now = Timestamp.now()
        func date(_ age: Int) -> String {
            String(Timestamp(milliseconds: now.milliseconds - Int64(age) * day).rfc3339.prefix(10))
        }
        let data = """
            {"provider":"file","bucket":"\(Sample.bucket)","pattern_type":"scan","access_count":1,"details":{\
            "requester":"arn:aws:iam::123456789012:user/reader-7","prefix":"","first_day":"\(date(days - 1))",\
            "last_day":"\(date(0))"}}
            """
        let event = Event(
            id: "verdict", source: Sample.source, type: .patternDetected, time: now, data: ByteBuffer(string: data),
            key: ByteBuffer(string: Sample.source))
        _ = try await log.topic("events").append([event.record()])
        await log.close()
    }

    private static func time(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await body()
        return Bench.seconds(clock.now - start) * 1_000
    }

    private static func median(_ body: () async throws -> Void) async throws -> Double {
        var times: [Double] = []
        for _ in 0..<9 { times.append(try await time(body)) }
        return times.sorted()[4]
    }
}
