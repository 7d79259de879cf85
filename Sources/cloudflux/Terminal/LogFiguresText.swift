import FluxEvents
import FluxLog
import NIOCore

/// The figures of `log stats` as tables and as JSON.
enum LogFiguresText {
    /// Older segments of a topic are only in the JSON.
    private static let shownSegments = 20

    static let topicHead = [
        "TOPIC", "SEGMENTS", "EARLIEST", "HEAD", "EVENTS", "SIZE", "B/EVENT", "EVENTS/S", "EVENTS/DAY", "SIZE/DAY",
        "REMEMBERED", "FIRST", "LAST",
    ]
    static let topicRight = Set(1...10)

    static func topics(_ figures: LogFigures) -> [[String]] {
        figures.report.topics.map { topic in
            let rate = topic.rate
            return [
                topic.name, String(topic.segments.count), String(topic.earliest), String(topic.head),
                String(topic.records), EventLine.bytes(topic.bytes), number(topic.bytesPerEvent),
                number(rate?.eventsPerSecond), number(rate?.eventsPerDay), size(rate?.bytesPerDay),
                String(figures.windowEvents(of: topic)), time(topic.firstRecordedAt), time(topic.lastRecordedAt),
            ]
        }
    }

    static let segmentHead = [
        "SEGMENT", "FIRST OFFSET", "LAST OFFSET", "EVENTS", "SIZE", "B/EVENT", "EVENTS/S", "FIRST", "LAST",
    ]
    static let segmentRight = Set(1...6)

    static func segments(_ figures: LogFigures) -> [[String]] {
        figures.report.topics.flatMap { topic in
            topic.segments.suffix(shownSegments).map { segment in
                [
                    topic.name + " " + String(segment.base), String(segment.base),
                    segment.last.map { String($0) } ?? "–", String(segment.records), EventLine.bytes(segment.bytes),
                    number(segment.bytesPerEvent), number(segment.rate?.eventsPerSecond),
                    time(segment.firstRecordedAt), time(segment.lastRecordedAt),
                ]
            }
        }
    }

    /// What stands below the tables.
    static func notes(_ figures: LogFigures) -> [String] {
        var lines: [String] = []
        let hidden = figures.report.topics.reduce(0) { $0 + max(0, $1.segments.count - shownSegments) }
        if hidden > 0 { lines.append("\(hidden) older segments are not shown; --json has all") }
        if let free = figures.freeBytes {
            let left =
                figures.secondsLeft.map { "; at the rate of what is kept it lasts \(span($0))" }
                ?? "; for how long it lasts is known once the log spans an hour"
            lines.append("free on this disk: \(EventLine.bytes(free))\(left)")
        }
        return lines
    }

    static func json(_ figures: LogFigures) -> String {
        var out = JSONWriter()
        out.object { out in
            out.field("sound", figures.report.isSound)
            out.field("epoch", figures.report.epochText)
            out.field("free_bytes", figures.freeBytes)
            out.field("seconds_left", figures.secondsLeft.map { $0.rounded() })
            out.key("topics")
            out.array { out in
                for topic in figures.report.topics {
                    out.topic(topic) { out in
                        out.field("first_recorded_at", topic.firstRecordedAt)
                        out.field("last_recorded_at", topic.lastRecordedAt)
                        out.rates(topic.bytesPerEvent, topic.rate)
                        out.key("dedup_window")
                        out.object { out in
                            out.field("from", figures.windowStarts[topic.name])
                            out.field("events", figures.windowEvents(of: topic))
                        }
                    }
                }
            }
        }
        return out.line
    }

    /// A figure with as many places as it is worth.
    private static func number(_ value: Double?) -> String {
        guard let value else { return "–" }
        let tenths = (value * 10).rounded() / 10
        return value >= 100 || tenths == tenths.rounded() ? String(Int64(clamping: value)) : String(tenths)
    }

    private static func size(_ bytes: Double?) -> String {
        bytes.map { EventLine.bytes(Int64(clamping: $0)) } ?? "–"
    }

    private static func time(_ time: Timestamp?) -> String { time?.rfc3339 ?? "–" }

    private static func span(_ seconds: Double) -> String {
        let days = seconds / LogRate.secondsPerDay
        if days >= 3650 { return "more than ten years" }
        return days >= 2 ? "\(number(days)) days" : "\(number(seconds / 3600)) hours"
    }
}

extension Int64 {
    fileprivate init(clamping value: Double) {
        self = value >= Double(Int64.max) ? .max : value <= Double(Int64.min) ? .min : Int64(value.rounded())
    }
}

extension JSONWriter {
    mutating func rates(_ bytesPerEvent: Double?, _ rate: LogRate?) {
        field("bytes_per_event", bytesPerEvent)
        field("events_per_second", rate?.eventsPerSecond)
        field("events_per_day", rate?.eventsPerDay)
        field("bytes_per_second", rate?.bytesPerSecond)
        field("bytes_per_day", rate?.bytesPerDay)
    }
}
