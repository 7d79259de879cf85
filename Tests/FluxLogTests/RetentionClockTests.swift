import FluxEvents
import FluxTesting
import Logging
import Testing

@testable import FluxLog

@Suite("Retention by age under a clock that is wrong")
struct RetentionClockTests {
    private static let day: Int64 = 86_400_000

    /// A folder whose log holds a few segments, and the two clocks that it is opened with.
    private struct Aged {
        let disk = FakeDisk()
        let wall = TestClock()
        let uptime = TestClock(0)
        let lines = LogLines()

        func open() throws -> EmbeddedLog {
            let (wall, uptime, lines) = (self.wall, self.uptime, self.lines)
            return try EmbeddedLog.open(
                directory: "/d",
                configuration: configuration {
                    $0.segmentBytes = 2000
                    $0.retentionAgeMilliseconds = 90 * RetentionClockTests.day
                    $0.clock = { wall.now }
                    $0.uptime = { uptime.now.milliseconds }
                    $0.retentionFence = { _ in .max }
                }, files: self.disk, logger: Logger(label: "test") { _ in lines })
        }

        func pass(_ milliseconds: Int64) {
            self.wall.advance(milliseconds)
            self.uptime.advance(milliseconds)
        }
    }

    private func filled() async throws -> Aged {
        let aged = Aged()
        let log = try aged.open()
        try await self.fill(log, "a")
        await log.close()
        return aged
    }

    private func fill(_ log: EmbeddedLog, _ name: String) async throws {
        for number in 0..<40 { _ = try await log.topic("events").append([record("\(name)\(number)")]) }
    }

    @Test("What looks old only to a clock that is far ahead stays, also over restarts, and a line says so")
    func farAhead() async throws {
        let aged = try await self.filled()
        aged.wall.advance(400 * Self.day)
        for _ in 0..<3 {
            let log = try aged.open()
            await log.applyRetention()
            try await self.fill(log, "b\(aged.wall.now.milliseconds)")
            aged.pass(3_600_000)
            await log.applyRetention()
            #expect(log.topic("events").bounds().earliest == 0)
            await log.close()
        }
        #expect(aged.lines.of(.warning).contains { $0.contains("the clock may be far ahead") })
        aged.wall.advance(-400 * Self.day)
        let log = try aged.open()
        await log.applyRetention()
        #expect(log.topic("events").bounds().earliest == 0)
        #expect(aged.lines.of(.notice).contains { $0.contains("the clock is right again") })
        await log.close()
    }

    @Test("A clock that stays ahead for a day of running is believed")
    func accepted() async throws {
        let aged = try await self.filled()
        aged.wall.advance(400 * Self.day)
        for _ in 0..<3 {
            let log = try aged.open()
            await log.applyRetention()
            #expect(log.topic("events").bounds().earliest == 0)
            for _ in 0..<11 {
                aged.pass(3_600_000)
                await log.applyRetention()
            }
            await log.close()
        }
        let log = try aged.open()
        #expect(log.topic("events").bounds().earliest > 0)
        #expect(aged.lines.of(.info).contains { $0.contains("retention removed") })
        await log.close()
    }

    @Test("A jump while the server runs is doubted and told")
    func jump() async throws {
        let aged = Aged()
        let log = try aged.open()
        try await self.fill(log, "a")
        await log.applyRetention()
        aged.wall.advance(400 * Self.day)
        try await self.fill(log, "b")
        await log.applyRetention()
        #expect(log.topic("events").bounds().earliest == 0)
        #expect(aged.lines.of(.warning).contains { $0.contains("the clock has jumped ahead") })
        await log.close()
    }

    @Test("A doubt that can't be read is none; a server that was off for a few days is not doubted")
    func shortPause() async throws {
        let aged = try await self.filled()
        let file = try aged.disk.open("/d/log/" + RetentionTime.fileName, create: true, write: true)
        try file.write(Array("{\"believed\": \"x\"".utf8), at: 0)
        aged.wall.advance(8 * Self.day)
        let log = try aged.open()
        await log.applyRetention()
        #expect(aged.lines.of(.warning).isEmpty)
        aged.pass(83 * Self.day)
        await log.applyRetention()
        #expect(log.topic("events").bounds().earliest > 0)
        await log.close()
    }
}
