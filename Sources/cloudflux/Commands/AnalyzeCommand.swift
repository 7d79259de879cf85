import ArgumentParser
import FluxTools

struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who is hot and who is cold, from access logs. Needs no server, changes nothing.",
        discussion: Examples.text(
            "Reads server access logs of S3, what CloudTrail delivers (data events), and inventories (CSV), which tell of "
                + "objects that nobody read: files, folders with all below "
                + "them, - for standard input, packed with gzip or not. Each request counts once by its id, in whatever "
                + "order files come. A scan (a backup, a crawler: one requester that reads most of a prefix about once) "
                + "is told apart and heats nothing.",
            "aws s3 sync s3://my-logs/reports/ logs/",
            "cloudflux analyze --provider aws logs/",
            "zcat old/*.gz | cloudflux analyze --provider aws - --top 50",
            "cloudflux analyze --provider aws logs/ --json > objects.ndjson"))

    @Option(help: "Whose logs they are: aws.") var provider = "aws"
    @Argument(help: "Files, folders, or - for standard input.") var paths: [String]
    @Option(help: "How many of the hottest and of the coldest objects to name.") var top = 10
    @Flag(
        help: "One JSON object a line for each object that was read or is in an inventory, then one with the summary.")
    var json = false

    func validate() throws {
        switch provider {
        case "aws": break
        case "azure", "gcp": throw ValidationError("Logs of \(provider) come with a later version; --provider is aws.")
        default: throw ValidationError("--provider is aws.")
        }
        guard (0...100_000).contains(top) else { throw ValidationError("--top is a number from 0 to 100000.") }
        guard paths.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("Standard input can be read once only.")
        }
    }

    func run() async throws {
        let shows = Terminal.isErrorTerminal
        var told = ContinuousClock.now
        let analysis = try AccessAnalysis.run(paths) { lines in
            guard shows, ContinuousClock.now - told > .milliseconds(500) else { return }
            told = .now
            Terminal.error("\(lines) lines")
        }
        for trouble in analysis.troubles.prefix(Self.maximumTroubles) {
            Terminal.error("\(Terminal.printable(trouble.file)): \(trouble.what)")
        }
        if analysis.troubles.count > Self.maximumTroubles {
            Terminal.error("and \(analysis.troubles.count - Self.maximumTroubles) files more")
        }
        if json { try AnalysisText.json(analysis) } else { try AnalysisText.print(analysis, top: top) }
    }

    /// Files with something wrong in them that are named.
    private static let maximumTroubles = 20
}
