import FluxCatalog
import FluxEvents
import FluxLive
import FluxLog
import FluxServer
import FluxStores
import FluxTiering
import FluxTools
import Glibc
import Logging
import NIOCore

/// The settings as each room wants them. Every setting has a default, so what is missing here cannot be.
extension ServerAssembly {
    static func logConfiguration(
        _ settings: ResolvedSettings, fence: RetentionFence, logger: Logger
    ) -> EmbeddedLogConfiguration {
        var configuration = EmbeddedLogConfiguration()
        configuration.identify = { RecordIdentity.hash(of: $0, key: $1) }
        configuration.retentionFence = { fence.offset(topic: $0) }
        configuration.onFenced = { fence.wanted($1) }
        // Streams that are behind are written on the threads that read for them.
        configuration.readThreads = max(configuration.readThreads, min(16, System.coreCount / 2))
        configuration.onFatal = { logger.critical("\($0.message)") }
        configuration.retentionAgeMilliseconds = settings.milliseconds("retention-age")
        configuration.retentionBytes = settings.bytes("retention-bytes")
        if let bytes = settings.bytes("segment-bytes") { configuration.segmentBytes = bytes }
        if let events = settings.count("dedup-events") { configuration.dedupEvents = events }
        if let bytes = settings.bytes("disk-reserve") { configuration.diskReserveBytes = bytes }
        switch settings.text("durability") {
        case "interval": configuration.durability = .interval(milliseconds: 1000)
        case "none": configuration.durability = .none
        default: configuration.durability = .fsync
        }
        return configuration
    }

    static func liveConfiguration(_ settings: ResolvedSettings) -> LiveConfiguration {
        var configuration = LiveConfiguration()
        if let time = settings.duration("heartbeat") { configuration.heartbeat = time }
        if let time = settings.duration("ping-interval") { configuration.pingInterval = time }
        if let time = settings.duration("stall-timeout") { configuration.stallTimeout = time }
        if let bytes = settings.bytes("read-ahead-bytes") { configuration.readAheadBytes = Int(bytes) }
        if let bytes = settings.bytes("max-message-bytes") { configuration.maxMessageBytes = Int(bytes) }
        if let count = settings.count("max-connections") { configuration.maxConnections = count }
        if let count = settings.count("max-scan-events") { configuration.maxScanEvents = count }
        configuration.serverVersion = CloudFlux.version
        return configuration
    }

    static func forecastConfiguration(_ settings: ResolvedSettings) -> ForecastWatch.Configuration {
        var configuration = ForecastWatch.Configuration()
        let thresholds: [(String, WritableKeyPath<TemperatureRule, TemperatureRule.Threshold>)] = [
            ("hot-chance", \.hot), ("warm-chance", \.warm), ("cold-chance", \.cold),
        ]
        for (name, threshold) in thresholds {
            if let percent = settings.percent(name) { configuration.rule[keyPath: threshold].chance = percent / 100 }
        }
        if let count = settings.count("max-verdicts-per-hour") { configuration.maximumVerdictsPerHour = count }
        return configuration
    }

    static func serverConfiguration(_ settings: ResolvedSettings, folder: DataFolder) -> ServerConfiguration {
        var configuration = ServerConfiguration(dataDirectory: folder.path)
        configuration.version = CloudFlux.version
        configuration.publicURL = settings.publicURL
        configuration.tlsCertificate = settings.text("tls-cert")
        configuration.tlsKey = settings.text("tls-key")
        configuration.debugEcho = settings.boolean("debug-echo")
        configuration.webRoot = settings.text("web-root") ?? WebRoot.find()
        configuration.filterPresets = settings.filterPresets.map { .init(name: $0.name, expression: $0.expression) }
        if let time = settings.duration("drain-timeout") { configuration.drainTimeout = time }
        if let time = settings.duration("stall-timeout") { configuration.writeStallTimeout = time }
        if let bytes = settings.bytes("max-body-bytes") { configuration.maxBodyBytes = Int(bytes) }
        if let bytes = settings.bytes("max-event-bytes") { configuration.maxEventBytes = Int(bytes) }
        if let count = settings.count("max-events-per-request") { configuration.maxEventsPerRequest = count }
        if let count = settings.count("max-scan-events") { configuration.maxScanEvents = count }
        if let count = settings.count("max-connections") { configuration.maxConnections = count }
        return configuration
    }
}

extension ReadReach {
    /// Of stores whose reads something tells of.
    static func of(_ stores: [StoreStatus]) -> [String: ReadReach] {
        var reach: [String: ReadReach] = [:]
        for store in stores {
            guard let data = store.accessData else { continue }
            reach[store.id] = data.through.map(ReadReach.through) ?? .unknown
        }
        return reach
    }
}

extension ResolvedSettings {
    fileprivate func duration(_ name: String) -> Duration? {
        milliseconds(name).map { .milliseconds($0) }
    }
}

/// Where the built page is: beside the binary (installed, or in a checkout), else below the working folder.
enum WebRoot {
    static func find() -> String? {
        var candidates: [String] = []
        if let executable = realpath("/proc/self/exe", nil) {
            defer { free(executable) }
            let folders = String(cString: executable).split(separator: "/").dropLast()
            let folder = "/" + folders.joined(separator: "/")
            candidates.append(folder + "/share/cloudflux/web")
            candidates.append(folder + "/../share/cloudflux/web")
            // .build/PLATFORM/CONFIGURATION/cloudflux in a checkout
            candidates.append(folder + "/../../../web/dist")
        }
        candidates.append("web/dist")
        return candidates.first { access($0 + "/index.html", R_OK) == 0 }
    }
}
