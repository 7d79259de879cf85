import FluxEvents
import FluxLog
import FluxStores
import Testing

@testable import FluxIngest

/// A change of the list of stores that the log does not take leaves everything as it was, and watched.
@Suite struct RefusedChangeTests {
    func watching(_ body: (World, RefusingLog) async throws -> Void) async throws {
        let world = try World()
        let log = RefusingLog(world.embedded.topic("events"))
        world.use(log)
        world.write("there", "1")
        try await world.startWatching()
        try await body(world, log)
        await world.end()
    }

    func refusal(_ body: () async throws(IngestError) -> Void) async -> IngestError? {
        do throws(IngestError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test func aStoreWhoseRemovalIsRefusedIsWatchedOn() async throws {
        try await watching { world, log in
            log.refuse(1)
            let error = await refusal { () throws(IngestError) in
                try await world.supervisor.remove(world.id, by: "ann")
            }
            #expect(error?.code == .logFailed)
            try await world.supervisor.waitUntilSettled()
            world.write("later", "22")
            try await world.waitFor("upload create later 2")
            #expect(world.supervisor.list().map(\.state) == [.watching])
            // It can be removed once the log takes it.
            try await world.supervisor.remove(world.id, by: "ann")
            #expect(world.supervisor.list().isEmpty)
        }
    }

    @Test func aStoreWhoseNewParametersAreRefusedIsWatchedWithTheOldOnes() async throws {
        try await watching { world, log in
            let source = StoreURL(folder: world.folder).source
            log.refuse(1)
            let error = await refusal { () throws(IngestError) in
                try await world.supervisor.add(url: source + "?ignore=*.tmp", origin: .configuration, by: nil)
            }
            #expect(error?.code == .logFailed)
            try await world.supervisor.waitUntilSettled()
            world.write("a.tmp", "1")
            try await world.waitFor("upload create a.tmp 1")
            #expect(world.supervisor.list().map(\.url) == [source])
        }
    }

    @Test func wrongParametersDoNotEndTheWatching() async throws {
        try await watching { world, _ in
            let source = StoreURL(folder: world.folder).source
            let error = await refusal { () throws(IngestError) in
                try await world.supervisor.add(url: source + "?colour=red", origin: .configuration, by: nil)
            }
            #expect(error?.code == .badStore)
            world.write("later", "22")
            try await world.waitFor("upload create later 2")
        }
    }

    @Test func aPauseThatIsRefusedPausesNothing() async throws {
        try await watching { world, log in
            log.refuse(1)
            let error = await refusal { () throws(IngestError) in
                try await world.supervisor.pause(world.id, by: "ann")
            }
            #expect(error?.code == .logFailed)
            try await world.supervisor.waitUntilSettled()
            world.write("later", "22")
            try await world.waitFor("upload create later 2")
        }
    }

    @Test func anAppendOfChangesThatIsRefusedIsTriedAgain() async throws {
        try await watching { world, log in
            log.refuse(3)
            world.write("a", "1")
            world.write("b", "1")
            try await world.waitFor("upload create b 1")
            try await world.waitUntilEqual()
            #expect(try await world.told().sorted() == ["upload create a 1", "upload create b 1"])
        }
    }

    @Test func ofTwoRemovalsAtOnceOneIsToldAndOneIsRefused() async throws {
        try await watching { world, _ in
            let (supervisor, id) = (world.supervisor, world.id)
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask { (try? await supervisor.remove(id, by: nil)) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(outcomes == 1)
            let told = try await world.fold.events().count { $0.event.type == .storeRemoved }
            #expect(told == 1)
        }
    }
}
