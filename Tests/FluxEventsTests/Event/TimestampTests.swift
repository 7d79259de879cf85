import FluxTesting
import Foundation
import Testing

@testable import FluxEvents

@Suite struct TimestampTests {
    @Test func writesMillisecondsAndZ() {
        #expect(Timestamp(milliseconds: 0).rfc3339 == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: 1_795_410_680_123).rfc3339 == "2026-11-23T05:11:20.123Z")
        #expect(Timestamp.latest.rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: 951_782_400_000).rfc3339 == "2000-02-29T00:00:00.000Z")
        #expect(text { Timestamp(milliseconds: 1_795_410_680_123).write(into: &$0) } == "2026-11-23T05:11:20.123Z")
    }

    @Test func momentsOutsideTheRangeAreWrittenAsItsEnds() {
        #expect(Timestamp(milliseconds: -1).rfc3339 == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
    }

    @Test(arguments: [
        ("2026-11-23T05:11:20Z", "2026-11-23T05:11:20.000Z"),
        ("2026-11-23t05:11:20.1z", "2026-11-23T05:11:20.100Z"),
        ("2026-11-23T05:11:20.123456789Z", "2026-11-23T05:11:20.123Z"),
        ("2026-11-23T05:11:20.12+01:00", "2026-11-23T04:11:20.120Z"),
        ("2026-11-23T23:30:00-23:59", "2026-11-24T23:29:00.000Z"),
        ("1970-01-01T01:00:00+01:00", "1970-01-01T00:00:00.000Z"),
        ("2026-11-23T05:11:20-00:00", "2026-11-23T05:11:20.000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
        ("2017-01-01T00:59:60.5+01:00", "2016-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
    ])
    func readsRFC3339(_ given: String, _ expected: String) throws {
        #expect(try #require(Timestamp(rfc3339: given)).rfc3339 == expected)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23 05:11:20Z", "2026-11-23T05:11:20", "2026-11-23T05:11Z", "2026-11-23T05:11:20.Z",
        "2026-11-23T05:11:20.1234567890Z", "2026-11-23T24:00:00Z", "2026-11-23T05:60:20Z", "2026-11-23T05:11:61Z",
        "2026-11-23T05:11:60Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-11-00T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "2026-11-23T05:11:20+1:00", "2026-11-23T05:11:20+0100", "2026-11-23T05:11:20Z ", "+2026-11-23T05:11:20Z",
        "2026-11-23T05:11:20+24:00", "2026-11-23T05:11:2٠Z", "２026-11-23T05:11:20Z",
    ])
    func refusesEverythingElse(_ given: String) {
        #expect(Timestamp(rfc3339: given) == nil)
    }

    @Test func everyMomentComesBackFromItsText() {
        var random = SeededRandom()
        for _ in 0..<5000 {
            let moment = Timestamp(milliseconds: Int64.random(in: 0...Timestamp.latest.milliseconds, using: &random))
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment, "seed \(random.seed)")
        }
    }

    @Test func agreesWithFoundation() throws {
        var random = SeededRandom()
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<500 {
            let seconds = Int64.random(in: 0...253_402_300_799, using: &random)
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(Timestamp(milliseconds: seconds * 1000).rfc3339 == date.formatted(style), "seed \(random.seed)")
        }
    }

    @Test func daysAreRoundedDown() {
        #expect(Timestamp(milliseconds: 0).day == 0)
        #expect(Timestamp(milliseconds: 86_399_999).day == 0)
        #expect(Timestamp(milliseconds: 86_400_000).day == 1)
        #expect(Timestamp(milliseconds: -1).day == -1)
        #expect(Timestamp(milliseconds: -86_400_000).day == -1)
        #expect(Timestamp(milliseconds: -86_400_001).day == -2)
    }
}
