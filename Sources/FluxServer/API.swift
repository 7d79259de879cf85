import FluxEvents
import FluxLog
import Logging
import NIOCore

/// What the routes share: the rooms below, and the few things that live as long as the server.
struct API: Sendable {
    let rooms: ServerDependencies
    let doorkeeper: Doorkeeper
    let statistics: EventStatistics
    let simulations: SimulationBoard
    let exports: ExportGate
    let sockets = SocketCount()
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
            eventRoutes + streamRoutes + filterRoutes + storeRoutes + objectRoutes + authRoutes + operationsRoutes
            + laterRoutes
        // The document describes the routes before it, and itself.
        let described = all + descriptionRoutes(document: ByteBuffer())
        let document = OpenAPIDocument.make(described, version: configuration.version).bytes
        all += descriptionRoutes(document: document)
        let docs = DocsPages(files: page.files, endpoints: described, version: configuration.version)
        return all + docs.routes + page.routes
    }
}
