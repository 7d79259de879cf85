import FluxLog
import Foundation

/// What has to be measured inside a process. `Benchmarks/run` calls it and reads the JSON lines that it prints.
@main
struct FluxBench {
    static let usage = """
        usage: flux-bench append FOLDER SECONDS ROUNDS   the log against the bare loop; FOLDER lies on the disk to measure
               flux-bench fill DIR EVENTS [FIRST]        events into the log of a data folder
               flux-bench fold DIR                       the log of a data folder into a new catalogue
               flux-bench more DIR                       what is new in the log of a folder, into its catalogue
               flux-bench reads DIR OBJECTS READS DAYS [FIRST]   reads of the objects of `fill` into the log
               flux-bench scan DIR DAYS                  the verdict that a twentieth of these was a scan
               flux-bench ask DIR                        overview, lists and histories of a folded folder (ms)
               flux-bench judge DIR                      temperatures of a folded folder brought up to date
               flux-bench read DIR                       all of it, in pieces of 64 KiB
        """

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("flux-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ words: [String]) async throws {
        switch (words.first, words.count) {
        case ("append", 4):
            guard let seconds = Double(words[2]), let rounds = Int(words[3]) else { throw BenchError(usage) }
            try await Append.run(folder: words[1], seconds: seconds, rounds: rounds)
        case ("fill", 3...4):
            guard let events = Int(words[2]), let first = words.count > 3 ? Int(words[3]) : 0 else {
                throw BenchError(usage)
            }
            try await fill(words[1], first: first, events: events)
        case ("fold", 2): try await Fold.run(words[1])
        case ("more", 2): try await Fold.run(words[1], anew: false)
        case ("reads", 5...6):
            guard let objects = Int(words[2]), let reads = Int(words[3]), let days = Int(words[4]) else {
                throw BenchError(usage)
            }
            try await Reads.fill(
                words[1], objects: objects, reads: reads, days: days, first: words.count > 5 ? Int(words[5]) ?? 0 : 0)
        case ("scan", 3):
            guard let days = Int(words[2]) else { throw BenchError(usage) }
            try await Reads.judge(words[1], days: days)
        case ("judge", 2): try await Temperatures.run(words[1])
        case ("ask", 2): try await Reads.ask(words[1])
        case ("read", 2): try await read(words[1])
        default: throw BenchError(usage)
        }
    }

    private static func fill(_ directory: String, first: Int, events: Int) async throws {
        let log = try Sample.open(directory)
        let clock = ContinuousClock()
        let start = clock.now
        var next = first
        while next < first + events {
            let piece = min(1000, first + events - next)
            _ = try await log.topic("events").append((next..<next + piece).map(Sample.record))
            next += piece
        }
        let took = Bench.seconds(clock.now - start)
        let bytes = log.statistics.topics[0].bytesOnDisk
        await log.close()
        tell(["events": Double(events), "seconds": took, "rate": Double(events) / took, "bytes": Double(bytes)])
    }

    private static func read(_ directory: String) async throws {
        let log = try Sample.open(directory)
        let clock = ContinuousClock()
        let start = clock.now
        var next: Int64 = 0
        var count = 0
        while true {
            let chunk = try await log.topic("events").read(from: next, maxBytes: 64 << 10)
            count += chunk.records.count
            next = chunk.next
            if chunk.reachedHead { break }
        }
        let took = Bench.seconds(clock.now - start)
        await log.close()
        tell(["events": Double(count), "seconds": took, "rate": Double(count) / took])
    }
}
