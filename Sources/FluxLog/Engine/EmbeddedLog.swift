public import Logging

/// The embedded engine: several topics in one data folder, one writer thread, group commit.
public final class EmbeddedLog: Sendable {
    public let epoch: UInt64 = 0

    public static func open(
        directory: String, configuration: EmbeddedLogConfiguration = EmbeddedLogConfiguration(),
        files: (any FileSystem)? = nil, logger: Logger = Logger(label: "cloudflux.log")
    ) throws(LogError) -> EmbeddedLog { fatalError("published first, filled next") }

    public func topic(_ name: String) -> any EventLog { fatalError("published first, filled next") }
    public func close() async {}
    public var statistics: LogStatistics { LogStatistics() }
    public var health: LogHealth {
        LogHealth(acceptsAppends: true, isDiskFull: false, fatal: nil, damage: [], isClosed: false)
    }
    public func applyRetention() async {}
    public func beginBackup(name: String) -> LogBackup { LogBackup(files: [], epoch: 0, heads: [:], release: {}) }
}
