import ArgumentParser
import FluxAccess
import FluxEvents
import FluxTools

struct Tokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "API tokens for programs.",
        discussion: Examples.text(
            "Works on the data folder, also beside a running server.",
            "cloudflux token create backup-job --scope read --expires 90d",
            "cloudflux token list",
            "cloudflux token revoke backup-job"),
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token; it is shown this once.",
            discussion: Examples.text(
                "",
                "cloudflux token create prometheus --scope read",
                "cloudflux token create feeder --scope ingest --expires 90d --json"))
        @Argument(help: "Names the program; events that it posts come from /clients/NAME.") var name: String
        @Option(
            help: "What it may do: read, ingest (post events), admin (all); several parted by commas.",
            completion: .list(Scopes.all))
        var scope: String
        @Option(help: "How long it is good (90d, 12h); for ever when left out.") var expires: String?
        @Flag(help: "One JSON object.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            let scopes = try Scopes.parse(scope)
            var expiry: Int64?
            if let expires {
                guard let milliseconds = SettingValue.milliseconds(expires), milliseconds > 0 else {
                    throw ToolError(.usage, "--expires “\(expires)” is not a duration (12h, 90d)")
                }
                expiry = Timestamp.now().milliseconds + milliseconds
            }
            let expiresAt = expiry
            let made = try await data.withAccess(make: true) {
                try await $0.tokens.create(name: name, scopes: scopes, expiresAt: expiresAt)
            }
            if json {
                var out = JSONWriter()
                out.token(made.info, secret: made.secret)
                return try Terminal.output(out.line)
            }
            Terminal.error("This is shown once. Keep it like a password:")
            try Terminal.output(made.secret.reveal())
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List them, without their secrets.",
            discussion: Examples.text(
                "",
                "cloudflux token list",
                "cloudflux token list --json | jq -r '.[].name'"))
        @Flag(help: "One JSON array.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            let tokens = try StateFile.tokens(in: data.stateFile)
            if json {
                var out = JSONWriter()
                out.array { out in for token in tokens { out.token(token, secret: nil) } }
                return try Terminal.output(out.line)
            }
            let time = { (milliseconds: Int64?) in milliseconds.map { Timestamp(milliseconds: $0).rfc3339 } ?? "–" }
            try Terminal.table(
                ["ID", "NAME", "PREFIX", "SCOPES", "EXPIRES", "LAST USED"],
                tokens.map {
                    [
                        $0.id, Terminal.printable($0.name), $0.prefix, Scopes.names($0.scopes).joined(separator: ","),
                        time($0.expiresAt), time($0.lastUsed),
                    ]
                })
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token; its open streams close within seconds.",
            discussion: Examples.text(
                "",
                "cloudflux token revoke backup-job"))
        @Argument(help: "Its id, name or prefix.") var which: String
        @Flag(help: "One JSON object: id, name, prefix, revoked.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            let info = try await data.withAccess { try await $0.tokens.revoke(which) }
            guard json else { return Terminal.error("the token \(info.name) (\(info.prefix)…) is revoked") }
            var out = JSONWriter()
            out.object { out in
                out.field("id", info.id)
                out.field("name", info.name)
                out.field("prefix", info.prefix)
                out.field("revoked", true)
            }
            try Terminal.output(out.line)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func token(_ info: TokenInfo, secret: Secret?) {
        object { out in
            out.field("id", info.id)
            out.field("name", info.name)
            out.field("prefix", info.prefix)
            out.field("scopes", Scopes.names(info.scopes))
            out.field("created_at", Timestamp(milliseconds: info.createdAt))
            out.field("expires_at", info.expiresAt.map { Timestamp(milliseconds: $0) })
            out.field("last_used", info.lastUsed.map { Timestamp(milliseconds: $0) })
            if let secret { out.field("token", secret.reveal()) }
        }
    }
}
