import FluxTesting
import Glibc
import NIOCore
import Testing

@testable import FluxTools

@Suite struct ServerSentEventTests {
    static let stream =
        ": hello\r\nevent: connection\rdata: {\"a\":1}\nid: c1\n\n"
        + "data: one\ndata:two\n\nevent: event\nid: c2\ndata: {\"x\":\"é\"}\n\nid\ndata\n\nevent: nothing\n\n"

    private func messages(cutAt cuts: [Int]) throws -> [ServerSentEventParser.Message] {
        let bytes = Array(Self.stream.utf8)
        var parser = ServerSentEventParser()
        var found: [ServerSentEventParser.Message] = []
        var start = 0
        for end in cuts.sorted() + [bytes.count] {
            found += try parser.feed(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return found
    }

    @Test func messagesAreTakenApart() throws {
        let found = try messages(cutAt: [])
        #expect(found.map(\.name) == ["connection", "message", "event", "message"])
        #expect(found.map { String(buffer: $0.data) } == ["{\"a\":1}", "one\ntwo", "{\"x\":\"é\"}", ""])
        #expect(found.map(\.lastID) == ["c1", "c1", "c2", ""])
    }

    @Test func whereThePiecesAreCutMakesNoDifference() throws {
        let whole = try messages(cutAt: [])
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let count = Array(Self.stream.utf8).count
        for _ in 0..<500 {
            let cuts = (0..<Int(random.next() % 12)).map { _ in Int(random.next() % UInt64(count)) }
            #expect(try messages(cutAt: cuts) == whole, "seed \(seed), cuts \(cuts)")
        }
    }

    @Test func aMessageWithoutEndIsRefused() throws {
        var parser = ServerSentEventParser()
        let piece = ByteBuffer(repeating: 0x61, count: 1 << 20)
        #expect(throws: ToolError.self) {
            for _ in 0..<20 { _ = try parser.feed(piece) }
        }
    }
}

@Suite struct EventImportTests {
    private func read(_ line: String, number: Int = 1) throws(ToolError) -> ImportLine? {
        var file = ImportFile(path: "dir/a b.nd", source: nil)
        return try ImportLine(ByteBuffer(string: line), number: number, of: &file)
    }

