import FluxEvents
import FluxLog
import Logging
import NIOCore
import Synchronization

/// What the routes share: the rooms below, and the few things that live as long as the server.
struct API: Sendable {
    let rooms: ServerDependencies
    let doorkeeper: Doorkeeper
    let statistics: EventStatistics
    let simulations: SimulationBoard
    let exports: Gate
    let drain: DrainState
    let started: Timestamp
    let startedAt = ContinuousClock.now

    var configuration: ServerConfiguration { rooms.configuration }

    var history: HistoryReader {
        HistoryReader(
            log: rooms.events, statistics: statistics, maxScanEvents: configuration.maxScanEvents, logger: rooms.logger)
    }

    /// Every route, in the order in which the description lists them.
    func endpoints(page: StaticPage) -> [Endpoint] {
        var all =
            eventRoutes + streamRoutes + storeRoutes + objectRoutes + authRoutes + operationsRoutes + laterRoutes
        // The document describes the routes before it, and itself.
        let described = all + descriptionRoutes(document: ByteBuffer())
        let document = OpenAPIDocument.make(described, version: configuration.version).bytes
        all += descriptionRoutes(document: document)
        return all + page.routes
    }
}

/// Lets so many through at a time.
final class Gate: Sendable {
    private let open = Mutex(0)
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a place; false where there is none.
    func enter() -> Bool {
        open.withLock { open in
            guard open < limit else { return false }
            open += 1
            return true
        }
    }

    func leave() {
        open.withLock { $0 -= 1 }
    }
}
