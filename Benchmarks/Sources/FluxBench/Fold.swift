import FluxCatalog
import FluxLog
import Foundation

enum Fold {
    /// Folds the log of a data folder into a new catalogue, from nothing to the head, or what is new into the one that is
    /// there, and says how long it took.
    static func run(_ directory: String, anew: Bool = true) async throws {
        for name in anew ? ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "snapshots"] : [] {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
        let log = try Sample.open(directory)
        let events = log.topic("events")
        let head = events.bounds().head
        let catalog = try Catalog.open(directory: directory, log: events, logger: quiet)
        let first = catalog.position
        let clock = ContinuousClock()
        let start = clock.now
        let cpu = Bench.cpuSeconds()
        let following = Task { try await catalog.run() }
        while catalog.position < head {
            if case .stopped(let reason) = catalog.state { throw BenchError(reason) }
            try await Task.sleep(for: .milliseconds(5))
        }
        let took = Bench.seconds(clock.now - start)
        let used = Bench.cpuSeconds() - cpu
        following.cancel()
        _ = try? await following.value
        catalog.close()
        await log.close()
        tell([
            "events": Double(head - first), "seconds": took, "cpu": used, "rate": Double(head - first) / took,
            "megabytes": Double(Bench.fileSize("\(directory)/catalog.sqlite")) / 1e6,
        ])
    }
}
