import Foundation
import NIOCore
import Testing

@testable import FluxEvents

/// The examples of docs/events.md and docs/filter-language.md.
@Suite struct DocsTests {
    private static let now = Timestamp(milliseconds: 1_795_410_680_000)

    /// The lines of all code blocks in that language.
    private func blocks(_ language: String, in name: String) throws -> [String] {
        let docs = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../../docs").standardized
        let text = try String(contentsOf: docs.appending(path: name), encoding: .utf8)
        var lines: [String] = []
        var inside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                inside = line == "```" + language
            } else if inside {
                lines.append(String(line))
            }
        }
        return lines
    }

    private func example(_ line: String) throws -> (String, String) {
        let parts = line.components(separatedBy: "→")
        try #require(parts.count == 2, "\(line)")
        return (parts[0].trimmingCharacters(in: .whitespaces), parts[1].trimmingCharacters(in: .whitespaces))
    }

    private func documentedEvent() throws -> StoredEvent {
        let root = try JSONDocument.parse(
            ByteBuffer(string: try blocks("json", in: "filter-language.md").joined(separator: "\n"))
        ).root
        func text(_ name: String) throws -> String { try #require(root[name]?.string) }
        return StoredEvent(
            event: Event(
                id: try text("id"), source: try text("source"), type: EventType(rawValue: try text("type")),
                time: try #require(Timestamp(rfc3339: try text("timestamp"))),
                correlationID: root["correlation_id"]?.string,
                userID: root["user_id"]?.string, data: try #require(root["data"]).compactBytes, key: ByteBuffer()),
            partition: 0, offset: try #require(root["offset"]?.int64),
            recordedAt: try #require(Timestamp(rfc3339: try text("recorded_at"))), simulated: false)
    }

    @Test func everyFilterDoesWhatTheDocsSay() throws {
        let view = FilterView(try documentedEvent())
        let lines = try blocks("filter", in: "filter-language.md")
        #expect(lines.count > 30)
        for line in lines {
            let (expression, verdict) = try example(line)
            try #require(verdict == "yes" || verdict == "no", "\(line)")
            #expect(try Filter(expression, now: Self.now).passes(view) == (verdict == "yes"), "\(line)")
        }
    }

    @Test func everyBadFilterIsAnsweredAsTheDocsSay() throws {
        for line in try blocks("filter-error", in: "filter-language.md") {
            let (expression, verdict) = try example(line)
            let error = #expect(throws: FilterError.self) { try Filter(expression, now: Self.now) }
            let words = verdict.split(separator: " ").map(String.init)
            #expect(error.map { String($0.position) } == words.first, "\(line)")
            #expect(error?.suggestion == (words.count > 1 ? words[1] : nil), "\(line)")
        }
    }

    @Test func everyFieldIsInTheDocs() throws {
        let docs = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../../docs/filter-language.md").standardized
        let text = try String(contentsOf: docs, encoding: .utf8)
        for name in FilterField.Name.allCases { #expect(text.contains("`\(name.text)`"), "\(name)") }
    }

    @Test func everyPostedEventIsTaken() throws {
        let context = IntakeContext(clientName: "docs", now: Self.now)
        for line in try blocks("posted", in: "events.md") {
            #expect(try EventIntake.native(ByteBuffer(string: line), context: context).count == 1, "\(line)")
        }
        for line in try blocks("posted-cloudevents", in: "events.md") {
            #expect(
                try EventIntake.cloudEvent(structured: ByteBuffer(string: line), context: context).count == 1, "\(line)"
            )
        }
    }

    @Test func everyRefusalIsAsTheDocsSay() throws {
        let context = IntakeContext(clientName: "docs", now: Self.now)
        let lines = try blocks("refused", in: "events.md")
        #expect(lines.count >= 4)
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            let error = #expect(throws: IntakeError.self) {
                try EventIntake.native(ByteBuffer(string: parts[2]), context: context)
            }
            #expect(error.map { String($0.status) } == parts[0], "\(line)")
            #expect((error?.pointer ?? "-") == parts[1], "\(line)")
        }
    }

    @Test func everyTypeIsInTheDocs() throws {
        let docs = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../../docs/events.md").standardized
        let text = try String(contentsOf: docs, encoding: .utf8)
        for name in Schemas.names() { #expect(text.contains("`\(name)`"), "\(name)") }
    }
}
