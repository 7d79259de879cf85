import FluxTools
import Logging

/// Says what the server has to say on standard error, as `--log-level` and `--log-format` want it.
enum LoggingSetup {
    static func start(_ settings: ResolvedSettings) -> Logger {
        let level = settings.text("log-level").flatMap(Logger.Level.init(rawValue:)) ?? .info
        let isJSON = settings.text("log-format") == "json"
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler =
                isJSON ? JSONLogHandler(label: label) : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "cloudflux")
    }
}
