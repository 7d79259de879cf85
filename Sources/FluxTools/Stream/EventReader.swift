import FluxEvents
public import NIOCore
import NIOHTTP1

/// Reads events of a server: the pages up to the head, or the live stream, which survives broken connections.
public struct EventReader: Sendable {
    /// What to read.
    public struct Request: Sendable {
        public var filter: String
        /// `latest`, `earliest`, `-N`, a time or a cursor, as in the live protocol.
        public var from: String
        public var includeSimulated: Bool

        public init(filter: String = "", from: String, includeSimulated: Bool = false) {
            self.filter = filter
            self.from = from
            self.includeSimulated = includeSimulated
        }
    }

    /// What came.
    public enum Item: Sendable {
        /// The native JSON of an event.
        case event(ByteBuffer)
        /// The whole `gap` message.
        case gap(ByteBuffer)
        /// Words for the person who watches, on standard error.
        case notice(String)
    }

    /// Named limits of the reader.
    public enum Limits {
        /// Longest wait between two attempts to connect again.
        public static let maximumBackoff = Duration.seconds(30)
        /// The most events that `-N` goes back.
        public static let maximumBack = 10_000
    }

    public var client: HTTPClient
    /// Asked before a connection is made again: where the server is now, or nil as long as there is none.
    private let whereNow: @Sendable (HTTPClient) -> HTTPClient?

    public init(client: HTTPClient, whereNow: @escaping @Sendable (HTTPClient) -> HTTPClient? = { $0 }) {
        self.client = client
        self.whereNow = whereNow
    }

    /// Follows the live stream until cancelled. A broken connection is made again from the last cursor.
    ///
    /// - Throws: `ToolError` where the server refuses the request for good (a bad filter, no right).
    public func follow(_ request: Request, onItem: @escaping @Sendable (Item) throws -> Void) async throws {
        var from = request.from
        var failures = 0
        var client = self.client
        while !Task.isCancelled {
            let start = from
            do {
                from = try await once(request, from: start, of: client, onItem: onItem)
                failures = 0
                try onItem(.notice("the server ended the stream; connecting again"))
            } catch let broken as Interrupted {
                // A first connection that fails is the caller's to hear of: the address may be wrong.
                if broken.cursor == nil, failures == 0, start == request.from { throw broken.cause }
                from = broken.cursor ?? start
                failures = broken.cursor == nil ? failures + 1 : 1
                if failures == 1 {
                    try onItem(.notice("the connection broke; connecting again from where it stopped"))
                }
            }
            repeat {
                try await Task.sleep(for: min(Limits.maximumBackoff, .milliseconds(250 << min(failures, 8))))
                if let now = self.whereNow(client) {
                    client = now
                    break
                }
                failures += 1
            } while true
        }
    }

    private struct Interrupted: Error {
        var cursor: String?
        var cause: any Error
    }

    private func once(
        _ request: Request, from: String, of client: HTTPClient, onItem: @escaping @Sendable (Item) throws -> Void
    ) async throws -> String {
        let query = Query([
            ("filter", request.filter.isEmpty ? nil : request.filter), ("from", from),
            ("simulated", request.includeSimulated ? "1" : nil),
        ])
        let seen = LockedText()
        do {
            return try await client.withAnswer(
                .GET, "/api/stream/live" + query.text, headers: ["Accept": "text/event-stream"]
            ) { answer in
                try await HTTPClient.require2xx(answer)
                var parser = ServerSentEventParser()
                for try await piece in answer.body {
                    for message in try parser.feed(piece) {
                        try Self.handle(message, onItem)
                        if let id = message.lastID { seen.value = id }
                    }
                }
                return seen.value ?? from
            }
        } catch let error as ToolError where [.server, .usage, .file, .readerGone].contains(error.code) {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Interrupted(cursor: seen.value, cause: error)
        }
    }

