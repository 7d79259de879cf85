import FluxEvents
import FluxLog
import FluxTiering
import GRDB
import NIOCore
import Testing

@testable import FluxCatalog

/// How hot objects are is told once, kept by the fold, and told again when it changes.
@Suite struct ForecastWatchTests {
    private static let day: Int64 = 86_400_000

    private func watch(
        _ catalog: Catalog, _ fixture: Fixture, verdicts: Int = 1_000, reach: [String: ReadReach] = [:]
    ) -> ForecastWatch {
        var configuration = ForecastWatch.Configuration()
        configuration.maximumVerdictsPerHour = verdicts
        return ForecastWatch(
            catalog: catalog, log: fixture.log, configuration: configuration, reach: { reach },
            now: { fixture.clock.now }, logger: Fixture.silent)
    }

    /// A store whose object `hot` was read five times a day for 60 days, and the others once at their beginning.
    private func fill(_ fixture: Fixture, objects: Int = 40) async throws {
        let begin = Fixture.start - 60 * Self.day
        try await fixture.append(
            [fixture.store(.storeAdded)]
                + (0..<objects).map { fixture.object(.upload, "data/\($0)", size: 10, at: begin) }
                + [fixture.object(.upload, "hot", size: 10, at: begin)])
        try await fixture.append([fixture.read("data/0", at: begin)])
        try await fixture.append(
            (0...60).map { fixture.read("hot", count: 5, at: Fixture.start - Int64($0) * Self.day) })
    }

    /// Fills a store, and does something once its log is folded.
    private func withFilled(
        objects: Int = 40, _ body: (Fixture, Catalog) async throws -> Void
    ) async throws {
        let fixture = try Fixture()
        try await fill(fixture, objects: objects)
        let catalog = try fixture.open()
        try await fixture.running(catalog) { try await body(fixture, catalog) }
    }

    private func events(_ fixture: Fixture, _ type: EventType, after offset: Int64 = 0) async throws -> [Event] {
        try await fixture.log.read(from: offset, maxBytes: 1 << 24).records.map {
            try StoredEvent($0, simulated: false).event
        }.filter { $0.type == type }
    }

