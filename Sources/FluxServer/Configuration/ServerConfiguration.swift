public import FluxEvents

/// The settings of the HTTP server. Every limit has a name, a default and a place in `docs/operations.md`.
public struct ServerConfiguration: Sendable {
    /// Who may come in.
    public enum Authentication: String, Sendable, Hashable {
        /// Accounts, sessions and tokens.
        case password
        /// Everybody is administrator; the composition allows it on loopback addresses only.
        case none
    }

    /// The address that is listened on (`--listen`).
    public var host = "127.0.0.1"
    /// The port that is listened on; 0 picks a free one, which `onServerRunning` tells.
    public var port = 8000
    /// What browsers call this server, where a proxy stands in front (`--public-url`).
    public var publicURL: String?
    /// `--auth`.
    public var authentication = Authentication.password
    /// PEM file of the certificate chain (`--tls-cert`); together with `tlsKey` it turns TLS on. Read again when changed.
    public var tlsCertificate: String?
    /// PEM file of the private key (`--tls-key`).
    public var tlsKey: String?
    /// The folder of the built page (`--web-root`); nil where there is none, and `/` says how to build it.
    public var webRoot: String?
    /// The data folder; `statistics.json` (the counts by type, and how far they are folded) is kept there.
    public var dataDirectory: String
    /// Shown in descriptions, health and streams.
    public var version = "0.1.0"
    /// Serve `/ws/echo` for protocol suites (`--debug-echo`).
    public var debugEcho = false

    /// How long a stop may take from SIGTERM to the last closed connection (`--drain-timeout`).
    public var drainTimeout: Duration = .seconds(30)

    /// The largest body of a request, in bytes (`--max-body-bytes`); more is a 413.
    public var maxBodyBytes = 8 << 20
    /// The most events in one request (`--max-events-per-request`); more is a 413.
    public var maxEventsPerRequest = 10_000
    /// The largest event, in bytes (`--max-event-bytes`); more is a 413.
    public var maxEventBytes = 256 << 10
    /// How many events one request may examine (`--max-scan-events`) before it answers what it has.
    public var maxScanEvents = 1_000_000
    /// Streams at a time (`--max-connections`), as the live hub has it; `spareConnections` more may be open for requests.
    public var maxConnections = 16_384
    /// Connections beyond `maxConnections` for requests that are no streams; more are closed at once.
    public var spareConnections = 600
    /// Connections that wait to be accepted.
    public var backlog = 512
    /// The longest request target, in bytes; more is a 414.
    public var maxURIBytes = 16 << 10
    /// All header fields of a request together, in bytes; more is a 431.
    public var maxHeaderBytes = 32 << 10
    /// How long a connection may take to send the header of its first request; it is closed then.
    public var headerTimeout: Duration = .seconds(10)
    /// How long a connection may be idle between requests, or while a request is being read.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a request's body may take to arrive as a whole; more is a 408.
    public var bodyTimeout: Duration = .seconds(60)
    /// How long a client may take not a byte of an answer that waits for it; its connection is cut off then
    /// (`--stall-timeout`, as for streams).
    public var writeStallTimeout: Duration = .seconds(60)
    /// Requests a second that one address may go on with while not signed in; more is a 429.
    public var requestsPerSecond = 100.0
    /// How many such requests may come at once before `requestsPerSecond` counts.
    public var requestBurst = 500.0
    /// Exports that may run at a time; more is a 503.
    public var maxExports = 8
    /// Simulations that may run at a time; more is a 409.
    public var maxSimulations = 4
    /// What `Retry-After` says with a 503, in seconds.
    public var retryAfterSeconds = 5
    /// How often `statistics.json` is written when counts changed.
    public var statisticsInterval: Duration = .seconds(10)

    /// Filters that everybody is offered (`--filter-preset`), checked.
    public var filterPresets: [FilterPreset] = []

    /// The wall clock.
    public var now: @Sendable () -> Timestamp = { Timestamp.now() }
    /// Called once the socket listens, with the port it got.
    public var onServerRunning: @Sendable (_ port: Int) async -> Void = { _ in }

    /// - Parameter dataDirectory: the data folder, which exists.
    public init(dataDirectory: String) {
        self.dataDirectory = dataDirectory
    }

    /// Whether connections are encrypted.
    public var usesTLS: Bool { tlsCertificate != nil && tlsKey != nil }
    /// `http` or `https`.
    public var scheme: String { usesTLS ? "https" : "http" }
}
