import ArgumentParser
import FluxEvents
import FluxTools

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The effective settings of `serve`, and where each comes from.",
        discussion: "  cloudflux config show --config /etc/cloudflux.yaml",
        subcommands: [Check.self, Show.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say whether the settings are sound.")
        @OptionGroup var options: ServeOptions

        func run() throws {
            let settings = try options.resolve()
            for warning in settings.warnings { Terminal.error("warning: \(warning)") }
            try Terminal.output("the settings are sound")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show each value with its origin; secrets are masked.")
        @Flag(help: "One JSON object by setting: value and origin.") var json = false
        @OptionGroup var options: ServeOptions

        func run() throws {
            let settings = try options.resolve()
            for warning in settings.warnings { Terminal.error("warning: \(warning)") }
            if json {
                var out = JSONWriter()
                out.object { out in
                    for entry in settings.entries {
                        out.key(entry.setting.name)
                        out.object { out in
                            if entry.setting.repeats {
                                out.field("value", entry.shownTexts)
                            } else {
                                out.field("value", entry.shownTexts.first)
                            }
                            out.field("origin", entry.origin.description)
                        }
                    }
                }
                return try Terminal.output(out.line)
            }
            try Terminal.table(
                ["SETTING", "VALUE", "FROM"],
                settings.entries.map {
                    [
                        $0.setting.name,
                        $0.texts.isEmpty ? "–" : Terminal.printable($0.shownTexts.joined(separator: " ")),
                        $0.origin.description,
                    ]
                })
        }
    }
}
