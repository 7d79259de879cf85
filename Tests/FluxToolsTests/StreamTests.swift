import FluxTesting
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
    @Test func anExportedEventBecomesOneThatMayBePosted() throws {
        let line =
            #"{"id":"e1","type":"a.b","source":"/clients/x","timestamp":"2026-11-23T05:11:20.123Z","recorded_at":"2026-11-23T05:11:20.640Z","partition":0,"offset":7,"correlation_id":null,"user_id":null,"version":"1.0","simulated":false,"data":{"n":[1, 2.50]}}"#
        let posted = try #require(try EventImport.postable(ByteBuffer(string: line), number: 1))
        #expect(posted.form == .native)
        #expect(
            String(buffer: posted.event)
                == #"{"id":"e1","type":"a.b","source":"/clients/x","timestamp":"2026-11-23T05:11:20.123Z","data":{"n":[1, 2.50]}}"#
        )
    }

    @Test func whatOnlyACloudEventCanSayComesAlong() throws {
        let line =
            #"{"id":"e1","type":"com.x.y","source":"/x","subject":"s","timestamp":"2026-11-23T05:11:20.123Z","version":"1.0","data":{},"extensions":{"tenant":"a","n":3}}"#
        let posted = try #require(try EventImport.postable(ByteBuffer(string: line), number: 1))
        #expect(posted.form == .cloudEvent)
        #expect(
            String(buffer: posted.event)
                == #"{"specversion":"1.0","type":"com.x.y","id":"e1","source":"/x","time":"2026-11-23T05:11:20.123Z","subject":"s","data":{},"tenant":"a","n":3}"#
        )
    }

    @Test func dataThatIsNullStaysSo() throws {
        let line = #"{"id":"e1","type":"a.b","source":"/x","correlation_id":null,"data":null}"#
        let posted = try #require(try EventImport.postable(ByteBuffer(string: line), number: 1))
        #expect(String(buffer: posted.event) == #"{"id":"e1","type":"a.b","source":"/x","data":null}"#)
    }

    @Test func linesThatTellOfAGapAreCountedAndPostNothing() async throws {
        let gap = #"{"type":"gap","from":"v1-7-e0-200","to":"v1-7-e0-300","count":100,"reason":"repair"}"#
        #expect(try EventImport.postable(ByteBuffer(string: gap), number: 1) == nil)
        // An event that somebody gave this type is one.
        let event = #"{"id":"e1","source":"/x","type":"gap","data":{}}"#
        #expect(try EventImport.postable(ByteBuffer(string: event), number: 1) != nil)
        // Nothing listens there: a request would fail.
        let client = HTTPClient(address: try ServerAddress("http://127.0.0.1:1"), token: nil)
        let lines = AsyncThrowingStream<ByteBuffer, any Error> { stream in
            for line in [gap, "", gap] { stream.yield(ByteBuffer(string: line)) }
            stream.finish()
        }
        let outcome = try await EventImport(client: client).run(lines) { _ in }
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

    @Test(arguments: [#"{"simulated":true}"#, "[1]", "{", ""])
    func whatIsNoEventNamesItsLine(line: String) {
        do {
            _ = try EventImport.postable(ByteBuffer(string: line), number: 42)
            Issue.record("it was taken")
        } catch {
            #expect(error.message.contains("line 42"))
        }
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
