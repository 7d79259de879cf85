import FluxEvents
import FluxTesting
import Testing

@testable import FluxIngest

@Suite struct ReadAggregatorTests {
    private struct Told {
        var events: [Event] = []
        var requests: Set<UInt64> = []

        func data(_ index: Int) throws -> JSONValue { try JSONDocument.parse(events[index].data).root }
    }

    private static let scope = ReadScope(
        bucket: Array("my-bucket".utf8), prefix: Array("data/".utf8), logBucket: Array("my-bucket".utf8),
        logPrefix: Array("data/log/".utf8))

    /// What a file says, given in pieces of that many bytes.
    private static func tell(
        _ text: String, unit: AccessDetail.Unit = .each, file: String = "log/f", pieces: Int = .max,
        copies: CopyBook = CopyBook(), told: Set<UInt64> = [], sectionLines: Int64 = ReadAggregator.sectionLines
    ) -> (told: Told, reader: ReadAggregator) {
        var reader = ReadAggregator(
            file: Array(file.utf8), unit: unit, scope: scope, storeID: "st",
            events: ReadEvents(source: "s3://my-bucket/data/", bucket: "my-bucket"), copies: copies,
            isTold: { told.contains($0) }, sectionLines: sectionLines)
        var all = Told()
        func take(_ batch: ReadAggregator.Batch) {
            all.events += batch.events
            all.requests.formUnion(batch.requests)
        }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            take(rest.prefix(pieces).withUnsafeBytes { reader.feed($0) })
            rest = rest.dropFirst(pieces)
        }
        take(reader.finish())
        return (all, reader)
    }

    @Test func eachReadIsAnEvent() throws {
        let text =
            LogText.line(id: "R1", key: "data/a%2520b", bytes: "25", size: "100")
            + LogText.line(id: "R2", key: "data/b", status: "206", bytes: "100", size: "100")
            + LogText.line(id: "R3", operation: "REST.HEAD.OBJECT") + LogText.line(id: "R4", status: "304")
            + LogText.line(id: "R5", key: "other/x") + LogText.line(bucket: "your-bucket", id: "R6")
            + LogText.line(id: "R7", key: "data/log/x") + LogText.line(id: "R8", agent: "cloudflux")
            + LogText.line(id: "R9", agent: "ELB-HealthChecker/2.0")
            + LogText.line(id: "R10", operation: "REST.PUT.OBJECT")
            + LogText.line(requester: "-", id: "R11", operation: "WEBSITE.GET.OBJECT", bytes: "-", size: "-")
            + "garbage\n\n"
        let (told, reader) = Self.tell(text)
        #expect(told.events.count == 3 && told.requests.count == 3)
        #expect(reader.lines == 13 && reader.unreadable.count == 1 && reader.reads == 3)
        let first = try told.data(0)
        #expect(first["file_name"]?.string == "data/a b" && first["operation"]?.string == "read")
        #expect(first["access_count"]?.int64 == 1 && first["bytes"]?.int64 == 25 && first["size_bytes"]?.int64 == 100)
        #expect(first["details"]?["full_reads"]?.double == 0.25 && first["details"]?["status"] == nil)
        #expect(first["details"]?["detected"]?.string == "access-log")
        #expect(told.events[0].time.milliseconds == 1_795_996_800_000)
        let second = try told.data(1)["details"]
        #expect(second?["status"]?.int64 == 206 && second?["full_reads"] == nil)
        let third = try told.data(2)
        #expect(third["details"]?["requester"]?.string == "anonymous:192.0.2.3")
        #expect(third["bytes"]?.int64 == 0 && third["size_bytes"] == nil)
        for event in told.events {
            #expect(try Schemas.validate(data: JSONDocument.parse(event.data).root, type: .download).isEmpty)
        }
    }

    @Test func idsAreTheSameHoweverTheFileComes() {
        var random = SeededRandom()
        var text = ""
        for number in 0..<300 {
            text += LogText.line(
                time: 1_795_996_800 + Int64.random(in: 0...20_000, using: &random),
                requester: "u\(Int.random(in: 0...3, using: &random))", id: "R\(number)",
                operation: number % 7 == 0 ? "REST.COPY.OBJECT_GET" : "REST.GET.OBJECT",
                key: "data/\(Int.random(in: 0...9, using: &random))")
        }
        for unit in [AccessDetail.Unit.each, .hour, .day] {
            let whole = Self.tell(text, unit: unit).told
            #expect(Set(whole.events.map(\.id)).count == whole.events.count)
            for _ in 0..<5 {
                let cut = Self.tell(text, unit: unit, pieces: Int.random(in: 1...5000, using: &random)).told
                #expect(Set(cut.events) == Set(whole.events), "seed \(random.seed)")
                #expect(cut.requests == whole.requests && cut.requests.count == 300, "seed \(random.seed)")
            }
            let other = Self.tell(text, unit: unit, file: "log/g").told.events.map(\.id)
            // Of a read by itself the request says which it is; of a sum, the file.
            #expect(Set(other).isDisjoint(with: whole.events.map(\.id)) == (unit != .each))
        }
    }

    @Test func sumsAreOfOneObjectRequesterAndHour() throws {
        let start: Int64 = 1_795_996_800
        let text =
            LogText.line(time: start + 10, id: "1", bytes: "100") + LogText.line(time: start + 5, id: "2", bytes: "50")
            + LogText.line(time: start + 3600, id: "3") + LogText.line(time: start, requester: "v", id: "4")
            + LogText.line(time: start, id: "5", key: "data/b") + LogText.line(time: start, id: "1", bytes: "100")
        let (told, reader) = Self.tell(text, unit: .hour)
        #expect(told.events.count == 4 && reader.reads == 5)
        let sum = try told.data(0)
        #expect(sum["access_count"]?.int64 == 2 && sum["bytes"]?.int64 == 150)
        #expect(sum["details"]?["full_reads"]?.double == 1.5)
        #expect(sum["details"]?["first"]?.string == Timestamp(milliseconds: (start + 5) * 1000).rfc3339)
        #expect(told.events[0].time.milliseconds == (start + 10) * 1000)
        #expect(Self.tell(text, unit: .day).told.events.count == 3)
        // What was told by another file is not counted.
        let rest = Self.tell(text, unit: .hour, told: told.requests).told
        #expect(rest.events.isEmpty && rest.requests.isEmpty)
    }

    @Test func aLargeFileIsToldInSectionsThatShareNoId() throws {
        let lines = 1010
        var text = ""
        for number in 0..<lines { text += LogText.line(id: "R\(number)") }
        let (told, reader) = Self.tell(text, unit: .day, pieces: 10_000, sectionLines: 1000)
        #expect(told.events.count == 2 && Set(told.events.map(\.id)).count == 2)
        #expect(reader.reads == Int64(lines))
        #expect(try told.data(0)["access_count"]?.int64 == 1000)
    }

    @Test func aCopyOntoItselfIsNoRead() {
        let source = LogText.line(id: "C", operation: "REST.COPY.OBJECT_GET", bytes: "-")
        let same = LogText.line(id: "C", operation: "REST.COPY.OBJECT")
        let elsewhere = LogText.line(id: "C", operation: "REST.COPY.OBJECT", key: "data/copy")
        let foreign = LogText.line(bucket: "your-bucket", id: "C", operation: "REST.COPY.OBJECT")
        #expect(Self.tell(source + same).told.events.isEmpty)
        #expect(Self.tell(same + source).told.events.isEmpty)
        #expect(Self.tell(source + elsewhere).told.events.count == 1)
        #expect(Self.tell(source + foreign).told.events.count == 1)
        #expect(Self.tell(source).told.events.count == 1)
        let before = Self.tell(same).reader.copies
        #expect(Self.tell(source, copies: before).told.events.isEmpty)
    }

    @Test(arguments: [
        ("arn:aws:sts::1:assumed-role/backup/night-1", "arn:aws:sts::1:assumed-role/backup"),
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_x/ada", "arn:aws:sts::1:assumed-role/AWSReservedSSO_x/ada"),
        ("arn:aws:iam::1:user/ada", "arn:aws:iam::1:user/ada"), ("79a59df9", "79a59df9"),
    ])
    func aRolesSessionsAreOneRequester(_ text: String, _ name: String) throws {
        let told = Self.tell(LogText.line(requester: text, id: "1")).told
        #expect(try told.data(0)["details"]?["requester"]?.string == name)
    }

    @Test func noTextBreaksIt() {
        var random = SeededRandom()
        let line = Array(LogText.line(id: "1").utf8)
        for _ in 0..<500 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                var copy = line
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    copy[Int.random(in: 0..<copy.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                bytes += copy.prefix(Int.random(in: 0...copy.count, using: &random))
            }
            var reader = ReadAggregator(
                file: [], unit: .hour, scope: Self.scope, storeID: "st",
                events: ReadEvents(source: "s3://my-bucket", bucket: "my-bucket"), copies: CopyBook(),
                isTold: { _ in false })
            _ = bytes.withUnsafeBytes { reader.feed($0) }
            _ = reader.finish()
            let lines = Int64(bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count)
            #expect(reader.lines == lines || reader.lines == lines - 1, "seed \(random.seed)")
        }
        let long = String(repeating: "x", count: AccessLogLine.maximumBytes + 1) + "\n" + LogText.line(id: "1")
        for pieces in [1000, .max] {
            let (told, reader) = Self.tell(long, pieces: pieces)
            #expect(told.events.count == 1 && reader.unreadable.count == 1 && reader.lines == 2)
        }
    }
}
