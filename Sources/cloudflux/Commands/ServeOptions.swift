import ArgumentParser
import FluxTools

/// The command line's layer of the settings. Names, defaults and words stand in `Setting.all`; this lists only which
/// options there are, so that help and completions know them.
struct ServeOptions: ParsableArguments {
    @Option(help: "A YAML file with settings (`listen: 127.0.0.1:8000`); also CLOUDFLUX_CONFIG.", completion: .file())
    var config: String?

    @Option(help: help("listen"), completion: values("listen")) var listen: String?
    @Option(help: help("data"), completion: values("data")) var data: String?
    @Option(help: help("store"), completion: values("store")) var store: [String] = []
    @Option(help: help("log"), completion: values("log")) var log: String?
    @Option(help: help("auth"), completion: values("auth")) var auth: String?
    @Option(help: help("public-url"), completion: values("public-url")) var publicUrl: String?
    @Option(help: help("tls-cert"), completion: values("tls-cert")) var tlsCert: String?
    @Option(help: help("tls-key"), completion: values("tls-key")) var tlsKey: String?
    @Option(help: help("web-root"), completion: values("web-root")) var webRoot: String?
    @Option(help: help("filter-preset"), completion: values("filter-preset")) var filterPreset: [String] = []
    @Option(help: help("drain-timeout"), completion: values("drain-timeout")) var drainTimeout: String?

    @Option(help: help("durability"), completion: values("durability")) var durability: String?
    @Option(help: help("segment-bytes"), completion: values("segment-bytes")) var segmentBytes: String?
    @Option(help: help("retention-age"), completion: values("retention-age")) var retentionAge: String?
    @Option(help: help("retention-bytes"), completion: values("retention-bytes")) var retentionBytes: String?
    @Option(help: help("disk-reserve"), completion: values("disk-reserve")) var diskReserve: String?
    @Option(help: help("dedup-events"), completion: values("dedup-events")) var dedupEvents: String?

    @Option(help: help("max-rescan-deletes"), completion: values("max-rescan-deletes")) var maxRescanDeletes: String?
    @Option(help: help("list-budget"), completion: values("list-budget")) var listBudget: String?

    @Option(help: help("access-detail"), completion: values("access-detail")) var accessDetail: String?
    @Option(help: help("dedup-reads"), completion: values("dedup-reads")) var dedupReads: String?

    @Option(help: help("hot-chance"), completion: values("hot-chance")) var hotChance: String?
    @Option(help: help("warm-chance"), completion: values("warm-chance")) var warmChance: String?
    @Option(help: help("cold-chance"), completion: values("cold-chance")) var coldChance: String?
    @Option(help: help("max-verdicts-per-hour"), completion: values("max-verdicts-per-hour")) var maxVerdictsPerHour:
        String?

    @Option(help: help("max-body-bytes"), completion: values("max-body-bytes")) var maxBodyBytes: String?
    @Option(help: help("max-events-per-request"), completion: values("max-events-per-request")) var maxEventsPerRequest:
        String?
    @Option(help: help("max-event-bytes"), completion: values("max-event-bytes")) var maxEventBytes: String?
    @Option(help: help("max-message-bytes"), completion: values("max-message-bytes")) var maxMessageBytes: String?
    @Option(help: help("max-scan-events"), completion: values("max-scan-events")) var maxScanEvents: String?
    @Option(help: help("max-connections"), completion: values("max-connections")) var maxConnections: String?
    @Option(help: help("heartbeat"), completion: values("heartbeat")) var heartbeat: String?
    @Option(help: help("ping-interval"), completion: values("ping-interval")) var pingInterval: String?
    @Option(help: help("stall-timeout"), completion: values("stall-timeout")) var stallTimeout: String?
    @Option(help: help("read-ahead-bytes"), completion: values("read-ahead-bytes")) var readAheadBytes: String?

    @Option(help: help("log-level"), completion: values("log-level")) var logLevel: String?
    @Option(help: help("log-format"), completion: values("log-format")) var logFormat: String?
    @Flag(help: help("debug-echo")) var debugEcho = false

    /// What was given, by setting name.
    var given: [String: [String]] {
        let single: [(String, String?)] = [
            ("listen", listen), ("data", data), ("log", log), ("auth", auth), ("public-url", publicUrl),
            ("tls-cert", tlsCert), ("tls-key", tlsKey), ("web-root", webRoot), ("drain-timeout", drainTimeout),
            ("durability", durability), ("segment-bytes", segmentBytes), ("retention-age", retentionAge),
            ("retention-bytes", retentionBytes), ("disk-reserve", diskReserve), ("dedup-events", dedupEvents),
            ("max-rescan-deletes", maxRescanDeletes), ("list-budget", listBudget), ("access-detail", accessDetail),
            ("dedup-reads", dedupReads), ("hot-chance", hotChance), ("warm-chance", warmChance),
            ("cold-chance", coldChance), ("max-verdicts-per-hour", maxVerdictsPerHour),
            ("max-body-bytes", maxBodyBytes),
            ("max-events-per-request", maxEventsPerRequest), ("max-event-bytes", maxEventBytes),
            ("max-message-bytes", maxMessageBytes), ("max-scan-events", maxScanEvents),
            ("max-connections", maxConnections), ("heartbeat", heartbeat), ("ping-interval", pingInterval),
            ("stall-timeout", stallTimeout), ("read-ahead-bytes", readAheadBytes), ("log-level", logLevel),
            ("log-format", logFormat), ("debug-echo", debugEcho ? "true" : nil),
        ]
        var found: [String: [String]] = ["store": store, "filter-preset": filterPreset]
        for case (let name, let value?) in single { found[name] = [value] }
        return found
    }

    /// The effective settings: flags over environment over file over defaults.
    func resolve() throws(ToolError) -> ResolvedSettings {
        var file: SettingsResolver.File?
        if let path = config ?? Environment.value("CLOUDFLUX_CONFIG") {
            file = try SettingsResolver.File(reading: path)
        }
        return try SettingsResolver.resolve(flags: given, environment: Environment.all, file: file)
    }

    /// What a shell may complete behind an option.
    private static func values(_ name: String) -> CompletionKind? {
        switch Setting.named(name)?.kind {
        case .choice(let choices): .list(choices)
        case .path: name.hasPrefix("tls-") ? .file() : .directory
        default: nil
        }
    }

    private static func valueName(_ kind: Setting.Kind) -> String? {
        switch kind {
        case .text, .boolean: nil
        case .path: "path"
        case .address: "host:port"
        case .duration: "time"
        case .bytes: "size"
        case .count: "number"
        case .percent, .chance: "percent"
        case .dollars: "usd"
        case .choice(let choices): choices.joined(separator: "|")
        case .storeURL: "url"
        case .filterPreset: "name=filter"
        }
    }

    private static func help(_ name: String) -> ArgumentHelp {
        guard let setting = Setting.named(name) else { return "" }
        var text = setting.help
        if let standard = setting.standard { text += " (default: \(standard))" }
        return ArgumentHelp(text, valueName: valueName(setting.kind))
    }
}
