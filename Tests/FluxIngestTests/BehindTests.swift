import FluxEvents
import FluxLog
import FluxStores
import Testing

@testable import FluxIngest

/// A catalogue that folds nothing more, as on a full disk, holds nobody up who wants a store to end.
@Suite(.timeLimit(.minutes(1))) struct BehindTests {
    /// A store that waits for the catalogue, because more is told than may be unfolded.
    private func waiting(_ body: (World) async throws -> Void) async throws {
        var options = World.quick()
        options.maximumUnfolded = 10
        let world = try World(options)
        let gate = GatedKnown(world.fold)
        world.use(world.embedded.topic("events"), known: gate)
        try await world.startWatching()
        gate.holdFold()
        for n in 0..<30 { world.write("f\(n)", "1") }
        try await world.wait("it says what it waits for") {
            world.supervisor.list().first?.message?.hasPrefix("Waiting for the catalogue") == true
        }
        try await body(world)
        await world.end()
    }

    @Test func aStoreCanBeRemovedWhileTheCatalogueFoldsNothing() async throws {
        try await waiting { world in
            try await world.supervisor.remove(world.id, by: "ann")
            #expect(world.supervisor.list().isEmpty)
        }
    }

    @Test func aServerCanBeStoppedWhileTheCatalogueFoldsNothingAndNothingIsLost() async throws {
        try await waiting { world in
            await world.stop()
            try await world.restart()
            try await world.waitUntilEqual()
            let told = try await world.told()
            #expect(Set(told).count == told.count && told.count == 30)
        }
    }
}
