import ArgumentParser
import FluxEvents
import FluxTools

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what `serve` would meet: folder, address, credentials, what each store permits, clocks.",
        discussion: Examples.text(
            "Takes the settings of `serve`, and further stores as arguments. Asks by harmless calls; writes nothing. Exits 1 where something would not work.",
            "cloudflux doctor --config /etc/cloudflux.yaml",
            "cloudflux doctor 's3://reports?region=eu-central-1'",
            "cloudflux doctor --json | jq 'select(.verdict != \"ok\")'"))
    @Argument(help: "URLs of stores, besides those of the settings.") var stores: [String] = []
    @Flag(help: "One JSON object a line: verdict (ok, warning, failed), what, words.") var json = false
    @OptionGroup var options: ServeOptions

    func run() async throws {
        var failed = false
        try await Doctor(try options.resolve(), stores: stores).run { finding in
            failed = failed || finding.verdict == .failed
            guard json else {
                let mark = finding.verdict.rawValue
                let padding = String(repeating: " ", count: 8 - mark.count)
                return try Terminal.output(
                    "\(mark)\(padding)\(Terminal.printable(finding.what)): \(Terminal.printable(finding.words))")
            }
            var out = JSONWriter()
            out.object { out in
                out.field("verdict", finding.verdict.rawValue)
                out.field("what", finding.what)
                out.field("words", finding.words)
            }
            try Terminal.output(out.line)
        }
        if failed { throw ExitCode(1) }
    }
}
