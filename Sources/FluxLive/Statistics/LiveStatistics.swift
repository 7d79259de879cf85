/// What the live streams are doing, summed over all event loops at one moment.
public struct LiveStatistics: Sendable, Hashable {
    /// Milliseconds from `recorded_at` to the moment an event was handed to the socket, over the last one to two
    /// minutes. Only live readers count: one that reads history is late by its own wish.
    public struct Latency: Sendable, Hashable {
        public var p50: Int64
        public var p90: Int64
        public var p99: Int64
        public var max: Int64
    }

    /// Open WebSocket streams.
    public var webSockets = 0
    /// Open streams of every kind.
    public var subscribers = 0
    /// Streams that are reading history now (slow, or coming back).
    public var behind = 0
    /// Events given to clients since start.
    public var delivered: UInt64 = 0
    /// `gap` notices given to clients since start.
    public var gaps: UInt64 = 0
    /// Streams ended because nothing was taken or answered (4408), since start.
    public var stalled: UInt64 = 0
    /// Subscriptions that began since start: streams that were opened, and changes of filter or place.
    public var subscriptions: UInt64 = 0
    /// Parameters and messages of clients that were refused since start, by `code` of the `error` message.
    public var refused: [String: UInt64] = [:]
    /// Streams that this server ended since start, by close code.
    public var ended: [UInt16: UInt64] = [:]
    /// Bytes of the log held in memory for readers.
    public var bufferedBytes = 0
    /// Nil while no live reader was given anything.
    public var latency: Latency?

    public init() {}
}
