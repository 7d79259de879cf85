import ArgumentParser
import FluxEvents
import FluxTools
import NIOCore
import NIOHTTP1

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play reads of objects that exist into the simulated topic of a running server.",
        discussion: Examples.text(
            "Recorded reads are played again at their distances; for objects without any they are drawn from how often objects "
                + "like them are read. Simulated events are in no list, count, catalogue or finding; --simulated shows them.",
            "cloudflux simulate",
            "cloudflux simulate --objects 20 --speed 3600 --seed 7",
            "cloudflux simulate --stop sim_8Kq2"))

    @Option(help: "Objects, 1 to 100.") var objects: Int?
    @Option(help: "Seconds of what is played in one; left out, so that there is something to see.") var speed: Double?
    @Option(help: "Plays the same reads again.") var seed: UInt64?
    @Option(help: "Stop the simulation of this id instead.") var stop: String?
    @Flag(help: "The server's JSON.") var json = false
    @OptionGroup var server: ServerOption

    func validate() throws {
        guard stop == nil || (objects == nil && speed == nil && seed == nil) else {
            throw ValidationError("--stop goes with none of --objects, --speed and --seed.")
        }
    }

    func run() async throws {
        if let stop {
            let path = "/api/stream/simulate/" + PercentCoding.encode(stop)
            _ = try await server.withClient { try await $0.fetch(.DELETE, path) }
            return json ? () : try Terminal.output("It has stopped.")
        }
        var body = JSONWriter()
        body.object { out in
            if let objects { out.field("objects", Int64(objects)) }
            if let speed {
                out.key("speed")
                out.double(speed)
            }
            if let seed { out.field("seed", Int64(clamping: seed)) }
        }
        let bytes = body.buffer
        let answer = try await server.withClient { client in
            try await client.fetch(
                .POST, "/api/stream/simulate", headers: ["Content-Type": "application/json"], body: bytes)
        }
        if json { return try Terminal.output(String(buffer: answer)) }
        let root = try JSONDocument.parse(answer).root
        try Terminal.output(root["message"]?.string ?? "It runs.")
        if let id = root["simulation_id"]?.string {
            try Terminal.output("stop it with: cloudflux simulate --stop \(id)")
        }
    }
}
