public import FluxAccess
public import FluxCatalog
public import FluxIngest
public import FluxLive
public import FluxLog
public import Logging
public import NIOCore

/// All that the server needs of other rooms, plugged together by the composition.
public struct ServerDependencies: Sendable {
    /// The engine, for health, statistics and metrics.
    public var log: EmbeddedLog
    /// The topic of real events.
    public var events: any EventLog
    /// The topic of simulated events.
    public var simulated: any EventLog
    public var catalog: Catalog
    public var stores: StoreSupervisor
    public var access: AccessControl
    /// Its event loops must be those of `group`.
    public var live: LiveHub
    /// The event loops that connections run on.
    public var group: any EventLoopGroup
    /// Where metrics are kept and written from; also the factory for `MetricsSystem.bootstrap`.
    public var metrics: MetricsRegistry
    public var configuration: ServerConfiguration
    public var logger: Logger

    public init(
        log: EmbeddedLog, events: any EventLog, simulated: any EventLog, catalog: Catalog, stores: StoreSupervisor,
        access: AccessControl, live: LiveHub, group: any EventLoopGroup, metrics: MetricsRegistry = MetricsRegistry(),
        configuration: ServerConfiguration, logger: Logger
    ) {
        self.log = log
        self.events = events
        self.simulated = simulated
        self.catalog = catalog
        self.stores = stores
        self.access = access
        self.live = live
        self.group = group
        self.metrics = metrics
        self.configuration = configuration
        self.logger = logger
    }
}
