import ArgumentParser
import FluxEvents
import FluxTools
import NIOCore

struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the event stream, one line an event.",
        discussion: Examples.text(
            "Without --follow it ends at the newest event. A script goes on later with --from and the recorded_at of its last line: that event comes again (by id), and none is missed. The filter language: docs/filter-language.md.",
            "cloudflux events --follow",
            "cloudflux events --from -20 --filter 'type:cloud.delete'",
            "cloudflux events --from 2026-11-24T00:00:00Z --json | jq .data.file_name"))

    @Flag(name: [.short, .long], help: "Go on with what happens from now on, until interrupted.") var follow = false
    @Option(
        parsing: .unconditional,
        help: "latest, earliest, -N, an RFC 3339 time or a cursor (default: earliest; latest with --follow).")
    var from: String?
    @Option(help: "Only what passes this filter, such as 'type:cloud.* size>1GB'.") var filter = ""
    @Flag(help: "Simulated events too (with --follow).") var simulated = false
    @Flag(help: "NDJSON: each event whole, as the server gives it.") var json = false
    @OptionGroup var server: ServerOption

    func validate() throws {
        if simulated, !follow { throw ValidationError("--simulated needs --follow: simulated events pass by, and end") }
    }

    func run() async throws {
        let request = EventReader.Request(
            filter: filter, from: from ?? (follow ? "latest" : "earliest"), includeSimulated: simulated)
        let json = json
        let follow = follow
        let whereNow = server.whereNow
        try await server.withClient(follows: follow) { client in
            let reader = EventReader(client: client, whereNow: whereNow)
            let show: @Sendable (EventReader.Item) throws -> Void = { item in
                switch item {
                case .event(var event) where json:
                    event.writeString("\n")
                    try Terminal.output(event)
                case .event(let event): try Terminal.output(EventLine.text(event, colour: Terminal.hasColour))
                case .gap(let gap): Terminal.error("gap: \(String(buffer: gap))")
                case .notice(let words): Terminal.error(words)
                }
            }
            if follow {
                try await reader.follow(request, onItem: show)
            } else {
                try await reader.readToHead(request, onItem: show)
            }
        }
    }
}
