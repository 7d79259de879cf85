public import Logging
import Synchronization

/// Keeps what was logged.
public final class LogLines: LogHandler {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    public init() {}

    public var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    public var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    public func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        self.lines.withLock { $0.append((event.level, "\(event.message) \(metadata)")) }
    }

    public func of(_ level: Logger.Level) -> [String] {
        self.lines.withLock { $0.filter { $0.level == level }.map(\.text) }
    }
}