    @Test func whatIsHotAndWhatIsNotIsToldOnceAndKept() async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            let told = try await watch(catalog, fixture).look()
            #expect(told == 82)
            let hot = try #require(try await fixture.find(catalog, "hot")?.forecast)
            #expect(hot.temperature == .hot && (hot.confidence ?? 0) > 0.99 && (hot.chance ?? 0) > 0.99)
            let cold = try #require(try await fixture.find(catalog, "data/7")?.forecast)
            #expect(cold.temperature == .archive || cold.temperature == .cold)
            #expect((cold.chance ?? 1) < 0.2)
            // It has looked at what it told itself, also by another hand.
            let again = try await watch(catalog, fixture).look()
            #expect(again == 0)
            let overview = try await catalog.overview(now: fixture.clock.now)
            #expect(overview.temperatures.map(\.objects).reduce(0, +) == 41)
            #expect(overview.temperatures.first?.temperature == .hot && overview.temperatures.first?.objects == 1)
            #expect(overview.coldest.count == 10)
            let list = try await fixture.list(catalog, ObjectQuery(temperature: .hot, sort: .size))
            #expect(list == ["hot"])
        }
        let patterns = try await events(fixture, .patternDetected)
        let predictions = try await events(fixture, .prediction)
        #expect(patterns.count == 41 && predictions.count == 41)
        for event in patterns + predictions {
            let data = try JSONDocument.parse(event.data).root
            #expect(Schemas.validate(data: data, type: event.type).isEmpty)
            #expect(event.source == "file:///srv")
        }
        let hot = try JSONDocument.parse(try #require(patterns.first { $0.subject == "hot" }).data).root
        #expect(hot["data_temperature"]?.string == "HOT" && hot["pattern_type"]?.string == "temperature")
        #expect(hot["access_count"]?.int64 == 150 || hot["access_count"]?.int64 == 155)
        let prediction = try JSONDocument.parse(try #require(predictions.first { $0.subject == "hot" }).data).root
        #expect((prediction["predicted_value"]?.double ?? 0) > 0.99)
        #expect(prediction["details"]?["reasons"]?.count == 3)
    }

    @Test func whatIsReadNoMoreCoolsAndThatIsTold() async throws {
        try await withFilled { fixture, catalog in
            _ = try await watch(catalog, fixture).look()
            let head = fixture.log.bounds().head
            fixture.clock.advance(200 * Self.day)
            try await fixture.append([fixture.read("data/3")])
            _ = try await watch(catalog, fixture).look()
            let told = try await events(fixture, .patternDetected, after: head)
            let cooled = try #require(told.first { $0.subject == "hot" })
            let data = try JSONDocument.parse(cooled.data).root
            #expect(data["details"]?["previous_temperature"]?.string == "HOT")
            #expect(try await fixture.find(catalog, "hot")?.forecast?.temperature != .hot)
            let read = try #require(try await fixture.find(catalog, "data/3")?.forecast)
            let unread = try #require(try await fixture.find(catalog, "data/4")?.forecast)
            #expect((read.chance ?? 0) > (unread.chance ?? 1))
        }
    }

    @Test func aRateThatIsMuchMoreIsToldThoughTheClassStays() async throws {
        try await withFilled { fixture, catalog in
            _ = try await watch(catalog, fixture).look()
            let head = fixture.log.bounds().head
            try await fixture.append([fixture.read("hot", count: 2_000)])
            let atOnce = try await watch(catalog, fixture).look()
            #expect(atOnce == 0, "no sooner than an hour after what was told")
            fixture.clock.advance(3_600_000)
            _ = try await watch(catalog, fixture).look()
            let told = try #require(
                try await events(fixture, .patternDetected, after: head).first { $0.subject == "hot" })
            let data = try JSONDocument.parse(told.data).root
            #expect(data["pattern_type"]?.string == "file_access" && data["data_temperature"]?.string == "HOT")
        }
    }

    @Test(arguments: [900, 150]) func manyAreToldInSummariesAndAreKeptLikeOthers(objects: Int) async throws {
        let fixture = try Fixture()
        try await fill(fixture, objects: objects)
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            let told = try await watch(catalog, fixture).look()
            #expect(told == 1)
            let hot = try #require(try await fixture.find(catalog, "hot")?.forecast)
            #expect(hot.temperature == .hot && (hot.chance ?? 0) > 0.99 && hot.rate != nil)
            let overview = try await catalog.overview(now: fixture.clock.now)
            #expect(overview.temperatures.map(\.objects).reduce(0, +) == Int64(objects) + 1)
            #expect(!overview.temperatures.contains { $0.temperature == nil })
            let again = try await watch(catalog, fixture).look()
            #expect(again == 0)
        }
        let summary = try #require(try await events(fixture, .patternDetected).last)
        let data = try JSONDocument.parse(summary.data).root
        #expect(Schemas.validate(data: data, type: .patternDetected).isEmpty)
        let prefixes = try #require(data["details"]?["summary"]).elements.map { $0["prefix"]?.string ?? "-" }
        #expect(prefixes == ["data/", ""])
        #expect(data["details"]?["objects"]?.int64 == Int64(objects) + 1)
        let before = try dump(catalog)
        catalog.close()
        let head = fixture.log.bounds().head
        fixture.deleteCatalog()
        fixture.deleteSnapshots()
        let rebuilt = try fixture.open { $0.foldBytes = 1 }
        try await fixture.running(rebuilt) {
            let told = try await watch(rebuilt, fixture).look()
            #expect(told == 0)
        }
        #expect(try dump(rebuilt) == before)
        #expect(fixture.log.bounds().head == head)
    }

    @Test func pastTheBudgetOfAnHourVerdictsAreSummed() async throws {
        try await withFilled(objects: 20) { fixture, catalog in
            let told = try await watch(catalog, fixture, verdicts: 41).look()
            #expect(told == 1)
            #expect(try await fixture.find(catalog, "hot")?.forecast?.temperature == .hot)
        }
    }

    @Test func nothingIsSaidOfReadsThatAreNotKnownYet() async throws {
        try await withFilled { fixture, catalog in
            let unknown = try await watch(catalog, fixture, reach: ["st_a": .unknown]).look()
            #expect(unknown == 0)
            // 60 days that have not arrived are no days without reads.
            fixture.clock.advance(200 * Self.day)
            let through = ReadReach.through(Timestamp(milliseconds: Fixture.start))
            _ = try await watch(catalog, fixture, reach: ["st_a": through]).look()
            #expect(try await fixture.find(catalog, "hot")?.forecast?.temperature == .hot)
        }
    }

    @Test func whatOnlyScansReadIsWatchedAllTheSame() async throws {
        let fixture = try Fixture()
        let begin = Fixture.start - 6 * Self.day
        try await fixture.append([fixture.store(.storeAdded)])
        try await fixture.append(
            (0..<120).map { fixture.object(.upload, "data/\($0)", size: 10, at: begin - Self.day) })
        for night in 0..<7 {
            let time = begin + Int64(night) * Self.day
            try await fixture.append((0..<120).map { fixture.read("data/\($0)", by: "backup", at: time) })
        }
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            _ = try await watch(catalog, fixture).look()
            let overview = try await catalog.overview(now: fixture.clock.now)
            #expect(overview.reads.map(\.scanReads).reduce(0, +) == 840)
            #expect(!overview.temperatures.contains { $0.temperature == nil || $0.temperature == .hot })
            let chance = try await fixture.find(catalog, "data/5")?.forecast?.chance
            #expect((chance ?? 1) < 0.3)
        }
    }

    @Test func aCursorBelongsToItsTemperature() async throws {
        try await withFilled { fixture, catalog in
            _ = try await watch(catalog, fixture).look()
            let all = try await catalog.objects(ObjectQuery(limit: 5), today: fixture.today)
            await #expect(throws: CatalogError.self) {
                try await catalog.objects(
                    ObjectQuery(limit: 5, cursor: all.nextCursor, temperature: .hot), today: fixture.today)
            }
        }
    }

    @Test func anObjectThatHasJustComeIsNotJudgedForNotBeingRead() async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        try await fixture.append([fixture.object(.upload, "data/new", size: 1)])
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            _ = try await watch(catalog, fixture).look()
            #expect(try await fixture.find(catalog, "data/new")?.forecast == nil)
            #expect(try await fixture.find(catalog, "data/1")?.forecast != nil)
            #expect(try await fixture.list(catalog, ObjectQuery(temperature: ObjectQuery.Warmth.none)) == ["data/new"])
        }
    }

    @Test func whatIsDeletedAndComesAgainIsJudgedAnew() async throws {
        try await withFilled { fixture, catalog in
            _ = try await watch(catalog, fixture).look()
            try await fixture.append([fixture.object(.delete, "hot"), fixture.object(.upload, "hot", size: 3)])
            try await fixture.append(fixture.rename("data/1", "data/renamed"))
            try await catalog.folded(through: fixture.log.bounds().head - 1)
            #expect(try await fixture.find(catalog, "hot")?.forecast == nil)
            #expect(try await fixture.find(catalog, "data/renamed")?.forecast?.temperature != nil)
        }
    }

    @Test func eventsOfOthersAndBrokenSummariesChangeNothingOrSayWhatTheySay() async throws {
        let fixture = try Fixture()
        try await fill(fixture)
        func event(_ type: EventType, _ data: String) -> Event {
            var event = fixture.object(type, "data/2")
            event.data = .init(string: data)
            return event
        }
        let object = #""file_name":"data/2","provider":"file","bucket":"/srv""#
        try await fixture.append([
            event(.patternDetected, #"{"pattern_type":"other"}"#),
            event(.patternDetected, "{\(object),\"pattern_type\":\"file_access\",\"data_temperature\":\"WARM\"}"),
            event(.prediction, "{\(object),\"predicted_value\":0.7,\"details\":{\"horizon_days\":7}}"),
            event(.prediction, #"{"predicted_value":"later"}"#),
            event(
                .prediction, "{\(object),\"predicted_value\":0.7,\"details\":{\"horizon_days\":7,\"model\":\"trees\"}}"),
            event(.patternDetected, #"{"details":{"model":"trees"},"pattern_type":"other"}"#),
            event(.patternDetected, #"{"details":{"model":{"version":2}},"pattern_type":"temperature"}"#),
            event(.patternDetected, #"{"details":{"model":{"version":1,"first_row":1}},"pattern_type":"temperature"}"#),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let told = try #require(try await fixture.find(catalog, "data/2")?.forecast)
        #expect(told.temperature == .warm && told.chance == nil && told.confidence == nil)
        #expect(catalog.statistics.unreadableEvents == 1)
    }
}
