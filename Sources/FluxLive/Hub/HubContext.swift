import FluxEvents
import FluxLog
import Logging
import NIOCore
import Synchronization

/// What all event loops of a hub share. Immutable but for counters.
final class HubContext: Sendable {
    let events: any EventLog
    let simulated: (any EventLog)?
    let configuration: LiveConfiguration
    let now: @Sendable () -> Timestamp
    let logger: Logger
    let epoch: UInt64
    let loopCount: Int
    let subscribers = Atomic<Int>(0)
    let isDraining = Atomic<Bool>(false)
    let scans: ScanGate
    private let statisticsSource = Mutex<(@Sendable () async -> ByteBuffer)?>(nil)

    init(
        events: any EventLog, simulated: (any EventLog)?, configuration: LiveConfiguration, loopCount: Int,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.events = events
        self.simulated = simulated
        self.configuration = configuration
        self.loopCount = loopCount
        scans = ScanGate(limit: configuration.maxScansAtOnce)
        self.now = now
        self.logger = logger
        epoch = events.bounds().epoch
    }

    var resolver: StartResolver {
        StartResolver(events: events, simulated: simulated, maxScanEvents: configuration.maxScanEvents, scans: scans)
    }

    var serverStatistics: (@Sendable () async -> ByteBuffer)? {
        get { statisticsSource.withLock { $0 } }
        set { statisticsSource.withLock { $0 = newValue } }
    }
}
