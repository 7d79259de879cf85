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

        public init() {}
    }

    /// The fields that an event may have when it is posted; the rest of an envelope is the log's to give.
    private static let posted: Set<String> = ["id", "source", "type", "timestamp", "correlation_id", "data"]

    public var client: HTTPClient

    public init(client: HTTPClient) {
        self.client = client
    }

    /// One line, as it may be posted: the envelope's own fields and nulls are left out, simulated events refused.
    ///
    /// - Throws: `ToolError` with code `file` that names the line.
    public static func postable(_ line: ByteBuffer, number: Int) throws(ToolError) -> ByteBuffer {
        let document: JSONDocument
        do {
            document = try JSONDocument.parse(line)
        } catch {
            throw ToolError(.file, "line \(number) is not JSON: \(error)", underlying: error)
        }
        guard document.root.kind == .object else { throw ToolError(.file, "line \(number) is not an event") }
        if document.root["simulated"]?.bool == true {
            throw ToolError(.file, "line \(number) is a simulated event, which may not become a real one")
        }
        var out = ByteBuffer()
        out.writeString("{")
        for (key, value) in document.root.members where posted.contains(key) && !value.isNull {
            if out.readableBytes > 1 { out.writeString(",") }
            out.writeJSONString(key)
            out.writeString(":")
            out.writeImmutableBuffer(value.bytes)
        }
        out.writeString("}")
        return out
    }

    /// Posts every line that `lines` gives; empty ones are skipped. Importing the same file twice adds nothing.
    public func run(
        _ lines: some AsyncSequence<ByteBuffer, any Error>, onProgress: (Outcome) -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        var batch = ByteBuffer()
        var count = 0
        for try await line in lines {
            outcome.lines += 1
            if line.readableBytesView.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            let event = try Self.postable(line, number: outcome.lines)
            if count == Limits.batchEvents || batch.readableBytes + event.readableBytes > Limits.batchBytes, count > 0 {
                try await post(&batch, &count, into: &outcome)
                onProgress(outcome)
            }
            batch.writeString(count == 0 ? "[" : ",")
            batch.writeImmutableBuffer(event)
            count += 1
        }
        if count > 0 { try await post(&batch, &count, into: &outcome) }
        onProgress(outcome)
        return outcome
    }

    private func post(_ batch: inout ByteBuffer, _ count: inout Int, into outcome: inout Outcome) async throws {
        batch.writeString("]")
        let answer: ByteBuffer
        do {
            answer = try await client.fetch(
                .POST, "/api/stream/events", headers: ["Content-Type": "application/json"], body: batch)
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