    private func posted(_ lines: [String], path: String, source: String? = nil) throws -> [String] {
        var file = ImportFile(path: path, source: source)
        return try lines.enumerated().map { number, line in
            let read = try ImportLine(ByteBuffer(string: line), number: number + 1, of: &file)
            return String(buffer: try #require(read).event)
        }
    }

    @Test func aLineGetsTheSameSourceAndIdInEveryRun() throws {
        let lines = [
            #"{"id":"k","type":"a.b","data":{}}"#, #"{"type":"a.b","data":{}}"#, #"{"type":"a.b","data":{}}"#,
            #"{"id":null,"source":null,"type":"a.b","data":{},"subject":"s"}"#, #" {"type":"a.b","data":{}}  "#,
        ]
        let first = try posted(lines, path: "x/a b.nd")
        #expect(try posted(lines, path: "./y/a b.nd") == first)
        #expect(Set(first).count == lines.count, "equal lines are events of their own")
        #expect(first.allSatisfy { $0.contains(#""source":"/imports/a%20b.nd""#) }, "\(first)")
        #expect(first[0].contains(#""id":"k""#) && first[4].contains("-3\""), "\(first)")
        // What else was in the file before makes no difference to a line.
        #expect(try posted(Array(lines.dropFirst()), path: "a b.nd") == Array(first.dropFirst()))
        // Of another file they are other events, also where all come from one source.
        let mine = try ["a", "b"].map { try posted([#"{"source":"/s","type":"a.b","data":{}}"#], path: $0)[0] }
        #expect(mine[0] != mine[1])
        #expect(try posted([lines[0]], path: "-")[0].contains(#""source":"/imports/standard-input""#))
        #expect(try posted([lines[0]], path: "-", source: "/mine")[0].contains(#""source":"/mine""#))
    }

    @Test(arguments: [
        #"{"id":"e","type":"a.b","soruce":"/x","data":{}}"#,
        #"{"id":"e","type":"a.b","soruce":"/x","subject":"s","data":{}}"#,
    ])
    func unknownKeysAreRefusedByName(line: String) {
        let error = #expect(throws: ToolError.self) { try read(line, number: 7) }
        for word in ["line 7 of dir/a b.nd", "“soruce”", "did you mean “source”?"] {
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: [
        (EventImport.Place(), "bad. Nothing was imported; run"),
        (.init(hasBegun: true, line: 2001), "bad. What stands before line 2001 is in, the rest is not; run"),
        (.init(files: 1), "bad. The file before it is in, the rest is not; run"),
        (
            .init(files: 2, hasBegun: true, line: 9),
            "bad. The 2 files before it are in, as is what stands before line 9 of this one; the rest is not; run"
        ),
    ])
    func anErrorTellsWhatIsIn(place: EventImport.Place, words: String) {
        #expect(place.telling(ToolError(.file, "bad")).message.hasPrefix(words))
    }

    @Test func withoutAnAnswerItIsNotKnownWhatIsIn() {
        let lost = ToolError(.connection, "lost")
        #expect(EventImport.Place().telling(lost).message == "lost")
        #expect(EventImport.Place(hasBegun: true, line: 5).telling(lost).message.contains("the rest perhaps in part"))
    }

    @Test func aLineThatIsTooLongIsNamed() async throws {
        let path = "/tmp/cloudflux-long-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let long = String(repeating: "x", count: EventImport.Limits.maximumLineBytes + 1)
        for end in ["", "\n", "\nshort\n"] {
            try FileBytes.replace(path, with: "one\n\n" + long + end)
            let error = await #expect(throws: ToolError.self) {
                for try await _ in Lines(path: path) {}
            }
            #expect(error?.message.contains("line 3 of \(path) is longer than") == true, "\(error?.message ?? "")")
        }
    }

    @Test func anExportedEventBecomesOneThatMayBePosted() throws {
        let line =
            #"{"id":"e1","type":"a.b","source":"/clients/x","timestamp":"2026-11-23T05:11:20.123Z","recorded_at":"2026-11-23T05:11:20.640Z","partition":0,"offset":7,"correlation_id":null,"user_id":null,"version":"1.0","simulated":false,"data":{"n":[1, 2.50]}}"#
        let posted = try #require(try read(line))
        #expect(posted.form == .native)
        #expect(
            String(buffer: posted.event)
                == #"{"id":"e1","type":"a.b","source":"/clients/x","timestamp":"2026-11-23T05:11:20.123Z","data":{"n":[1, 2.50]}}"#
        )
    }

    @Test func whatOnlyACloudEventCanSayComesAlong() throws {
        let line =
            #"{"id":"e1","type":"com.x.y","source":"/x","subject":"s","timestamp":"2026-11-23T05:11:20.123Z","version":"1.0","data":{},"extensions":{"tenant":"a","n":3}}"#
        let posted = try #require(try read(line))
        #expect(posted.form == .cloudEvent)
        #expect(
            String(buffer: posted.event)
                == #"{"specversion":"1.0","type":"com.x.y","id":"e1","source":"/x","time":"2026-11-23T05:11:20.123Z","subject":"s","data":{},"tenant":"a","n":3}"#
        )
    }

    @Test func dataThatIsNullStaysSo() throws {
        let line = #"{"id":"e1","type":"a.b","source":"/x","correlation_id":null,"data":null}"#
        let posted = try #require(try read(line))
        #expect(String(buffer: posted.event) == #"{"id":"e1","type":"a.b","source":"/x","data":null}"#)
    }

    @Test func linesThatTellOfAGapAreCountedAndPostNothing() async throws {
        let gap = #"{"type":"gap","from":"v1-7-e0-200","to":"v1-7-e0-300","count":100,"reason":"repair"}"#
        #expect(try read(gap) == nil)
        // An event that somebody gave this type is one.
        let event = #"{"id":"e1","source":"/x","type":"gap","data":{}}"#
        #expect(try read(event) != nil)
        // Nothing listens there: a request would fail.
        let client = HTTPClient(address: try ServerAddress("http://127.0.0.1:1"), token: nil)
        let lines = AsyncThrowingStream<ByteBuffer, any Error> { stream in
            for line in [gap, "", gap] { stream.yield(ByteBuffer(string: line)) }
            stream.finish()
        }
        let outcome = try await EventImport(client: client).run(
            lines, of: ImportFile(path: "-", source: nil), number: 0
        ) { _ in }
        #expect(outcome.gaps == 2 && outcome.lines == 3 && outcome.accepted == 0)
    }

    @Test func whatCannotBeReadIsNoEmptyFile() async throws {
        // A folder opens, and fails to be read.
        let error = await #expect(throws: ToolError.self) {
            for try await _ in Lines(path: "/") {}
        }
        #expect(error?.code == .file && error?.message.contains("/") == true, "\(error?.message ?? "")")
        #expect(FileBytes.read("/", limit: 10) == nil)
        #expect(FileBytes.read("/dev/null", limit: 10) == [])
    }

    @Test(arguments: [
        (#"{"simulated":true}"#, "simulated"), ("[1]", "--format ndjson"), (" [", "--format ndjson"), ("{", "not JSON"),
        ("", "not JSON"),
    ])
    func whatIsNoEventNamesItsLine(line: String, word: String) {
        let error = #expect(throws: ToolError.self) { try read(line, number: 42) }
        #expect(error?.message.contains("line 42") == true && error?.message.contains(word) == true)
    }
}

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"), ("https://flux.example.org/", "https://flux.example.org"),
        ("http://[::1]:80", "http://[::1]"), ("HTTP://localhost", "http://localhost"),
    ])
    func addressesAreRead(text: String, shown: String) throws {
        #expect(try ServerAddress(text).description == shown)
    }

    @Test(arguments: ["127.0.0.1:8000", "http://", "http://a/b", "ftp://a", "http://u@a", "http://a:b", "http://::1"])
    func whatIsNoneIsAUsageError(text: String) {
        #expect(throws: ToolError.self) { try ServerAddress(text) }
    }
}
