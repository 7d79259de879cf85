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
}
