import FluxEvents
import FluxTesting
import Foundation
import Logging
import Testing

@testable import FluxCatalog

/// The files that a catalogue makes beside its own.
@Suite struct FilesTests {
    @Test func aSnapshotThatCannotBeMadeIsToldInWords() async throws {
        let fixture = try Fixture()
        let path = fixture.folder.path + "/snapshots"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        try await fixture.append([fixture.store(.storeAdded), fixture.object(.upload, "a", size: 1)])
        let catalog = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(catalog)
        catalog.close()
        let told =
            "Making a snapshot of the catalogue failed: \(path) is not a folder. Move it away; it is tried again by itself."
        #expect(fixture.lines.of(.warning).map { $0.trimmingCharacters(in: .whitespaces) } == [told])
        // Once it is away, all goes on.
        try FileManager.default.removeItem(atPath: path)
        let again = try fixture.open { $0.snapshotEventsAtStop = 1 }
        try await fixture.catchUp(again)
        again.close()
        #expect(fixture.snapshotNames.count == 1)
    }

    @Test func onlyTheirOwnerMayReadTheFiles() async throws {
        let fixture = try Fixture()
        try await fixture.append([fixture.store(.storeAdded), fixture.object(.upload, "a", size: 1)])
        let catalog = try fixture.open { $0.snapshotEventsAtStop = 1 }
        defer { catalog.close() }
        try await fixture.catchUp(catalog)
        let files = FileManager.default.enumerator(atPath: fixture.folder.path)?.allObjects as? [String] ?? []
        #expect(files.contains(CatalogOpening.openMark) && files.contains { $0.hasPrefix("snapshots/") })
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder.path + "/" + file)
            let mode = try #require(attributes[.posixPermissions] as? Int)
            #expect(mode & 0o077 == 0, "\(file) has mode \(String(mode, radix: 8))")
        }
    }

    @Test func aSmallCatalogueTakesLittleDisk() async throws {
        let fixture = try Fixture()
        let catalog = try fixture.open { $0.foldInterval = .zero }
        defer { catalog.close() }
        var most = 0
        try await fixture.running(catalog) {
            // Each takes some pages of the write-ahead log; all together are more than it may have.
            for round in 0..<1_500 {
                let events = (0..<4).map { fixture.object(.upload, "k\(round % 7)-\($0)", size: Int64(round)) }
                try await catalog.folded(through: try await fixture.append(events))
                let attributes = try FileManager.default.attributesOfItem(atPath: fixture.file + "-wal")
                most = max(most, try #require(attributes[.size] as? Int))
            }
        }
        let limit = CatalogDatabase.checkpointPages.lowerBound * 4096
        // It has been full, and a commit may pass the limit.
        #expect((limit...limit + (256 << 10)).contains(most), "\(most) bytes")
    }
}
