import ArgumentParser
import FluxAccess
import FluxEvents
import FluxTools
import NIOCore

struct Users: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "The people who may sign in.",
        discussion: Examples.text(
            "Works on the data folder, also beside a running server.",
            "cloudflux user add ada",
            "cloudflux user list",
            "echo 'a long sentence' | cloudflux user passwd ada"),
        subcommands: [Add.self, List.self, Passwd.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a person; the password is asked for.",
            discussion: Examples.text(
                "The password is asked for, or read as one line from standard input.",
                "cloudflux user add ada",
                "echo 'a long sentence' | cloudflux user add grace --scope read"))
        @Argument(help: "The name to sign in with.") var name: String
        @Option(
            help: "What the person may do: read, ingest (post events), admin (all); several parted by commas.",
            completion: .list(Scopes.all))
        var scope = "admin"
        @Flag(help: "The person as JSON: name, scopes, created_at, password_changed_at.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            let scopes = try Scopes.parse(scope)
            let password = Secret(try Terminal.newPassword("Password for \(name): "))
            let user = try await data.withAccess(make: true) { access in
                try await access.users.add(name: name, password: password, scopes: scopes)
            }
            // Once there is an account, the link of a server that waits for its first is worth nothing.
            WelcomeFile.remove(data.path + "/welcome")
            guard json else { return Terminal.error("\(name) may sign in now") }
            var out = JSONWriter()
            out.user(user)
            try Terminal.output(out.line)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List them.",
            discussion: Examples.text(
                "",
                "cloudflux user list",
                "cloudflux user list --json | jq -r '.[].name'"))
        @Flag(help: "One JSON array.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            let users = try StateFile.users(in: data.stateFile)
            if json {
                var out = JSONWriter()
                out.array { out in for user in users { out.user(user) } }
                return try Terminal.output(out.line)
            }
            try Terminal.table(
                ["NAME", "SCOPES", "SINCE"],
                users.map {
                    [
                        Terminal.printable($0.name), Scopes.names($0.scopes).joined(separator: ","),
                        Timestamp(milliseconds: $0.createdAt).rfc3339,
                    ]
                })
        }
    }

    struct Passwd: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a new password; the person's sessions and open streams end.",
            discussion: Examples.text(
                "",
                "cloudflux user passwd ada"))
        @Argument(help: "Whose.") var name: String
        @Flag(help: "One JSON object: name, changed.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            let password = Secret(try Terminal.newPassword("New password for \(name): "))
            try await data.withAccess { try await $0.users.setPassword(of: name, to: password) }
            try Users.tell("the password of \(name) is changed", name, "changed", json: json)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a person with all sessions.",
            discussion: Examples.text(
                "",
                "cloudflux user remove ada",
                "cloudflux user remove ada --force"))
        @Argument(help: "Whom.") var name: String
        @Flag(help: "Also the only administrator.") var force = false
        @Flag(help: "One JSON object: name, removed.") var json = false
        @OptionGroup var data: DataOption

        func run() async throws {
            try await data.withAccess { try await $0.users.remove(name, force: force) }
            try Users.tell("\(name) is removed", name, "removed", json: json)
        }
    }

    /// - Parameter done: the member that says so, as JSON.
    private static func tell(_ words: String, _ name: String, _ done: String, json: Bool) throws {
        guard json else { return Terminal.error(words) }
        var out = JSONWriter()
        out.object { out in
            out.field("name", name)
            out.field(done, true)
        }
        try Terminal.output(out.line)
    }
}

extension JSONWriter {
    fileprivate mutating func user(_ user: UserInfo) {
        object { out in
            out.field("name", user.name)
            out.field("scopes", Scopes.names(user.scopes))
            out.field("created_at", Timestamp(milliseconds: user.createdAt))
            out.field("password_changed_at", Timestamp(milliseconds: user.passwordChangedAt))
        }
    }
}
