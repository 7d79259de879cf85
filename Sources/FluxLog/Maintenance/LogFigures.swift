public import FluxEvents

/// How much came in a time, over what is kept.
public struct LogRate: Sendable, Hashable {
    public var eventsPerSecond: Double
    public var bytesPerSecond: Double

    public static let secondsPerDay = 86_400.0

    public var eventsPerDay: Double { self.eventsPerSecond * Self.secondsPerDay }
    public var bytesPerDay: Double { self.bytesPerSecond * Self.secondsPerDay }

    /// Nil where nothing can be known: fewer than two events, or no time between the first and the last.
    public init?(records: Int64, bytes: Int64, from first: Timestamp?, to last: Timestamp?) {
        guard let first, let last, records > 1, last > first else { return nil }
        let seconds = Double(last.milliseconds - first.milliseconds) / 1000
        self.eventsPerSecond = Double(records) / seconds
        self.bytesPerSecond = Double(bytes) / seconds
    }
}

extension LogReport.Segment {
    public var bytesPerEvent: Double? { self.records > 0 ? Double(self.bytes) / Double(self.records) : nil }

    public var rate: LogRate? {
        LogRate(records: self.records, bytes: self.bytes, from: self.firstRecordedAt, to: self.lastRecordedAt)
    }
}

extension LogReport.Topic {
    public var firstRecordedAt: Timestamp? { self.segments.lazy.compactMap(\.firstRecordedAt).first }
    public var lastRecordedAt: Timestamp? { self.segments.lazy.reversed().compactMap(\.lastRecordedAt).first }

    public var bytesPerEvent: Double? { self.records > 0 ? Double(self.bytes) / Double(self.records) : nil }

    public var rate: LogRate? {
        LogRate(records: self.records, bytes: self.bytes, from: self.firstRecordedAt, to: self.lastRecordedAt)
    }
}

/// What `LogMaintenance.stats` found: the report of `verify`, and what the disk says.
public struct LogFigures: Sendable, Hashable {
    public var report: LogReport
    /// Bytes that may still be allocated on the log's disk; nil where it does not say.
    public var freeBytes: Int64?
    /// Of each topic: the first offset whose identity is kept on disk, so that the event is known when it comes again.
    /// A server looks at no more than the newest `--dedup-events`.
    public var windowStarts: [String: Int64]

    public init(report: LogReport, freeBytes: Int64?, windowStarts: [String: Int64]) {
        self.report = report
        self.freeBytes = freeBytes
        self.windowStarts = windowStarts
    }

    /// What is kept must span so many seconds before anything is said about days to come.
    public static let shortestSpan: Int64 = 3_600

    /// Events of a topic that would be recognised.
    public func windowEvents(of topic: LogReport.Topic) -> Int64 {
        self.windowStarts[topic.name].map { max(0, topic.head - $0) } ?? 0
    }

    /// For how many seconds the free space lasts where events go on to come as they came, and nothing is removed. Nil
    /// where what is kept spans less than an hour, or is nothing.
    public var secondsLeft: Double? {
        guard let freeBytes else { return nil }
        let spans = self.report.topics.compactMap { topic in
            topic.firstRecordedAt.flatMap { first in
                topic.lastRecordedAt.map { ($0.milliseconds - first.milliseconds) / 1000 }
            }
        }
        guard spans.contains(where: { $0 >= Self.shortestSpan }) else { return nil }
        let bytes = self.report.topics.reduce(0) { $0 + ($1.rate?.bytesPerSecond ?? 0) }
        return bytes > 0 ? Double(freeBytes) / bytes : nil
    }
}
