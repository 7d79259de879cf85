import ArgumentParser
import FluxEvents
import FluxTools
import NIOCore
import NIOHTTP1

struct Stores: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "The object stores that a running server watches.",
        discussion: Examples.text(
            "",
            "cloudflux store add file:///srv/files",
            "cloudflux store list",
            "cloudflux store pause st_4APvdodOEX3waqPU"),
        subcommands: [
            Add.self, List.self, Pause.self, Resume.self, Retry.self, Confirm.self, Remove.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Watch one more; it is checked before it is kept.",
            discussion: Examples.text(
                "",
                "cloudflux store add file:///srv/files",
                "cloudflux store add 'file:///srv/files?ignore=*.tmp&interval=1h'"))
        @Argument(help: "Its URL, such as file:///srv/files.") var url: String
        @Flag(help: "The store as JSON.") var json = false
        @OptionGroup var server: ServerOption

        func run() async throws {
            var body = JSONWriter()
            body.object { $0.field("url", url) }
            let bytes = body.buffer
            try await Stores.tell(server, json: json) { client in
                try await client.fetch(
                    .POST, "/api/stores", headers: ["Content-Type": "application/json"], body: bytes)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List them with their state.",
            discussion: Examples.text(
                "",
                "cloudflux store list",
                "cloudflux store list --json | jq '.stores[].state'"))
        @Flag(help: "The server's JSON.") var json = false
        @OptionGroup var server: ServerOption

        func run() async throws {
            let body = try await server.withClient { try await $0.fetch(.GET, "/api/stores") }
            if json { return try Terminal.output(String(buffer: body)) }
            let stores = try JSONDocument.parse(body).root["stores"]
            try Terminal.table(
                ["ID", "STATE", "OBJECTS", "SIZE", "URL", ""],
                (stores?.elements).map { $0.map(Stores.row) } ?? [], right: [2, 3])
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop watching, and keep all that is known.",
            discussion: Examples.text(
                "",
                "cloudflux store pause st_4APvdodOEX3waqPU"))
        @OptionGroup var which: Which
        func run() async throws { try await which.act("pause") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Watch again; what changed meanwhile is found.",
            discussion: Examples.text(
                "",
                "cloudflux store resume st_4APvdodOEX3waqPU"))
        @OptionGroup var which: Which
        func run() async throws { try await which.act("resume") }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try again at once where a store has failed.",
            discussion: Examples.text(
                "",
                "cloudflux store retry st_4APvdodOEX3waqPU"))
        @OptionGroup var which: Which
        func run() async throws { try await which.act("retry") }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that what a store that is away shows now is right; what is missing counts as deleted.",
            discussion: Examples.text(
                "",
                "cloudflux store confirm st_4APvdodOEX3waqPU"))
        @OptionGroup var which: Which
        func run() async throws { try await which.act("confirm") }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a store; its events stay in the log, its files are not touched.",
            discussion: Examples.text(
                "",
                "cloudflux store remove st_4APvdodOEX3waqPU"))
        @OptionGroup var which: Which

        func run() async throws {
            let path = "/api/stores/" + PercentCoding.encode(which.id)
            _ = try await which.server.withClient { try await $0.fetch(.DELETE, path) }
            guard which.json else { return Terminal.error("\(which.id) is removed") }
            var out = JSONWriter()
            out.object { out in
                out.field("id", which.id)
                out.field("removed", true)
            }
            try Terminal.output(out.line)
        }
    }

    struct Which: ParsableArguments {
        @Argument(help: "The store's id, as `store list` shows it.") var id: String
        @Flag(help: "The store as JSON.") var json = false
        @OptionGroup var server: ServerOption

        func act(_ verb: String) async throws {
            let path = "/api/stores/\(PercentCoding.encode(id))/\(verb)"
            try await Stores.tell(server, json: json) { try await $0.fetch(.POST, path) }
        }
    }

    private static func tell(
        _ server: ServerOption, json: Bool, _ call: @Sendable (HTTPClient) async throws -> ByteBuffer
    ) async throws {
        let body = try await server.withClient(call)
        if json { return try Terminal.output(String(buffer: body)) }
        let store = try JSONDocument.parse(body).root
        try Terminal.table(["ID", "STATE", "OBJECTS", "SIZE", "URL", ""], [row(store)], right: [2, 3])
    }

    private static func row(_ store: JSONValue) -> [String] {
        [
            store["id"]?.string ?? "–", store["state"]?.string ?? "–",
            (store["objects"]?.int64).map(String.init) ?? "–", (store["bytes"]?.int64).map(EventLine.bytes) ?? "–",
            Terminal.printable(store["url"]?.string ?? "–"), Terminal.printable(store["message"]?.string ?? ""),
        ]
    }
}
