import FluxEvents
import Glibc
import Logging

/// One JSON object a line on standard error, for machines that collect logs.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    /// The members of every line; a field of such a name gets a `_` behind it.
    private static let own: Set<String> = ["time", "level", "logger", "message"]

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = JSONWriter()
        line.object { out in
            out.field("time", Timestamp.now())
            out.field("level", event.level.rawValue)
            out.field("logger", label)
            out.field("message", event.message.description)
            var all = metadata
            if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
            if let given = event.metadata { all.merge(given) { _, new in new } }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                out.field(Self.own.contains(key) ? key + "_" : key, value.description)
            }
        }
        Terminal.error(line.line)
    }
}
