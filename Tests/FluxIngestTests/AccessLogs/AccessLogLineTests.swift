import FluxEvents
import FluxTesting
import Foundation
import NIOCore
import Testing

@testable import FluxIngest

/// `conformance/clouds/access-logs` compares more of them, line by line, with a reference in Python.
@Suite struct AccessLogLineTests {
    private struct Read: Equatable {
        var bucket, requester, requestID, operation, key, error, agent: String
        var time: Int64
        var status: Int?
        var bytes, size: Int64?
        var version: String?
    }

    private static func read(_ text: String) throws -> Read {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { raw in
            let line = try AccessLogLine(raw)
            func words(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
            return Read(
                bucket: words(line.bucket), requester: words(line.requester), requestID: words(line.requestID),
                operation: words(line.operation), key: words(line.key), error: words(line.errorCode),
                agent: words(line.userAgent), time: line.time, status: line.status, bytes: line.bytesSent,
                size: line.objectSize, version: line.versionID.map(words))
        }
    }

    private static func line(
        time: String = "[06/Feb/2019:00:00:38 +0000]", requester: String = "arn:aws:iam::1:user/u",
        id: String = "3E57427F3EXAMPLE",
        operation: String = "REST.GET.OBJECT", key: String = "a/b.txt", request: String = "GET /b/a/b.txt HTTP/1.1",
        numbers: String = "200 - 113 4406583 7 6", referer: String = "-", agent: String = "S3Console/0.4",
        tail: String =
            " - s9lzHYrFp76Z= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader b.s3.amazonaws.com TLSV1.2 - - us-east-1"
    ) -> String {
        "79a59df9 my-bucket \(time) 192.0.2.3 \(requester) \(id) \(operation) \(key) \"\(request)\" \(numbers) \"\(referer)\" \"\(agent)\"\(tail)"
    }

    @Test func aLineIsRead() throws {
        let read = try Self.read(Self.line())
        #expect(
            read
                == Read(
                    bucket: "my-bucket", requester: "arn:aws:iam::1:user/u", requestID: "3E57427F3EXAMPLE",
                    operation: "REST.GET.OBJECT", key: "a/b.txt", error: "-", agent: "S3Console/0.4",
                    time: 1_549_411_238,
                    status: 200, bytes: 113, size: 4_406_583, version: nil))
    }

    @Test(arguments: [
        "", " - host=", " - host= SigV4 ECDHE AuthHeader b.s3.amazonaws.com TLSV1.2",
        " v1 host= SigV4 ECDHE AuthHeader b.s3.amazonaws.com TLSV1.2 - Yes us-east-1 and what comes later",
    ])
    func linesGrewWithTheYears(_ tail: String) throws {
        let read = try Self.read(Self.line(tail: tail))
        #expect(read.agent == "S3Console/0.4")
        #expect(read.version == (tail.hasPrefix(" v1") ? "v1" : nil))
    }

    @Test func aRequesterMayHoldBlanks() throws {
        let name = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLEID"
        #expect(try Self.read(Self.line(requester: name)).requester == name)
    }

    @Test func operationsAndIdentifiersOfOtherShapes() throws {
        let id = "4ee97e7b-9c52-4ec5-a9ed-1f2e1d8a1d4c"
        let read = try Self.read(
            Self.line(id: id, operation: "S3.COMPUTE.OBJECT.CHECKSUM", request: "-", numbers: "- - - 113 - -"))
        #expect(read.requestID == id)
        #expect(read.operation == "S3.COMPUTE.OBJECT.CHECKSUM")
        #expect(read.status == nil)
        #expect(read.bytes == nil)
        #expect(read.size == 113)
    }

    /// What a client writes into its headers is not taken for fields.
    @Test(arguments: [
        #"GET /" HTTP/1.1"#, #"GET /a"b" 200 - HTTP/1.1"#, #"GET /%22 HTTP/1.0"#, #"GET /"""" HTTP/1.1"#,
    ])
    func quotesInTheRequest(_ request: String) throws {
        let read = try Self.read(Self.line(key: "%2522", request: request, numbers: "403 AccessDenied 243 - 8 -"))
        #expect(read.status == 403)
        #expect(read.error == "AccessDenied")
        #expect(read.bytes == 243)
    }

    @Test(arguments: [
        #"Mozilla/5.0 (iPad)""#, #"x" - HTTP/1.1" 200 - 999 999 1 1 "-" "y"#, #"" "" ""#, #"a" "b" "c"#, "", " ",
    ])
    func quotesInTheAgent(_ agent: String) throws {
        let read = try Self.read(Self.line(numbers: "206 - 5 10 7 6", agent: agent))
        #expect(read.status == 206)
        #expect(read.bytes == 5)
        #expect(read.agent.hasSuffix(agent) || agent.hasSuffix(read.agent))
    }

