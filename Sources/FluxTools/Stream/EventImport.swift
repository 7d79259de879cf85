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

    /// The fields that an event may have when it is posted; the rest of an envelope is the log's to give.
    private static let posted: Set<String> = ["id", "source", "type", "timestamp", "correlation_id", "data"]

    public var client: HTTPClient

    public init(client: HTTPClient) {
        self.client = client
    }

    /// One line, as it may be posted: the envelope's own fields and nulls are left out, simulated events refused. Nil for
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
        for (key, value) in root.members where posted.contains(key) && !value.isNull {
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
        var batch = ByteBuffer()
        var count = 0
        var form = Form.native
        for try await line in lines {
            outcome.lines += 1
            if line.readableBytesView.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            guard let (lineForm, event) = try Self.postable(line, number: outcome.lines) else {
                outcome.gaps += 1
                continue
            }
            let isFull = count == Limits.batchEvents || batch.readableBytes + event.readableBytes > Limits.batchBytes
            if count > 0, isFull || lineForm != form {
                try await post(&batch, &count, as: form, into: &outcome)
                onProgress(outcome)
            }
            form = lineForm
            batch.writeString(count == 0 ? "[" : ",")
            batch.writeImmutableBuffer(event)
            count += 1
        }
        if count > 0 { try await post(&batch, &count, as: form, into: &outcome) }
        onProgress(outcome)
        return outcome
    }

    private func post(
        _ batch: inout ByteBuffer, _ count: inout Int, as form: Form, into outcome: inout Outcome
    ) async throws {
        batch.writeString("]")
        let answer: ByteBuffer
        do {
            answer = try await client.fetch(
                .POST, "/api/stream/events", headers: ["Content-Type": form.contentType], body: batch)
        } catch let error as ToolError where error.code == .server {
            throw ToolError(
                .server,
                "the events up to line \(outcome.lines) were not all taken: \(error.message). Those before are in; run the import again once this is put right, nothing will be doubled",
                underlying: error)
        }
        let document = try JSONDocument.parse(answer)
        outcome.accepted += Int(document.root["accepted"]?.int64 ?? 0)
        outcome.duplicates += Int(document.root["duplicates"]?.int64 ?? 0)
        batch = ByteBuffer()
        count = 0
    }
}
