import FluxEvents
import Foundation
import Testing

@testable import FluxLog

@Suite("Figures")
struct LogFiguresTests {
    private let hour: Int64 = 3_600_000

    private func segment(_ base: Int64, _ records: Int64, _ bytes: Int64, from: Int64?, to: Int64?) -> LogReport.Segment
    {
        var segment = LogReport.Segment(file: "\(base).log", base: base, bytes: bytes)
        segment.records = records
        segment.firstRecordedAt = from.map { Timestamp(milliseconds: $0) }
        segment.lastRecordedAt = to.map { Timestamp(milliseconds: $0) }
        return segment
    }

    @Test("Rates are over what is kept, and days to come are told only once it spans an hour")
    func rates() throws {
        var topic = LogReport.Topic(name: "events")
        topic.head = 7_200
        topic.segments = [
            segment(0, 3_600, 360_000, from: 0, to: hour), segment(3_600, 3_600, 360_000, from: hour, to: 2 * hour),
            segment(7_200, 0, 0, from: nil, to: nil),
        ]
        let rate = try #require(topic.rate)
        #expect(rate.eventsPerSecond == 1 && rate.eventsPerDay == 86_400)
        #expect(rate.bytesPerSecond == 100 && rate.bytesPerDay == 8_640_000)
        #expect(topic.bytesPerEvent == 100 && topic.segments[2].bytesPerEvent == nil && topic.segments[2].rate == nil)
        #expect(topic.lastRecordedAt == Timestamp(milliseconds: 2 * hour))
        var empty = LogReport.Topic(name: "simulated")
        empty.segments = [segment(0, 1, 100, from: 5, to: 5)]
        #expect(empty.rate == nil)
        var figures = LogFigures(
            report: LogReport(epoch: 1, topics: [topic, empty]), freeBytes: 8_640_000, windowStarts: ["events": 200])
        #expect(figures.secondsLeft == 86_400)
        #expect(figures.windowEvents(of: topic) == 7_000 && figures.windowEvents(of: empty) == 0)
        figures.freeBytes = nil
        #expect(figures.secondsLeft == nil)
        topic.segments = [segment(0, 3_599, 1_000, from: 0, to: hour - 1_000)]
        #expect(
            LogFigures(report: LogReport(epoch: 1, topics: [topic]), freeBytes: 1, windowStarts: [:]).secondsLeft == nil
        )
    }

    @Test("Each segment says its offsets; the window reaches back to the first event whose identity is kept")
    func segments() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(30)
        let figures = try LogMaintenance.stats(directory: spoilt.folder.path)
        let topic = try #require(figures.report.topics.first { $0.name == "events" })
        #expect(topic.segments.count > 2)
        for (index, one) in topic.segments.enumerated() where one.records > 0 {
            let behind = index + 1 < topic.segments.count ? topic.segments[index + 1].base : topic.head
            #expect(one.last == behind - 1)
        }
        #expect(figures.windowStarts["events"] == 0 && figures.windowEvents(of: topic) == 30)
        #expect((figures.freeBytes ?? 0) > 0)
    }
}
