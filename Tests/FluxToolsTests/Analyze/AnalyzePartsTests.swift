import FluxTesting
import FluxTiering
import Foundation
import Testing

@testable import FluxTools

@Suite struct AnalyzePartsTests {
    @Test func textsAreNumberedAsTheyComeAndToldApartByTheirSalt() {
        var random = SeededRandom()
        var index = ByteIndex()
        var known: [String: Int] = [:]
        for _ in 0..<20_000 {
            let text = String(random.below(3_000), radix: 36)
            let salt = UInt32(random.below(3))
            var copy = text
            let number = copy.withUTF8 { index.number(of: UnsafeRawBufferPointer($0), salt: salt) }
            let expected = known["\(salt)/\(text)", default: known.count]
            known["\(salt)/\(text)"] = expected
            #expect(number == expected, "seed \(random.seed)")
            #expect(String(decoding: index[number], as: UTF8.self) == text && index.salt(number) == salt)
        }
        #expect(index.count == known.count)
        #expect(UnsafeRawBufferPointer(start: nil, count: 0).isEmpty)
        let empty = index.number(of: UnsafeRawBufferPointer(start: nil, count: 0), salt: 9)
        #expect(
            index[empty].isEmpty && index.number(of: UnsafeRawBufferPointer(start: nil, count: 0), salt: 9) == empty)
    }

    /// A line of a server access log.
    private func line(
        _ id: Int, key: String = "a", operation: String = "REST.GET.OBJECT", status: Int = 200, sent: Int = 10,
        size: Int = 10, who: String = "arn:aws:iam::1:user/u", agent: String = "x", second: Int = 0
    ) -> String {
        let time =
            "[06/Feb/2026:00:\(second / 60 < 10 ? "0" : "")\(second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60) +0000]"
        return
            "owner bucket \(time) 192.0.2.3 \(who) R\(id) \(operation) \(key) \"GET /a HTTP/1.1\" \(status) - \(sent) \(size) 1 1 "
            + "\"-\" \"\(agent)\" -"
    }

    private func tally(_ lines: [String]) -> AccessTally {
        var tally = AccessTally()
        for var text in lines { text.withUTF8 { _ = tally.add(line: UnsafeRawBufferPointer($0)) } }
        tally.finish()
        return tally
    }

    @Test func onlyReadsCountAndEachOnce() {
        let counted = tally([
            line(1), line(1), line(2, operation: "REST.HEAD.OBJECT"), line(3, status: 304), line(4, status: 403),
            line(5, operation: "REST.GET.ACL"), line(6, agent: "cloudflux"), line(7, agent: "kube-probe/1.30"),
            line(8, status: 206, sent: 5), line(9, operation: "WEBSITE.GET.OBJECT"), "no line",
        ])
        #expect(counted.objects.count == 1 && counted.objects[0].reads == 3 && counted.objects[0].bytes == 25)
        #expect(counted.duplicates == 1 && counted.unreadable == 1 && counted.lines == 10)
        #expect(counted.rows.count == 1 && abs(counted.rows[0].fullReads - 2.5) < 1e-9)
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func aCopyOntoItselfIsNoReadWhicheverLineComesFirst(_ order: [Int]) {
        let own = [
            line(1, key: "k", operation: "REST.COPY.OBJECT_GET"), line(1, key: "k", operation: "REST.COPY.OBJECT"),
        ]
        let other = [
            line(2, key: "k", operation: "REST.COPY.OBJECT_GET"), line(2, key: "l", operation: "REST.COPY.OBJECT"),
        ]
        let alone = [line(3, key: "k", operation: "REST.COPY.OBJECT_GET")]
        let counted = tally(order.map { own[$0] } + order.map { other[$0] } + alone)
        #expect(counted.objects.reduce(0) { $0 + $1.reads } == 2)
    }

    @Test func aRolesSessionsAreOneRequesterAndPeopleAreNot() {
        let counted = tally([
            line(1, who: "arn:aws:sts::1:assumed-role/Backup/night-1"),
            line(2, who: "arn:aws:sts::1:assumed-role/Backup/night-2"),
            line(3, who: "arn:aws:sts::1:assumed-role/AWSReservedSSO_Read_1a2b/ann@example.com"),
            line(4, who: "arn:aws:sts::1:assumed-role/AWSReservedSSO_Read_1a2b/bob@example.com"), line(5, who: "-"),
        ])
        #expect(
            counted.requesters == [
                "arn:aws:sts::1:assumed-role/Backup",
                "arn:aws:sts::1:assumed-role/AWSReservedSSO_Read_1a2b/ann@example.com",
                "arn:aws:sts::1:assumed-role/AWSReservedSSO_Read_1a2b/bob@example.com", "anonymous:192.0.2.3",
            ])
    }

    @Test func aTraceOfOnlyAFewColumnsIsRead() throws {
        let path = NSTemporaryDirectory() + "trace-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("obj,day,reads,bytes\na,3,1.0,5\nb,1,2,0\na,2,1,1\n".utf8).write(to: URL(filePath: path))
        let trace = try TraceFile.read(path)
        #expect(trace.days == 4 && trace.objects.map(\.firstDay) == [2, 1])
        #expect(trace.objects[0].reads == [.init(day: 2, reads: 1), .init(day: 3, reads: 1)])
    }

    @Test(arguments: [
        "obj,day\na,1", "obj,day,reads\na,-1,1", "obj,day,reads\na,1,nan", "obj,day,reads\na,1", "obj,day,reads",
        "obj,day,reads\na,1e9,1", "",
    ])
    func whatIsNoTraceIsRefusedInASentence(_ text: String) throws {
        let path = NSTemporaryDirectory() + "trace-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(throws: ToolError.self) { try TraceFile.read(path) }
    }
}
