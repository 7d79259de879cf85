import FluxEvents
import FluxStores
import NIOCore
import Testing

@testable import FluxCatalog

/// Reads as access logs tell of them.
@Suite struct ReadTests {
    private static let day: Int64 = 86_400_000
    /// Midnight of the day that the fixture's clock is in.
    private static let midnight = Fixture.start - 12 * 3_600_000

    @Test func readsAndWhatWasSentAreSummedOverDaysThatEndWithToday() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f", size: 100, at: Fixture.start - 100 * Self.day),
            fixture.read("f", count: 9, sent: 900, at: Fixture.start - 95 * Self.day),
            fixture.read("f", count: 4, sent: 70, at: Fixture.start - 20 * Self.day),
            fixture.read("f", count: 3, sent: 30, by: "a", at: Fixture.start - 6 * Self.day),
            fixture.read("f", by: "b", at: Fixture.start - 6 * Self.day),
            fixture.read("f", sent: 5, by: "a", at: Fixture.start - 60_000),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let detail = try await detail(fixture, catalog, "f")
        #expect(numbers(detail["reads"]) == [1, 5, 9, 9])
        // Where an event does not say what was sent, nothing is made up: the size of this one is not in it.
        #expect(numbers(detail["bytes_read"]) == [5, 35, 105, 105])
        #expect(detail["last_read"]?.string == Timestamp(milliseconds: Fixture.start - 60_000).rfc3339)
        #expect(detail["requesters"]?.int64 == 2)
        #expect(detail["scan_reads"]?.int64 == 0)
        #expect(detail["accesses"]?["total"]?.int64 == 18)
        let history = try #require(detail["history"])
        #expect(history.elements.compactMap { $0["reads"]?.int64 } == [9, 4, 4, 1])
        #expect(history[3]?["day"]?.string == "2026-11-24")
    }

    @Test func aReadBelongsToTheUTCDayThatItsTimeIsIn() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f", at: Self.midnight - Self.day),
            fixture.read("f", by: "a", at: Self.midnight - 1), fixture.read("f", count: 2, by: "a", at: Self.midnight),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let history = try #require(try await detail(fixture, catalog, "f")["history"])
        #expect(history.elements.compactMap { $0["day"]?.string } == ["2026-11-23", "2026-11-24"])
        #expect(history.elements.compactMap { $0["reads"]?.int64 } == [1, 2])
        let tomorrow = try #require(
            try await catalog.objects(ObjectQuery(), today: fixture.today + 1).objects.first)
        #expect([tomorrow.accesses.d1, tomorrow.accesses.d7] == [0, 3])
    }

    @Test func readsThatComeLateCountOnTheirDayAndDuplicatesCountAgain() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f", at: Fixture.start - 500 * Self.day), fixture.read("f", at: Fixture.start),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let late = fixture.read("f", count: 2, at: Fixture.start - 10 * Self.day)
        // The log keeps one of two with the same id; this one's window is switched off, and the catalogue has none.
        try await fixture.append([
            late, late, fixture.read("f", at: Fixture.start - 399 * Self.day),
            fixture.read("f", at: Fixture.start - 400 * Self.day),
        ])
        try await fixture.catchUp(catalog)
        let detail = try await detail(fixture, catalog, "f")
        let history = try #require(detail["history"])
        #expect(history.elements.compactMap { $0["reads"]?.int64 } == [1, 4, 1])
        #expect(detail["accesses"]?["total"]?.int64 == 7)
        #expect(detail["last_read"]?.string == Timestamp(milliseconds: Fixture.start).rfc3339)
    }

    @Test func readsOfWhatIsNotThereCountForTheStoreAloneAndMakeNoObject() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.store(.storeAdded), fixture.object(.upload, "gone", size: 1),
            fixture.read("gone", count: 2, sent: 2),
            fixture.object(.delete, "gone"), fixture.read("gone", count: 3, sent: 30, by: "a"),
            fixture.read("never", count: 4, sent: 40, by: "a"),
            fixture.read("never", bucket: "/of-no-store", count: 99),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        #expect(try await fixture.list(catalog) == [])
        #expect(try await fixture.list(catalog, ObjectQuery(deleted: true)) == ["gone"])
        let overview = try await catalog.overview(now: fixture.clock.now)
        #expect(overview.reads.map(\.count) == [9])
        #expect(overview.reads.map(\.bytes) == [72])
        #expect(overview.hottest == [])
    }

    @Test func aDeletedObjectsDaysAreDroppedAndAComingBackBeginsAnew() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f"), fixture.read("f", count: 5, by: "a"), fixture.object(.delete, "f"),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let rows = try dump(catalog)
        #expect(rows.filter { $0.hasPrefix("access_day") || $0.hasPrefix("access_requester") } == [])
        try await fixture.append([fixture.object(.upload, "f"), fixture.read("f", by: "b")])
        try await fixture.catchUp(catalog)
        let detail = try await detail(fixture, catalog, "f")
        #expect(numbers(detail["reads"]) == [1, 1, 1, 1])
        #expect(detail["requesters"]?.int64 == 1)
        // Ever is ever.
        #expect(detail["accesses"]?["total"]?.int64 == 6)
    }

    @Test func aRenamedObjectKeepsItsDays() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.object(.upload, "a"), fixture.read("a", count: 5, by: "x")])
        try await fixture.append(fixture.rename("a", "b"))
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let detail = try await detail(fixture, catalog, "b")
        #expect(numbers(detail["reads"]) == [5, 5, 5, 5])
        #expect(detail["requesters"]?.int64 == 1)
    }

    @Test func whoReadIsForgottenAfterTheNamedNumberOfDays() async throws {
        let fixture = try Fixture()
        try await fixture.append([
            fixture.object(.upload, "f"), fixture.object(.upload, "g"),
            fixture.read("f", by: "old", at: Fixture.start - 8 * Self.day),
            fixture.read("f", by: "kept", at: Fixture.start - 7 * Self.day), fixture.read("g", by: "new"),
        ])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        let rows = try dump(catalog).filter { $0.hasPrefix("requester") }
        #expect(rows.count == 2)
        #expect(!rows.contains { $0.contains("old") })
        let detail = try await detail(fixture, catalog, "f")
        #expect(detail["requesters"]?.int64 == 1)
        #expect(numbers(detail["reads"]) == [0, 0, 2, 2])
    }

    @Test func whatAnEventOfReadsSaysIsTakenAsItIsOrNotAtAll() throws {
        let place = Place(provider: "file", account: "", bucket: "/b")
        func reads(_ text: String, size: Int64? = nil) throws -> ReadFacts? {
            var object = ObjectFacts(place: place, key: [0x61])
            object.size = size
            return ReadDecoder.reads(try JSONDocument.parse(ByteBuffer(string: text)).root, of: object).reads
        }
        let one = ReadFacts(count: 1, full: 1_000_000, bytes: 0, requester: nil)
        for text in [
            "{}", #"{"access_count":0,"bytes":-1}"#, #"{"access_count":"7"}"#,
            #"{"details":{"requester":"","full_reads":-1}}"#, #"{"details":{"full_reads":"x"}}"#,
        ] {
            #expect(try reads(text) == one, "\(text)")
        }
        #expect(try reads(#"{"details":{"reads":3}}"#, size: 5)?.bytes == 15)
        #expect(try reads(#"{"access_count":2,"bytes":7,"details":{"reads":3}}"#, size: 5)?.bytes == 7)
        #expect(try reads(#"{"access_count":2,"details":{"full_reads":0.25}}"#)?.full == 250_000)
        // More whole reads than reads cannot be.
        #expect(try reads(#"{"access_count":2,"details":{"full_reads":1e300}}"#)?.full == 2_000_000)
        let long = String(repeating: "x", count: 5_000)
        let name = try reads("{\"details\":{\"requester\":\"\(long)\"}}")?.requester
        #expect(name?.utf8.count == ReadDecoder.maximumRequesterBytes)
    }

    private func numbers(_ value: JSONValue?) -> [Int64] {
        ["days_1", "days_7", "days_30", "days_90"].compactMap { value?[$0]?.int64 }
    }

    private func detail(_ fixture: Fixture, _ catalog: Catalog, _ key: String) async throws -> JSONValue {
        let id = try #require(try await fixture.find(catalog, key)).id
        var body = ByteBuffer()
        try #require(try await catalog.object(id: id, today: fixture.today)).writeJSON(into: &body)
        return try JSONDocument.parse(body).root
    }
}
