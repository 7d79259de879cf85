import FluxEvents
import NIOCore
import Testing

@testable import FluxCatalog

/// Scans are told apart from reads, whenever the verdict comes.
@Suite struct VerdictTests {
    private static let day: Int64 = 86_400_000
    private let today = Timestamp(milliseconds: Fixture.start).day

    enum Moment: CaseIterable {
        case before, between, after
    }

    /// Two days of a backup over ten objects, with an application that reads some of them.
    private func backup(_ moment: Moment, _ fixture: Fixture) -> [Event] {
        let verdict = fixture.scan(by: "backup", below: Array("data/".utf8), days: (today - 1)...today)
        var events = [fixture.store(.storeAdded)]
        for number in 0..<10 {
            events.append(fixture.object(.upload, "data/\(number)", size: 10, at: Fixture.start - 50 * Self.day))
        }
        events.append(fixture.object(.upload, "other", at: Fixture.start - 50 * Self.day))
        if moment == .before { events.append(verdict) }
        for number in 0..<10 {
            if moment == .between, number == 5 { events.append(verdict) }
            let time = Fixture.start - (number < 3 ? Self.day : 0) - 1_000
            events.append(fixture.read("data/\(number)", sent: 10, full: 1, by: "backup", at: time))
            if number % 2 == 0 {
                events.append(fixture.read("data/\(number)", count: 2, sent: 8, by: "app", at: time - 5_000))
            }
        }
        events.append(fixture.read("other", by: "backup"))
        // The day before the scan.
        events.append(fixture.read("data/0", sent: 10, by: "backup", at: Fixture.start - 2 * Self.day))
        if moment == .after { events.append(verdict) }
        return events
    }

    @Test(arguments: Moment.allCases)
    func itIsTheSameWhetherTheVerdictComesBeforeBetweenOrAfterTheReads(_ moment: Moment) async throws {
        for pieces in [1, 7, 1_000] {
            let fixture = try Fixture()
            let events = backup(moment, fixture)
            for start in stride(from: 0, to: events.count, by: pieces) {
                try await fixture.append(Array(events[start..<min(start + pieces, events.count)]))
            }
            let catalog = try fixture.open { $0.foldBytes = pieces == 1 ? 1 : 1 << 20 }
            try await fixture.catchUp(catalog)
            let two = try #require(try await fixture.find(catalog, "data/2"))
            #expect(two.accesses.d7 == 2)
            #expect(two.bytesRead.total == 8)
            #expect(two.scanReads == 1)
            #expect(two.requesters == 1)
            #expect(two.lastAccess?.milliseconds == Fixture.start - Self.day - 6_000)
            let three = try #require(try await fixture.find(catalog, "data/3"))
            #expect(three.accesses == AccessSums())
            #expect(three.lastAccess == nil)
            #expect(three.scanReads == 1)
            // Outside of prefix and days nothing moves.
            #expect(try await fixture.find(catalog, "other")?.accesses.d1 == 1)
            let first = try #require(try await fixture.find(catalog, "data/0"))
            #expect([first.accesses.d7, first.scanReads] == [3, 1])
            let overview = try await catalog.overview(now: fixture.clock.now)
            #expect(overview.reads.map(\.count) == [1, 4, 7])
            #expect(overview.reads.map(\.scanReads) == [0, 3, 7])
            #expect(overview.hottest?.first?.key == Array("data/0".utf8))
            let counted = try await catalog.readHistories(store: "st_a", from: nil, limit: 100, today: fixture.today)
            #expect(counted.objects.map { $0.days.map(\.fullReads).reduce(0, +) } == [3, 0, 2, 0, 2, 0, 2, 0, 2, 0, 1])
        }
    }

    @Test func theBoardOfTheMostReadFollowsAVerdict() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "a"), fixture.object(.upload, "b"), fixture.read("a", count: 9, by: "crawler"),
            fixture.read("b", count: 3, by: "app"),
        ])
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            let before = try await catalog.overview(now: fixture.clock.now)
            #expect(before.hottest?.map(\.key) == [[0x61], [0x62]])
            let end = try await fixture.append([fixture.scan(by: "crawler", days: today...today)])
            try await catalog.folded(through: end)
            let after = try await catalog.overview(now: fixture.clock.now)
            #expect(after.hottest?.map(\.key) == [[0x62]])
        }
    }

    @Test func aVerdictOnDaysThatNobodyIsNamedOnAnyMoreChangesNothing() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f"), fixture.read("f", by: "x", at: Fixture.start - 8 * Self.day),
            fixture.read("f", by: "x"),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        try await fixture.append([fixture.scan(by: "x", days: (today - 20)...(today - 8))])
        try await fixture.catchUp(catalog)
        let object = try #require(try await fixture.find(catalog, "f"))
        #expect([object.accesses.total, object.scanReads] == [2, 0])
        #expect(try dump(catalog).filter { $0.hasPrefix("verdict") } == [])
        // One whose last days are still kept moves these, and is forgotten when they are.
        try await fixture.append([fixture.scan(by: "x", days: (today - 20)...today)])
        try await fixture.catchUp(catalog)
        #expect(try await fixture.find(catalog, "f")?.accesses.total == 1)
        #expect(try dump(catalog).filter { $0.hasPrefix("verdict") }.count == 1)
        fixture.clock.advance(8 * Self.day)
        try await fixture.append([fixture.read("f", by: "y")])
        try await fixture.catchUp(catalog)
        #expect(try dump(catalog).filter { $0.hasPrefix("verdict") } == [])
    }

    @Test func aVerdictMovesWhatItMeansOnceAndIsForgottenWithItsStore() async throws {
        let fixture = try Fixture()
        let verdicts = ["", "f", "f"].map { fixture.scan(by: "x", below: Array($0.utf8), days: today...today) }
        try await fixture.append(
            [fixture.store(.storeAdded), fixture.object(.upload, "f"), fixture.read("f", count: 4, by: "x")] + verdicts)
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let object = try #require(try await fixture.find(catalog, "f"))
        #expect([object.accesses.total, object.scanReads] == [0, 4])
        try await fixture.append([fixture.store(.storeRemoved)])
        try await fixture.catchUp(catalog)
        let tables = ["verdict", "requester", "access_requester", "access_day", "place_day"]
        #expect(try dump(catalog).filter { row in tables.contains { row.hasPrefix($0 + " ") } } == [])
        #expect(try await catalog.overview(now: fixture.clock.now).hottest == [])
    }

    @Test func patternsOfOtherKindsAreNoBusinessAndBrokenVerdictsAreCounted() async throws {
        let fixture = try Fixture()
        func event(_ data: String) -> Event {
            var event = fixture.scan(by: "x", days: today...today)
            event.data = ByteBuffer(string: data)
            return event
        }
        let place = #""provider":"file","bucket":"/srv","pattern_type":"scan""#
        try await fixture.append([
            fixture.store(.storeAdded),
            event(#"{"pattern_type":"file_access","provider":"file","bucket":"/srv"}"#),
            event("{\(place)}"),
            event(
                "{\(place),\"details\":{\"requester\":\"x\",\"prefix\":\"\",\"first_day\":\"2026-11-31\",\"last_day\":\"2026-12-01\"}}"
            ),
            event(
                "{\(place),\"details\":{\"requester\":\"x\",\"prefix\":\"\",\"first_day\":\"2026-11-24\",\"last_day\":\"2026-11-23\"}}"
            ),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(catalog.statistics.unreadableEvents == 3)
        #expect(try dump(catalog).filter { $0.hasPrefix("verdict") } == [])
    }
}
