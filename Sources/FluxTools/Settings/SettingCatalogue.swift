import FluxLog

extension Setting {
    /// The largest event that may be allowed: what a record of the log takes, less what its encoding adds.
    static let largestEvent = Int64(EmbeddedLogConfiguration().maxRecordBytes - 1024)

    /// Every setting of `serve`, in the order in which help and `config show` list them.
    public static let all: [Setting] = [
        Setting(
            "listen", .address, default: "127.0.0.1:8000",
            "Where HTTP, WebSocket and the page are served. Port 0 picks a free one."),
        Setting(
            "data", .path, default: ".cloudflux",
            "The folder that holds the log and all else. Made when missing; never watched."
        ),
        Setting(
            "store", .storeURL, repeats: true,
            "An object store to watch: file:///folder or s3://bucket/prefix. May be given several times."),
        Setting("log", .text, default: "embedded", "Where events are kept: `embedded` in the data folder."),
        Setting(
            "auth", .choice(["password", "none"]), default: "password",
            "Who may come in. `none` makes everybody administrator, on loopback addresses only."),
        Setting(
            "public-url", .text,
            "The address that browsers use when a proxy stands in front, such as https://flux.example.org."),
        Setting("tls-cert", .path, "PEM file with the certificate chain; read again when it changes."),
        Setting("tls-key", .path, "PEM file with the private key; read again when it changes."),
        Setting("web-root", .path, "The folder of the built page, when it is not beside the binary."),
        Setting(
            "filter-preset", .filterPreset, repeats: true,
            "A filter that everybody is offered, as NAME=EXPRESSION. May be given several times."),
        Setting(
            "drain-timeout", .duration(atLeast: 0, optional: false), default: "30s",
            "How long a stop may take to finish what is under way."),

        Setting(
            "durability", .choice(["fsync", "interval", "none"]), default: "fsync",
            "When an append is acknowledged: after its sync, or (weaker) before."),
        Setting(
            "segment-bytes", .bytes(1_048_576...2_147_483_648, optional: false), default: "128MiB",
            "Size at which the log begins a new segment file."),
        Setting(
            "retention-age", .duration(atLeast: 1000, optional: true), default: "none",
            "Segments whose newest event is older are deleted."),
        Setting(
            "retention-bytes", .bytes(1_048_576...Int64.max, optional: true), default: "none",
            "The oldest segments are deleted while the log is larger."),
        Setting(
            "disk-reserve", .bytes(0...Int64.max, optional: false), default: "64MiB",
            "Free space that the log leaves on its disk."),
        Setting(
            "dedup-events", .count(0...50_000_000), default: "2000000",
            "How many of the newest events are recognised when they come again."),

        Setting(
            "max-rescan-deletes", .percent, default: "10%",
            "Share of a store that may vanish at once before it counts as away."),
        Setting(
            "list-budget", .dollars, default: "1",
            "What listing a bucket may cost a month (USD a store): how often it is listed."),

        Setting(
            "access-detail", .choice(["each", "hour", "day"]),
            "What an event of reads from access logs stands for: each read (by default up to a million a day and store, "
                + "then the hour), or an object's reads by one requester in an hour or a day."),
        Setting(
            "dedup-reads", .count(0...200_000_000), default: "20000000",
            "How many of the newest reads from access logs are recognised when they come again."),

        Setting("hot-chance", .chance, default: "50%", "So likely a read within 7 days makes an object HOT."),
        Setting("warm-chance", .chance, default: "50%", "So likely a read within 30 days makes an object WARM."),
        Setting("cold-chance", .chance, default: "20%", "So likely a read within 365 days makes it COLD, not ARCHIVE."),
        Setting(
            "max-verdicts-per-hour", .count(0...1_000_000), default: "1000",
            "Most events an hour on the temperature of single objects; past it they are told in summaries."),

        Setting(
            "max-body-bytes", .bytes(1024...1_073_741_824, optional: false), default: "8MiB",
            "Largest body of a request."),
        Setting("max-events-per-request", .count(1...1_000_000), default: "10000", "Most events in one request."),
        Setting(
            "max-event-bytes", .bytes(1024...largestEvent, optional: false), default: "256KiB",
            "Largest event that is accepted, at most 1022KiB."),
        Setting(
            "max-message-bytes", .bytes(1024...16_777_216, optional: false), default: "64KiB",
            "Largest message from a WebSocket client."),
        Setting(
            "max-scan-events", .count(1000...1_000_000_000), default: "1000000",
            "Most events that one request examines."),
        Setting(
            "max-connections", .count(1...1_000_000), default: "16384", "Most streams at a time (WebSocket and SSE)."),
        Setting(
            "heartbeat", .duration(atLeast: 100, optional: false), default: "5s",
            "A stream that is silent for so long gets a heartbeat."),
        Setting(
            "ping-interval", .duration(atLeast: 100, optional: false), default: "20s",
            "How often an idle WebSocket is pinged."),
        Setting(
            "stall-timeout", .duration(atLeast: 1000, optional: false), default: "60s",
            "A reader that takes not a byte for so long is closed with 4408."),
        Setting(
            "read-ahead-bytes", .bytes(1_048_576...68_719_476_736, optional: false), default: "32MiB",
            "Memory for pieces of the log that readers share."),

        Setting(
            "log-level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), default: "info",
            "How much the server says on standard error."),
        Setting("log-format", .choice(["text", "json"]), default: "text", "How it says it."),
        Setting("debug-echo", .boolean, default: "false", "Serve /ws/echo, for protocol test suites."),
    ]

    /// The setting of that name.
    public static func named(_ name: String) -> Setting? {
        all.first { $0.name == name }
    }
}
