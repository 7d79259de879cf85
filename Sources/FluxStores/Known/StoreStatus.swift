public import FluxEvents

/// How a store is doing, as `/api/stores` shows it.
public struct StoreStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// Being opened.
        case starting
        /// Its objects are read: the first inventory, or a comparison with what is known.
        case indexing
        /// Live.
        case watching
        /// A person paused it: nothing is seen until it is resumed; then it is compared.
        case paused
        /// Its root is gone or changed, or too much vanished at once: no deletes until it is back or confirmed.
        case away
        /// It cannot go on by itself; `message` says why and what to do.
        case failed
    }

    /// How far a comparison or an inventory is.
    public struct Progress: Sendable, Hashable {
        /// Objects looked at.
        public var done: Int64
        /// Of how many, where that is known.
        public var total: Int64?

        public init(done: Int64, total: Int64?) {
            self.done = done
            self.total = total
        }
    }

    /// How a bucket is listed, and what that costs.
    public struct Listing: Sendable, Hashable {
        /// Between two listings (seconds).
        public var intervalSeconds: Double
        /// Requests since the start.
        public var requests: Int64
        /// Of them those that were tried again.
        public var retries: Int64
        /// USD a month at this interval; nil where nobody can say: the service is not AWS.
        public var monthlyCost: Double?

        public init(intervalSeconds: Double, requests: Int64, retries: Int64, monthlyCost: Double?) {
            self.intervalSeconds = intervalSeconds
            self.requests = requests
            self.retries = retries
            self.monthlyCost = monthlyCost
        }
    }

    /// What is known of reads, and how far that reaches.
    public struct AccessData: Sendable, Hashable {
        /// Where it comes from: `access-log`.
        public var source: String
        /// The time of the newest line that was read; nil: none was.
        public var through: Timestamp?
        /// Files and lines that were read since the start.
        public var files: Int64
        public var lines: Int64
        /// Of the lines those that were none of an access log.
        public var unreadableLines: Int64
        /// One or more sentences for a person, where something is not as it should be.
        public var trouble: String?

        public init(
            source: String, through: Timestamp? = nil, files: Int64 = 0, lines: Int64 = 0, unreadableLines: Int64 = 0,
            trouble: String? = nil
        ) {
            self.source = source
            self.through = through
            self.files = files
            self.lines = lines
            self.unreadableLines = unreadableLines
            self.trouble = trouble
        }

        /// How far what is known of reads is behind (seconds): what was read since then is not told yet.
        public func behindSeconds(at now: Timestamp) -> Double? {
            through.map { Double(max(0, now.milliseconds - $0.milliseconds)) / 1000 }
        }
    }

    public var id: String
    public var url: String
    public var provider: String
    public var bucket: String
    public var state: State
    /// One or more sentences for a person, where there is something to say (also while watching: limits, unreadable
    /// folders).
    public var message: String?
    /// Objects in the store, as they were last told; nil where nothing was told of it yet.
    public var objects: Int64?
    public var bytes: Int64?
    public var progress: Progress?
    /// When the last whole comparison ended.
    public var lastRescan: Timestamp?
    public var addedAt: Timestamp
    public var origin: StoreOrigin
    /// Folders that are watched.
    public var watches: Int
    /// Times the watch overflowed since the start.
    public var overflows: Int
    /// Nil for a folder.
    public var listing: Listing?
    /// Nil where nobody tells of reads.
    public var accessData: AccessData?

    public init(
        id: String, url: String, provider: String, bucket: String, state: State, message: String? = nil,
        objects: Int64? = nil, bytes: Int64? = nil, progress: Progress? = nil, lastRescan: Timestamp? = nil,
        addedAt: Timestamp, origin: StoreOrigin, watches: Int = 0, overflows: Int = 0
    ) {
        self.id = id
        self.url = url
        self.provider = provider
        self.bucket = bucket
        self.state = state
        self.message = message
        self.objects = objects
        self.bytes = bytes
        self.progress = progress
        self.lastRescan = lastRescan
        self.addedAt = addedAt
        self.origin = origin
        self.watches = watches
        self.overflows = overflows
    }
}
