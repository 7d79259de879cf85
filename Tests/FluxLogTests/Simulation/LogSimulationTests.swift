import Foundation
import Testing

@testable import FluxLog

@Suite("The log on a disk that fails")
struct LogSimulationTests {
    /// `FLUXLOG_SEEDS=20000` runs more, `FLUXLOG_SEED=7` runs one.
    @Test("Whatever call fails or is the last: acknowledged events are all there, in order, once")
    func seeds() throws {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["FLUXLOG_SEED"].flatMap({ UInt64($0) }) {
            var simulation = LogSimulation(seed: seed)
            return try simulation.run()
        }
        let count = environment["FLUXLOG_SEEDS"].flatMap { UInt64($0) } ?? 300
        let first = environment["FLUXLOG_FIRST_SEED"].flatMap { UInt64($0) } ?? 0
        var failures: [String] = []
        for seed in first..<first + count {
            var simulation = LogSimulation(seed: seed)
            do {
                try simulation.run()
            } catch {
                failures.append("\(error)")
            }
        }
        #expect(failures.isEmpty, "\(failures.count) of \(count) seeds failed; \(failures.first ?? "")")
    }
}
