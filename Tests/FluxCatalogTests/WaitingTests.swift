import FluxEvents
import GRDB
import Testing

@testable import FluxCatalog

@Suite struct WaitingTests {
    @Test func aFullDiskIsSaidAndTheFoldGoesOnWhenThereIsRoom() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open()
        // SQLite's own limit of pages gives the very error that a full disk gives.
        let pages = try await catalog.pool.write { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        try await catalog.pool.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages + 2)") }
        let run = Task { try await catalog.run() }
        try await fixture.append((0..<3000).map { fixture.object(.upload, "file\($0)", size: 1) })
        try await eventually("waiting") { catalog.state.name == "waiting" }
        #expect(catalog.state.message?.contains("full") == true)
        #expect(catalog.position == 0)
        #expect(try await fixture.list(catalog) == [])
        try await catalog.pool.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        try await catalog.folded(through: 2999)
        try await eventually("following") { catalog.state == .following }
        #expect(try await catalog.objects(ObjectQuery(), today: 0).total == 3000)
        run.cancel()
        try await run.value
        #expect(catalog.state == .idle)
    }

    @Test func aFileThatMayNotBeWrittenIsSaidAndTheFoldGoesOnLater() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open()
        try await catalog.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
        let run = Task { try await catalog.run() }
        try await fixture.append([fixture.object(.upload, "f")])
        try await eventually("waiting") { catalog.state.name == "waiting" }
        #expect(catalog.state.message?.contains("cannot be written") == true)
        try await catalog.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 0") }
        try await catalog.folded(through: 0)
        run.cancel()
        try await run.value
    }

    @Test func damageFoundWhileRunningStopsItAndTheNextStartRebuilds() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.object(.upload, "f")])
        let catalog = try fixture.open()
        try await fixture.catchUp(catalog)
        try await catalog.pool.write { try $0.execute(sql: "DELETE FROM state") }
        let run = Task { try await catalog.run() }
        try await fixture.append([fixture.object(.upload, "g")])
        try await eventually("stopped") { catalog.state.name == "stopped" }
        run.cancel()
        try await run.value
        catalog.close()
        let again = try fixture.open()
        try await fixture.catchUp(again)
        #expect(try await fixture.list(again) == ["f", "g"])
    }

    @Test func whoeverWaitsForAnOffsetIsAnsweredCancelledOrToldWhy() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open()
        let waiting = Task { try await catalog.folded(through: 0) }
        let cancelled = Task { try await catalog.folded(through: 5) }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        try await fixture.append([fixture.object(.upload, "f")])
        try await fixture.catchUp(catalog)
        try await waiting.value
        try await catalog.folded(through: 0)
        #expect(catalog.position == 1)
        #expect(catalog.state == .idle)
    }

    @Test func whatIsAppendedWhileItFollowsIsFoldedAtOnce() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open()
        try await fixture.running(catalog) {
            for number in 0..<50 {
                let offset = try await fixture.append([fixture.object(.upload, "f\(number)")])
                try await catalog.folded(through: offset)
                #expect(try await fixture.find(catalog, "f\(number)") != nil)
            }
        }
    }

    @Test func aClosedCatalogueSaysSo() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open()
        catalog.close()
        await #expect(throws: CatalogError.self) { try await catalog.objects(ObjectQuery(), today: 0) }
    }
}
