import ArgumentParser
import FluxEvents
import FluxTools
import NIOCore
import NIOHTTP1
import Synchronization

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring events into the log, from NDJSON.",
        discussion: Examples.text(
            "Takes what `export` gives as NDJSON, and events as they are posted. A line without a source gets /imports/FILE-NAME (or --source), one without an id an id of its bytes: so what is in the log already is recognised, and a broken import is simply run again. Files of one name that are not the same want a --source each.",
            "cloudflux import events.ndjson",
            "cloudflux import --source /jobs/nightly 2026-11-01/log.ndjson",
            "zcat old.ndjson.gz | cloudflux import --source /archive/old -"))
    @Argument(help: "NDJSON files; - is standard input.", completion: .file()) var files: [String] = ["-"]
    @Option(help: "The source of lines that have none (default: /imports/FILE-NAME).") var source: String?
    @Flag(help: "One JSON object: accepted, duplicates, lines, gaps.") var json = false
    @OptionGroup var server: ServerOption

    func run() async throws {
        let (files, source) = (files, source)
        let shows = Terminal.isErrorTerminal && !json
        let total = try await server.withClient { client in
            try await EventImport(client: client, source: source).run(files: files) { file, now in
                if shows { Terminal.error("\(file): \(now.accepted) taken, \(now.duplicates) known already") }
            }
        }
        if json {
            var out = JSONWriter()
            out.object { out in
                out.field("accepted", total.accepted)
                out.field("duplicates", total.duplicates)
                out.field("lines", total.lines)
                out.field("gaps", total.gaps)
            }
            try Terminal.output(out.line)
        } else {
            let gaps = total.gaps == 0 ? "" : "; \(total.gaps) gaps that the export told of left out"
            try Terminal.output("\(total.accepted) events taken, \(total.duplicates) known already\(gaps)")
        }
    }
}

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write events of the log to standard output.",
        discussion: Examples.text(
            "",
            "cloudflux export > events.ndjson",
            "cloudflux export --format csv --filter 'bucket:reports' > reports.csv",
            "cloudflux export --since 2026-11-01T00:00:00Z | gzip > november.gz"))
    @Option(help: "ndjson, cloudevents or csv.", completion: .list(["ndjson", "cloudevents", "csv"])) var format =
        "ndjson"
    @Option(help: "Only what passes this filter.") var filter = ""
    @Option(help: "From this time on (recorded, RFC 3339, inclusive).") var since: String?
    @Option(help: "Up to this time (recorded, RFC 3339, exclusive).") var until: String?
    @OptionGroup var server: ServerOption

    func run() async throws {
        let query = Query([
            ("format", format), ("filter", filter.isEmpty ? nil : filter), ("since", since), ("until", until),
        ])
        let began = Atomic(false)
        do {
            try await server.withClient { client in
                try await client.withAnswer(.GET, "/api/stream/export" + query.text) { answer in
                    try await HTTPClient.require2xx(answer)
                    for try await piece in answer.body {
                        began.store(true, ordering: .relaxed)
                        try Terminal.output(piece)
                    }
                }
            }
        } catch let error as ToolError where error.code == .connection && began.load(ordering: .relaxed) {
            throw ToolError(
                .connection,
                "the export is not whole, and may end in half an event: \(error.message)",
                underlying: error)
        }
    }
}
