import ArgumentParser
import FluxEvents
import FluxTiering
import FluxTools
import NIOCore

struct Backtest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How far the forecast of reads comes true, over a recorded trace.",
        discussion: Examples.text(
            "Goes through the trace as if it were now, tells the chance of a read within 7, 30, 90 and 365 days from what was "
                + "seen until then, and compares with what came. The trace is a CSV file, packed or not, with the columns "
                + "obj, day, reads; NAME_objects.csv beside NAME.csv may tell kind and first_day of each object. Beside the "
                + "forecast stand two that need no thought: how often it happens at all (known beforehand), and reads as "
                + "often as in the last 30 days.",
            "cloudflux backtest mods.csv.gz",
            "cloudflux backtest --made-up 2000 --seed 1",
            "cloudflux backtest mods.csv.gz --json | jq .horizons"))

    @Argument(help: "The trace.") var trace: String?
    @Option(help: "Instead of a trace, so many objects whose rates are known: what is told of them must come true.")
    var madeUp: Int?
    @Option(help: "Makes the same objects again.") var seed: UInt64?
    @Flag(help: "One JSON object.") var json = false

    func validate() throws {
        guard (trace == nil) != (madeUp == nil) else {
            throw ValidationError("Name a trace, or say --made-up OBJECTS.")
        }
        guard (1...100_000).contains(madeUp ?? 1) else {
            throw ValidationError("--made-up is a number from 1 to 100000.")
        }
        guard seed == nil || madeUp != nil else { throw ValidationError("--seed goes with --made-up.") }
    }

    func run() async throws {
        let seed = seed ?? .random(in: 0..<1 << 53)
        let read: ReadTrace
        if let trace {
            read = try TraceFile.read(trace)
        } else {
            var random = SplitMix(seed: seed)
            read = ReadTrace.madeUp(objects: madeUp ?? 0, days: 800, using: &random)
        }
        let results = ForecastBacktest().run(read).filter { $0.forecast.count > 0 }
        guard !results.isEmpty else {
            throw ToolError(
                .usage,
                "the trace is too short: it has \(read.days) days, and the first look is after \(ForecastBacktest().warmUp)."
            )
        }
        if json {
            try Terminal.output(BacktestText.json(read, results, seed: madeUp == nil ? nil : seed))
        } else {
            if madeUp != nil { try Terminal.output("seed \(seed)") }
            try BacktestText.print(read, results)
        }
    }
}
