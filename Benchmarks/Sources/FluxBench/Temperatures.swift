import FluxCatalog
import FluxEvents
import FluxLog
import Foundation

/// How long it takes until every object is called what it is now, told and folded again.
enum Temperatures {
    static func run(_ directory: String) async throws {
        let log = try Sample.open(directory)
        let events = log.topic("events")
        let catalog = try Catalog.open(directory: directory, log: events, logger: quiet)
        let following = Task { try await catalog.run() }
        try await catalog.folded(through: events.bounds().head - 1)
        let watch = ForecastWatch(catalog: catalog, log: events, reach: { [:] }, logger: quiet)
        var result: [String: Double] = [:]
        // The first tells what is new since the last time, or all there is; the second finds nothing.
        for name in ["look", "again"] {
            let clock = ContinuousClock()
            let (start, cpu) = (clock.now, Bench.cpuSeconds())
            result["\(name)_events"] = Double(try await watch.look())
            result["\(name)_seconds"] = Bench.seconds(clock.now - start)
            result["\(name)_cpu"] = Bench.cpuSeconds() - cpu
        }
        let overview = try await catalog.overview(now: .now())
        result["objects"] = Double(overview.objects)
        result["judged"] = Double(overview.temperatures.filter { $0.temperature != nil }.map(\.objects).reduce(0, +))
        following.cancel()
        _ = try? await following.value
        catalog.close()
        await log.close()
        tell(result)
    }
}
