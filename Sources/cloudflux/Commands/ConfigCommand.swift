import ArgumentParser
import FluxAccess
import FluxEvents
import FluxTools

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The effective settings of `serve`, and where each comes from.",
        discussion: Examples.text(
            "",
            "cloudflux config check --config /etc/cloudflux.yaml",
            "cloudflux config show --config /etc/cloudflux.yaml"),
        subcommands: [Check.self, Show.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether `serve` would take the settings.",
            discussion: Examples.text(
                "Exits 0 where it would, 2 for a setting that is wrong, 1 for a file that is missing or cannot be used. Stores are not looked at, only their URLs.",
                "cloudflux config check --config /etc/cloudflux.yaml",
                "cloudflux config check --listen 0.0.0.0:8000 --auth none"))
        @Flag(help: "One JSON object: sound, and warnings or error.") var json = false
        @OptionGroup var options: ServeOptions

        func run() throws {
            let warnings: [String]
            do {
                warnings = try ServeRules.check(try options.resolve())
            } catch {
                if json { try Terminal.output(Self.refusal(error)) }
                throw error
            }
            guard json else {
                for warning in warnings { Terminal.error("warning: \(warning)") }
                return try Terminal.output("the settings are sound")
            }
            var out = JSONWriter()
            out.object { out in
                out.field("sound", true)
                out.field("warnings", warnings)
            }
            try Terminal.output(out.line)
        }

        private static func refusal(_ error: any Error) -> String {
            let words = (error as? ToolError)?.message ?? (error as? AccessError)?.message ?? "\(error)"
            var out = JSONWriter()
            out.object { out in
                out.field("sound", false)
                out.field("error", words)
            }
            return out.line
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show each value with its origin; secrets are masked.",
            discussion: Examples.text(
                "",
                "cloudflux config show --config /etc/cloudflux.yaml",
                "cloudflux config show --json | jq '.listen'"))
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
                        $0.texts.isEmpty
                            ? "–"
                            : Terminal.printable(
                                $0.shownTexts.joined(separator: $0.setting.kind == .filterPreset ? ", " : " ")),
                        $0.origin.description,
                    ]
                })
        }
    }
}
