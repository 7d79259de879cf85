import CBaseline
import FluxLog
import Foundation

/// What `writers` tasks reach that each append one event after the other, waiting for each.
struct AppendResult {
    var eventsASecond: Double
    var groupBytes: Double
    var groupEvents: Double
}

enum Append {
    /// Interleaved rounds: the log, then the bare loop with groups of the size that the log has just written.
    static func run(folder: String, seconds: Double, rounds: Int) async throws {
        for round in 0..<rounds {
            for writers in [1, 16, 256] {
                let directory = "\(folder)/round-\(round)-\(writers)"
                let ours = try await measure(directory, writers: writers, seconds: seconds)
                try FileManager.default.removeItem(atPath: directory)
                let groups = baseline_groups("\(folder)/bare", Int(ours.groupBytes), seconds)
                guard groups > 0 else { throw BenchError("the bare loop could not write below \(folder)") }
                try FileManager.default.removeItem(atPath: "\(folder)/bare")
                tell([
                    "writers": Double(writers), "ours": ours.eventsASecond, "bare": groups * ours.groupEvents,
                    "groups": groups, "events": ours.groupEvents, "bytes": ours.groupBytes,
                ])
            }
        }
    }

    private static func measure(_ directory: String, writers: Int, seconds: Double) async throws -> AppendResult {
        let log = try Sample.open(directory)
        let events = log.topic("events")
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + .milliseconds(Int(seconds * 1000))
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var count = 0
                    let template = Sample.record(writer)
                    while clock.now < end {
                        _ = try await events.append([Sample.numbered(template, writer * 10_000_000 + count)])
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let took = Bench.seconds(clock.now - start)
        let statistics = log.statistics.topics[0]
        await log.close()
        return AppendResult(
            eventsASecond: Double(total) / took,
            groupBytes: Double(statistics.appendedBytes) / Double(statistics.groups),
            groupEvents: Double(statistics.appendedRecords) / Double(statistics.groups))
    }
}