    private static func handle(_ message: ServerSentEventParser.Message, _ onItem: (Item) throws -> Void) throws {
        switch message.name {
        case "event":
            let document = try JSONDocument.parse(message.data, limits: HTTPClient.Limits.json)
            if let event = document.root["data"] { try onItem(.event(event.bytes)) }
        case "gap": try onItem(.gap(message.data))
        case "error": throw Problem.error(inStream: message.data)
        default: break
        }
    }

    /// Reads the pages from a place up to the head, oldest first.
    public func readToHead(_ request: Request, onItem: @escaping @Sendable (Item) throws -> Void) async throws {
        if request.from.hasPrefix("-") {
            guard let count = Int(request.from.dropFirst()), (1...Limits.maximumBack).contains(count) else {
                throw ToolError(.usage, "--from \(request.from): at most \(Limits.maximumBack) events back, at least 1")
            }
            return try await newest(count, filter: request.filter, onItem: onItem)
        }
        var cursor: String?
        var since: String?
        switch request.from {
        case "earliest": break
        case "latest": return
        default:
            if Timestamp(rfc3339: request.from) != nil {
                since = request.from
            } else if Self.looksLikeCursor(request.from) {
                cursor = request.from
            } else {
                throw ToolError(
                    .usage,
                    "--from “\(request.from.prefix(80))” is no place to start from; give latest, earliest, -N (such as "
                        + "-100), a time such as 2026-11-23T05:11:20Z, or a cursor")
            }
        }
        repeat {
            let page = try await page(
                order: "asc", limit: 1000, filter: request.filter, cursor: cursor, since: since)
            for gap in page.gaps { try onItem(.gap(gap)) }
            for event in page.events { try onItem(.event(event)) }
            cursor = page.next
        } while cursor != nil && !Task.isCancelled
    }

    /// Whether the server should judge it: cursors begin with `v`, their version and a dash.
    private static func looksLikeCursor(_ text: String) -> Bool {
        let version = text.dropFirst().prefix { ("0"..."9").contains($0) }
        return text.hasPrefix("v") && !version.isEmpty && text.dropFirst(1 + version.count).hasPrefix("-")
    }

    private func newest(
        _ count: Int, filter: String, onItem: @escaping @Sendable (Item) throws -> Void
    ) async throws {
        var events: [ByteBuffer] = []
        var gaps: [ByteBuffer] = []
        var cursor: String?
        repeat {
            let page = try await page(
                order: "desc", limit: min(1000, count - events.count), filter: filter, cursor: cursor, since: nil)
            events += page.events
            gaps += page.gaps
            cursor = page.next
        } while cursor != nil && events.count < count && !Task.isCancelled
        for gap in gaps.reversed() { try onItem(.gap(gap)) }
        for event in events.reversed() { try onItem(.event(event)) }
    }

    private func page(
        order: String, limit: Int, filter: String, cursor: String?, since: String?
    ) async throws -> Page {
        func fetch(_ limit: Int) async throws -> ByteBuffer {
            let query = Query([
                ("order", order), ("limit", String(limit)), ("filter", filter.isEmpty ? nil : filter),
                ("cursor", cursor), ("since", since),
            ])
            do {
                return try await client.fetch(.GET, "/api/stream/events" + query.text)
            } catch let error as ToolError where error.code == .answerTooLarge && limit > 1 {
                return try await fetch(limit / 8 + 1)
            }
        }
        let document = try JSONDocument.parse(try await fetch(limit), limits: HTTPClient.Limits.json)
        return Page(
            events: document.root["events"]?.elements.map(\.bytes) ?? [],
            gaps: document.root["gaps"]?.elements.map(Self.message(of:)) ?? [],
            next: document.root["next_cursor"]?.string)
    }

    private struct Page {
        var events: [ByteBuffer]
        /// What the page could not show, as streams tell it.
        var gaps: [ByteBuffer]
        var next: String?
    }

    private static func message(of gap: JSONValue) -> ByteBuffer {
        var out = JSONWriter()
        out.beginObject()
        out.field("type", "gap")
        for (name, value) in gap.members { out.field(name, raw: value.bytes) }
        out.endObject()
        return out.buffer
    }
}
