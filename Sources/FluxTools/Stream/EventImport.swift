import FluxEvents
public import NIOCore
import NIOHTTP1

/// Turns lines of exported events back into what may be posted, and posts them in batches.
public struct EventImport: Sendable {
    /// Named limits of an import.
    public enum Limits {
        /// Events in one request.
        public static let batchEvents = 1000
        /// Bytes in one request.
        public static let batchBytes = 4 * 1024 * 1024
        /// The longest line.
        public static let maximumLineBytes = 1024 * 1024
    }

    /// What an import did.
    public struct Outcome: Sendable, Hashable {
        public var accepted = 0
        public var duplicates = 0
        public var lines = 0
        /// Lines by which an export told of events that it could not read; they are no events and are left out.
        public var gaps = 0

        public init() {}
    }

    /// How an event is posted: natively, or as a CloudEvent where it has what only that can say.
    enum Form: Sendable, Hashable {
        case native, cloudEvent

        var contentType: String {
            self == .native ? "application/json" : "application/cloudevents-batch+json"
        }
    }

    /// Events of one request, and the lines that they stand in.
    private struct Batch {
        var form = Form.native
        var body = ByteBuffer()
        var lines: [Int] = []

        mutating func add(_ event: ByteBuffer, line: Int) {
            body.writeString(lines.isEmpty ? "[" : ",")
            body.writeImmutableBuffer(event)
            lines.append(line)
        }

        func hasRoom(for event: ByteBuffer, _ form: Form) -> Bool {
            lines.isEmpty
                || form == self.form && lines.count < Limits.batchEvents
                    && body.readableBytes + event.readableBytes <= Limits.batchBytes
        }
    }

    /// The fields that an event may have when it is posted; the rest of an envelope is the log's to give.
    private static let posted: Set<String> = ["id", "source", "type", "timestamp", "correlation_id", "data"]

    public var client: HTTPClient

    public init(client: HTTPClient) {
        self.client = client
    }

    /// One line, as it may be posted: the envelope's own fields, and nulls but for data, are left out, simulated events refused. Nil for
    /// a line that tells of a gap.
    ///
    /// - Throws: `ToolError` with code `file` that names the line.
    static func postable(_ line: ByteBuffer, number: Int) throws(ToolError) -> (form: Form, event: ByteBuffer)? {
        let root: JSONValue
        do {
            root = try JSONDocument.parse(line).root
        } catch {
            throw ToolError(.file, "line \(number) is not JSON: \(error)", underlying: error)
        }
        guard root.kind == .object else { throw ToolError(.file, "line \(number) is not an event") }
        if root["simulated"]?.bool == true {
            throw ToolError(.file, "line \(number) is a simulated event, which may not become a real one")
        }
        if root["type"]?.string == "gap", root["data"] == nil, root["id"] == nil { return nil }
        if root["specversion"] != nil { return (.cloudEvent, root.bytes) }
        if root["extensions"] != nil || root["subject"] != nil { return (.cloudEvent, cloudEvent(root)) }
        var out = JSONWriter()
        out.beginObject()
        for (key, value) in root.members where posted.contains(key) && (!value.isNull || key == "data") {
            out.field(key, raw: value.bytes)
        }
        out.endObject()
        return (.native, out.buffer)
    }

    /// A native envelope in structured mode; extensions and subject come along.
    private static func cloudEvent(_ root: JSONValue) -> ByteBuffer {
        var out = JSONWriter()
        out.beginObject()
        out.field("specversion", "1.0")
        if let type = root["type"]?.string { out.field("type", EventType(rawValue: type).cloudEventsName) }
        let names = [
            ("id", "id"), ("source", "source"), ("timestamp", "time"), ("subject", "subject"),
            ("correlation_id", "correlationid"), ("data", "data"),
        ]
        for (native, name) in names {
            if let value = root[native], !value.isNull { out.field(name, raw: value.bytes) }
        }
        if let extensions = root["extensions"], extensions.kind == .object {
            for (name, value) in extensions.members { out.field(name, raw: value.bytes) }
        }
        out.endObject()
        return out.buffer
    }

    /// Posts every line that `lines` gives; empty ones are skipped. Importing the same file twice adds nothing.
    public func run(
        _ lines: some AsyncSequence<ByteBuffer, any Error>, onProgress: (Outcome) -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        var batch = Batch()
        for try await line in lines {
            outcome.lines += 1
            if line.readableBytesView.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            guard let (form, event) = try Self.postable(line, number: outcome.lines) else {
                outcome.gaps += 1
                continue
            }
            if !batch.hasRoom(for: event, form) {
                try await post(batch, into: &outcome)
                onProgress(outcome)
                batch = Batch()
            }
            batch.form = form
            batch.add(event, line: outcome.lines)
        }
        if !batch.lines.isEmpty { try await post(batch, into: &outcome) }
        onProgress(outcome)
        return outcome
    }

    private func post(_ batch: Batch, into outcome: inout Outcome) async throws {
        var body = batch.body
        body.writeString("]")
        let answer: ByteBuffer
        do {
            answer = try await client.fetch(
                .POST, "/api/stream/events", headers: ["Content-Type": batch.form.contentType], body: body)
        } catch let error as ToolError where error.code == .server {
            throw Self.refusal(error, of: batch)
        }
        let document = try JSONDocument.parse(answer, limits: HTTPClient.Limits.json)
        outcome.accepted += Int(document.root["accepted"]?.int64 ?? 0)
        outcome.duplicates += Int(document.root["duplicates"]?.int64 ?? 0)
    }

    private static func refusal(_ error: ToolError, of batch: Batch) -> ToolError {
        guard let first = batch.lines.first, let last = batch.lines.last else { return error }
        let index = (error.underlying as? Problem.Refusal)?.index
        let line = index.flatMap { batch.lines.indices.contains($0) ? batch.lines[$0] : nil }
        let which = line.map { "line \($0)" } ?? (first == last ? "line \(first)" : "one of the lines \(first)–\(last)")
        return ToolError(
            .server,
            "\(which) was not taken: \(error.message). "
                + (first == 1 ? "Nothing was imported" : "What stands before line \(first) is in, the rest is not")
                + "; run the import again once this is put right, nothing will be doubled", underlying: error)
    }
}