    @Test func quotesInTheReferer() throws {
        let read = try Self.read(Self.line(referer: #"http://x/" HTTP/1.1" 200 - 9 9 9 9"#))
        #expect(read.status == 200)
        #expect(read.bytes == 113)
    }

    @Test(arguments: [
        ("[31/Dec/1999:23:59:59 +0000]", 946_684_799), ("[29/Feb/2024:12:00:00 +0100]", 1_709_204_400),
        ("[01/Jan/1970:00:00:00 -0130]", 5_400), ("[01/Mar/2100:00:00:00 +0000]", 4_107_542_400),
    ])
    func times(_ text: String, _ seconds: Int64) throws {
        #expect(try Self.read(Self.line(time: text)).time == seconds)
    }

    @Test(arguments: [
        line(time: "[06/Foo/2019:00:00:38 +0000]"), line(time: "[06/Feb/2019:24:00:38 +0000]"), line(time: "-"),
        line(id: ""),
        line(operation: ""), line(request: "GET / HTTP/1.1\" 2000 -", numbers: ""), line(numbers: "OK - 1 1 1 1"),
        line(numbers: "200 - -5 1 1 1"), line(numbers: "200 - 1234567890123456789 1 1 1"), line(numbers: "200 -"), "",
        " ", "\"",
        "a b", "# a comment", #"{"json":true}"#, String(repeating: "x", count: AccessLogLine.maximumBytes + 1),
    ])
    func whatIsNoLineIsRefused(_ text: String) {
        #expect(throws: AccessLogLine.Failure.self) { try Self.read(text) }
    }

    @Test func aLineThatIsCutIsRefusedOrShorter() {
        let line = Self.line()
        for end in line.indices { _ = try? Self.read(String(line[..<end])) }
    }

    @Test func whateverArrives() {
        var random = SeededRandom()
        let words = [
            " ", "\"", "[", "]", "-", "HTTP/1.1\" 200 ", "[06/Feb/2019:00:00:38 +0000]", "a", "\u{0}", "200", "\" \"",
            "é", "GET /",
        ]
        for _ in 0..<20_000 {
            _ = try? Self.read((0..<random.below(40)).map { _ in random.pick(words) }.joined())
        }
        // And lines in which some bytes are others.
        let line = Array(Self.line().utf8)
        for _ in 0..<20_000 {
            var bytes = line
            for _ in 0..<random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes.withUnsafeBytes { raw in _ = try? AccessLogLine(raw) }
        }
    }

    @Test(arguments: [
        ("a/b.txt", "a/b.txt"), ("%2522", "\""), ("a%2520b", "a b"), ("a%20b", "a b"), ("75*75", "75*75"),
        ("100%2525", "100%"),
        ("100%25", "100%"), ("%", "%"), ("%2", "%2"), ("%zz%2541", "%zzA"), ("a+b", "a+b"),
    ])
    func keysAreDecodedTwice(_ logged: String, _ key: String) {
        #expect(AccessLogKey.decode(Array(logged.utf8)) == Array(key.utf8))
    }
}

/// Answers the judge's questions; does nothing by itself.
@Suite struct AccessLogJudgeTests {
    private static var input: String? { ProcessInfo.processInfo.environment["FLUX_ACCESS_LOG_IN"] }

    @Test(.enabled(if: input != nil)) func readsForTheJudge() throws {
        let path = try #require(Self.input)
        let output = try #require(ProcessInfo.processInfo.environment["FLUX_ACCESS_LOG_OUT"])
        let lines = try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A, omittingEmptySubsequences: false)
            .dropLast()
        var answers = ""
        for line in lines {
            answers += Self.answer(Array(line)) + "\n"
        }
        try Data(answers.utf8).write(to: URL(filePath: output))
    }

    private static func answer(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { raw in
            guard let line = try? AccessLogLine(raw) else { return "null" }
            // One character a byte, as the judge has it.
            func words(_ range: Range<Int>) -> String {
                String(String.UnicodeScalarView(bytes[range].map { Unicode.Scalar($0) }))
            }
            var json = JSONWriter()
            json.beginObject()
            json.field("bucket", words(line.bucket))
            json.field("time", line.time)
            json.field("requester", words(line.requester))
            json.field("id", words(line.requestID))
            json.field("operation", words(line.operation))
            json.field("key", words(line.key))
            json.field("status", line.status)
            json.field("error", words(line.errorCode))
            json.field("bytes", line.bytesSent)
            json.field("size", line.objectSize)
            json.field("agent", words(line.userAgent))
            json.field("version", line.versionID.map(words))
            json.endObject()
            return String(buffer: json.buffer)
        }
    }
}
