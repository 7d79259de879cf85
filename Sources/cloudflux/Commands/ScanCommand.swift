import ArgumentParser
import FluxEvents
import FluxTools

struct Scan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One pass over a store: objects, bytes, storage classes, largest and oldest.",
        discussion: Examples.text(
            "Needs no server, writes nothing. A bucket is listed once, which costs about 0.005 USD a million objects at AWS.",
            "cloudflux scan file:///srv/files",
            "cloudflux scan 's3://reports/2026/?region=eu-central-1'",
            "cloudflux scan 's3://reports?endpoint=http://127.0.0.1:9000' --json | jq .bytes"))
    @Argument(help: "The store's URL: file:///folder or s3://bucket/prefix.") var url: String
    @Option(help: "How many of the largest and oldest objects to name.") var top = 10
    @Flag(help: "One JSON object.") var json = false

    func validate() throws {
        guard (0...1000).contains(top) else { throw ValidationError("--top is a number from 0 to 1000.") }
    }

    func run() async throws {
        let shows = Terminal.isErrorTerminal && !json
        var told = ContinuousClock.now
        let tally = try await StoreScan(url, kept: top).run { objects in
            guard shows, ContinuousClock.now - told > .milliseconds(200) else { return }
            told = .now
            Terminal.error("\(objects) objects")
        }
        if json { try Terminal.output(ScanText.json(tally)) } else { try ScanText.print(tally) }
    }
}
