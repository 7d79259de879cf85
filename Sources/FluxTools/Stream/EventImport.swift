import FluxEvents
import NIOCore
import NIOHTTP1

/// Posts lines of exported events, and of events as they are posted, in batches.
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

        static func + (one: Outcome, other: Outcome) -> Outcome {
            var sum = one
            sum.accepted += other.accepted
            sum.duplicates += other.duplicates
            sum.lines += other.lines
            sum.gaps += other.gaps
            return sum
        }
    }

    /// Events of one request, and the lines that they stand in.
    private struct Batch {
        var form = ImportLine.Form.native
        var body = ByteBuffer()
        var lines: [Int] = []

        mutating func add(_ line: ImportLine, number: Int) {
            form = line.form
            body.writeString(lines.isEmpty ? "[" : ",")
            body.writeImmutableBuffer(line.event)
            lines.append(number)
        }

        func hasRoom(for line: ImportLine) -> Bool {
            lines.isEmpty
                || line.form == form && lines.count < Limits.batchEvents
                    && body.readableBytes + line.event.readableBytes <= Limits.batchBytes
        }
    }

    /// How far a run came, so that whoever reads of an error knows what is in.
    struct Place: Sendable, Hashable {
        /// Files that are in as a whole.
        var files = 0
        /// Whether anything of this file is in.
        var hasBegun = false
        /// The first line of this file that is not in.
        var line = 1
    }

    public var client: HTTPClient
    /// The source of lines that bring none; nil for one that is made of the file's name.
    public var source: String?

    public init(client: HTTPClient, source: String? = nil) {
        self.client = client
        self.source = source
    }

    /// Posts every line of the files (`-` is standard input); empty ones are skipped. What is in the log already is not
    /// posted twice, so the same import may be run again, whether it went well or not.
    ///
    /// - Throws: `ToolError` that says what is in.
    public func run(files: [String], onProgress: (_ file: String, Outcome) -> Void) async throws -> Outcome {
        var total = Outcome()
        for (number, path) in files.enumerated() {
            let outcome = try await run(Lines(path: path), of: ImportFile(path: path, source: source), number: number) {
                onProgress(path, $0)
            }
            total = total + outcome
        }
        return total
    }

    /// - Parameter number: how many files are in already.
    func run(
        _ lines: some AsyncSequence<ByteBuffer, any Error>, of file: ImportFile, number: Int,
        onProgress: (Outcome) -> Void
    ) async throws -> Outcome {
        var place = Place(files: number)
        do {
            return try await post(lines, of: file, place: &place, onProgress: onProgress)
        } catch let error as ToolError {
            throw place.telling(error)
        }
    }

    private func post(
        _ lines: some AsyncSequence<ByteBuffer, any Error>, of file: ImportFile, place: inout Place,
        onProgress: (Outcome) -> Void
    ) async throws -> Outcome {
        var file = file
        var outcome = Outcome()
        var batch = Batch()
        for try await bytes in lines {
            outcome.lines += 1
            if bytes.readableBytesView.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            guard let line = try ImportLine(bytes, number: outcome.lines, of: &file) else {
                outcome.gaps += 1
                continue
            }
            if !batch.hasRoom(for: line) {
                try await post(batch, of: file, into: &outcome)
                place.line = outcome.lines
                place.hasBegun = true
                onProgress(outcome)
                batch = Batch()
            }
            batch.add(line, number: outcome.lines)
        }
        if !batch.lines.isEmpty { try await post(batch, of: file, into: &outcome) }
        onProgress(outcome)
        return outcome
    }

    private func post(_ batch: Batch, of file: ImportFile, into outcome: inout Outcome) async throws {
        var body = batch.body
        body.writeString("]")
        let answer: ByteBuffer
        do {
            answer = try await client.fetch(
                .POST, "/api/stream/events", headers: ["Content-Type": batch.form.contentType], body: body)
        } catch let error as ToolError where error.code == .server {
            throw Self.refusal(error, of: batch, in: file)
        }
        let document = try JSONDocument.parse(answer, limits: HTTPClient.Limits.json)
        outcome.accepted += Int(document.root["accepted"]?.int64 ?? 0)
        outcome.duplicates += Int(document.root["duplicates"]?.int64 ?? 0)
    }

    private static func refusal(_ error: ToolError, of batch: Batch, in file: ImportFile) -> ToolError {
        guard let first = batch.lines.first, let last = batch.lines.last else { return error }
        let index = (error.underlying as? Problem.Refusal)?.index
        let line = index.flatMap { batch.lines.indices.contains($0) ? batch.lines[$0] : nil }
        let which = line.map { "line \($0)" } ?? (first == last ? "line \(first)" : "one of the lines \(first)–\(last)")
        return ToolError(.server, "\(which) of \(file.name) was not taken: \(error.message)", underlying: error)
    }
}

extension EventImport.Place {
    /// The error, with what is in and what to do.
    func telling(_ error: ToolError) -> ToolError {
        // Where the server gave no answer, what was sent to it last may be in.
        let isKnown = error.code != .connection && error.code != .answerTooLarge
        if !isKnown, files == 0, !hasBegun { return error }
        var error = error
        let end = error.message.last.map { ".?!".contains($0) } ?? false ? " " : ". "
        error.message +=
            "\(end)\(whatIsIn(rest: isKnown ? "the rest is not" : "the rest perhaps in part")); run the import again once "
            + "this is put right, nothing will be doubled"
        return error
    }

    private func whatIsIn(rest: String) -> String {
        let before = files == 1 ? "The file before it is in" : "The \(files) files before it are in"
        if files == 0 { return hasBegun ? "What stands before line \(line) is in, \(rest)" : "Nothing was imported" }
        return hasBegun ? "\(before), as is what stands before line \(line) of this one; \(rest)" : "\(before), \(rest)"
    }
}
