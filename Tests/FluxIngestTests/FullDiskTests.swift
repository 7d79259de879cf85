import FluxEvents
import FluxLog
import FluxStores
import FluxTesting
import Logging
import Testing

@testable import FluxIngest

/// A log without room, and a folder in which much happens.
@Suite struct FullDiskTests {
    @Test func aBusyFolderNeitherAsksMoreOftenNorFillsTheServersLog() async throws {
        var options = World.quick()
        options.retryInterval = .milliseconds(400)
        let world = try World(options)
        let log = RefusingLog(world.embedded.topic("events"))
        let lines = LogLines()
        world.use(log, logger: Logger(label: "test") { _ in lines })
        try await world.startWatching()
        let before = log.tried
        let began = ContinuousClock.now
        log.refuse(4)
        var number = 0
        // Much happens the whole time: a file is written with every look.
        func write() {
            number += 1
            world.write("f\(number)", "1")
        }
        try await world.wait("the store says that the log takes nothing") {
            write()
            return world.supervisor.list().first?.message?.contains("takes nothing") == true
        }
        try await world.wait("the log was tried five times") {
            write()
            return log.tried - before >= 5
        }
        // Four refusals, four waits, however often the bell rang meanwhile.
        #expect(ContinuousClock.now - began >= .milliseconds(1_600))
        try await world.waitFor("upload create f\(number) 1")
        #expect(lines.of(.warning).filter { $0.contains("log takes nothing") }.count == 1)
        #expect(lines.of(.info).filter { $0.contains("log takes events again") }.count == 1)
        await world.end()
    }
}
