import FluxEvents
import FluxStores
import FluxTesting
import Glibc
import Testing

@testable import FluxIngest

/// Random operations on a real folder; what the log tells of must come to be what is there.
@Suite struct StormTests {

    @Test(arguments: 0..<4) func theLogTellsOfTheRealTreeAfterAnyStorm(_ number: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let world = try World()
        try await world.startWatching()
        for round in 0..<4 {
            for _ in 0..<150 { Self.operate(world, &random) }
            if number.isMultiple(of: 2), round == 1 {
                await world.stop()
                for _ in 0..<6 { Self.operate(world, &random) }
                try await world.restart()
                if world.supervisor.list().first?.state == .away {
                    try await world.supervisor.confirm(world.id, by: nil)
                }
            }
            try await world.waitUntilEqual("seed \(seed), round \(round):")
        }
        // Each object is told of in turn: nothing is deleted that is not there, nothing created that is.
        var there: Set<String> = []
        for line in try await world.told() {
            let words = line.split(separator: " ").map(String.init)
            switch (words[0], words[1]) {
            case ("delete", _): #expect(there.remove(words[2]) != nil, "seed \(seed): \(line)")
            case ("upload", "create"): #expect(there.insert(words[2]).inserted, "seed \(seed): \(line)")
            case ("upload", "modify"): #expect(there.contains(words[2]), "seed \(seed): \(line)")
            case ("upload", _): there.insert(words[2])
            default: break
            }
        }
        await world.end()
    }

    private static func operate(_ world: World, _ random: inout SeededRandom) {
        let names = ["a", "b", "c"]
        func path() -> String {
            var parts = [world.folder]
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                parts.append("d" + (names.randomElement(using: &random) ?? "a"))
            }
            return parts.joined(separator: "/")
        }
        let file = path() + "/" + (names.randomElement(using: &random) ?? "a")
        switch Int.random(in: 0..<11, using: &random) {
        case 0..<4:
            let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            guard descriptor >= 0 else { return }
            let text = String(repeating: "x", count: Int.random(in: 0...200, using: &random))
            _ = write(descriptor, text, text.utf8.count)
            close(descriptor)
        case 4: unlink(file)
        case 5: rename(file, path() + "/" + (names.randomElement(using: &random) ?? "a"))
        case 6, 7: mkdir(path() + "/d" + (names.randomElement(using: &random) ?? "a"), 0o755)
        case 8:
            rename(
                path() + "/d" + (names.randomElement(using: &random) ?? "a"),
                path() + "/d" + (names.randomElement(using: &random) ?? "a"))
        case 9: rmdir(path())
        default:
            let descriptor = open(file, O_WRONLY | O_APPEND)
            guard descriptor >= 0 else { return }
            _ = write(descriptor, "more", 4)
            close(descriptor)
        }
    }
}
