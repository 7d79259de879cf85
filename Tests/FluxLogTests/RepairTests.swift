import FluxEvents
import FluxTesting
import Foundation
import Logging
import NIOCore
import Testing

@testable import FluxLog

@Suite("Repair")
struct RepairTests {
    /// What a reader of everything is given, and why not the rest.
    private func read(_ spoilt: SpoiltLog) async throws -> (offsets: [Int64], gaps: [LogGap], damage: Int) {
        let log = try spoilt.open()
        let events = log.topic("events")
        var offsets: [Int64] = []
        var gaps: [LogGap] = []
        var next = events.bounds().earliest
        while true {
            let chunk = try await events.read(from: next, maxBytes: 400)
            if let gap = chunk.gap { gaps.append(gap) }
            offsets += chunk.records.map(\.offset)
            next = chunk.next
            if chunk.reachedHead { break }
        }
        let damage = log.health.damage.count
        await log.close()
        return (offsets, gaps, damage)
    }

    private func remove(_ spoilt: SpoiltLog, _ name: String) throws {
        try FileManager.default.removeItem(atPath: spoilt.segments + name)
    }

    @Test("A hole that no report explains is damage, met and counted, until a repair reports it")
    func unexplainedHole() async throws {
        for spoil in ["removed", "emptied", "no report"] {
            let spoilt = SpoiltLog(segmentBytes: 1024)
            try await spoilt.fill(30)
            let names = try spoilt.names()
            let from = try #require(LogFormat.base(of: names[1]))
            var to = try #require(LogFormat.base(of: names[2]))
            switch spoil {
            case "removed": try self.remove(spoilt, names[1])
            case "emptied": truncate(spoilt.segments + names[1], 0)
            default:
                try spoilt.flip(names[1], at: 80)
                to = from + 1
                let report = try #require(try LogMaintenance.repair(directory: spoilt.folder.path).report)
                try FileManager.default.removeItem(atPath: report)
            }
            let found = try LogMaintenance.verify(directory: spoilt.folder.path)
            #expect(!found.isSound, "\(spoil)")
            #expect(found.topics[0].damage.map(\.from) == [from] && found.topics[0].damage.map(\.to) == [to])
            #expect(found.topics[0].holes.isEmpty)
            let met = try await self.read(spoilt)
            #expect(met.gaps == [LogGap(from: from, to: to, reason: .damage)])
            #expect(met.damage == 1)

            let repair = try LogMaintenance.repair(directory: spoilt.folder.path)
            #expect(repair.losses.map(\.from) == [from] && repair.losses.map(\.to) == [to])
            #expect(repair.epoch != found.epoch && repair.report != nil)
            let after = try LogMaintenance.verify(directory: spoilt.folder.path)
            #expect(after.isSound && after.topics[0].holes == [from..<to])
            let told = try await self.read(spoilt)
            #expect(told.gaps == [LogGap(from: from, to: to, reason: .repair)])
            #expect(told.damage == 0 && told.offsets == (0..<30).filter { !(from..<to).contains($0) })
            #expect(try LogMaintenance.repair(directory: spoilt.folder.path).epoch == repair.epoch)
        }
    }

    @Test("A reader that comes from behind meets an unexplained hole as well")
    func holeBackward() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(30)
        let names = try spoilt.names()
        let from = try #require(LogFormat.base(of: names[1]))
        let to = try #require(LogFormat.base(of: names[2]))
        try self.remove(spoilt, names[1])
        let log = try spoilt.open()
        let chunk = try await log.topic("events").readBackward(before: to, maxBytes: 100)
        #expect(chunk.gap == LogGap(from: from, to: to, reason: .damage))
        #expect(log.health.damage.count == 1 && log.health.damage[0].file == spoilt.segments + names[0])
        _ = try await log.topic("events").read(from: 0, maxBytes: 1 << 20)
        #expect(log.health.damage.count == 1, "the same place")
        await log.close()
    }

    @Test("Cutting takes an unexplained hole for the first damage")
    func cutAtHole() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(30)
        let names = try spoilt.names()
        try self.remove(spoilt, names[1])
        _ = try LogMaintenance.repair(directory: spoilt.folder.path, mode: .cut)
        #expect(try LogMaintenance.verify(directory: spoilt.folder.path).isSound)
        #expect(try await self.read(spoilt).offsets == Array(0..<(try #require(LogFormat.base(of: names[1])))))
    }

    @Test("A copy of a segment under a name within it is set aside; nothing is lost, and the log is sound again")
    func overlap() async throws {
        let spoilt = SpoiltLog(segmentBytes: 2048)
        try await spoilt.fill(60)
        let names = try spoilt.names()
        let base = try #require(LogFormat.base(of: names[1]))
        for shift in [1, 3] as [Int64] {
            let copy = LogFormat.name(base: base + shift, "log")
            try FileManager.default.copyItem(atPath: spoilt.segments + names[1], toPath: spoilt.segments + copy)
            let found = try LogMaintenance.verify(directory: spoilt.folder.path)
            #expect(!found.isSound && found.topics[0].damage.contains(where: \.isReadable))
            let repair = try LogMaintenance.repair(directory: spoilt.folder.path)
            #expect(repair.losses.isEmpty && repair.report == nil && repair.mended.count == 1, "\(repair)")
            let after = try LogMaintenance.verify(directory: spoilt.folder.path)
            #expect(after.isSound, "\(after.topics[0].damage)")
            #expect(try LogMaintenance.repair(directory: spoilt.folder.path).epoch == repair.epoch)
            #expect(FileManager.default.fileExists(atPath: spoilt.segments + copy + ".damaged"))
            let read = try await self.read(spoilt)
            #expect(read.offsets == Array(0..<60) && read.gaps.isEmpty && read.damage == 0)
        }
    }

    @Test(
        "A foreign segment within the newest one's offsets, or past them, stops the start; nothing is changed or lost",
        arguments: [3, 1000] as [Int64])
    func foreignAtEnd(shift: Int64) async throws {
        let spoilt = SpoiltLog(segmentBytes: 2048)
        try await spoilt.fill(60)
        let names = try spoilt.names()
        let last = try #require(names.last.flatMap { LogFormat.base(of: $0) })
        let copy = spoilt.segments + LogFormat.name(base: last + shift, "log")
        try FileManager.default.copyItem(atPath: spoilt.segments + names[1], toPath: copy)
        let before = FileManager.default.contents(atPath: copy)
        let error = await #expect(throws: LogError.self) { _ = try await self.read(spoilt) }
        #expect(error?.code == .damaged && error?.file == copy)
        #expect(FileManager.default.contents(atPath: copy) == before)
        let found = try LogMaintenance.verify(directory: spoilt.folder.path)
        #expect(found.topics[0].damage.contains { $0.file == copy } && found.topics[0].tail == nil)
        _ = try LogMaintenance.repair(directory: spoilt.folder.path)
        #expect(FileManager.default.contents(atPath: copy + ".damaged") == before)
        #expect(try LogMaintenance.verify(directory: spoilt.folder.path).isSound)
        let read = try await self.read(spoilt)
        #expect(read.offsets == Array(0..<60) && read.damage == 0)
    }

    @Test("A second repair of a segment keeps what the first set aside")
    func setAsideTwice() async throws {
        let spoilt = SpoiltLog(segmentBytes: 2048)
        try await spoilt.fill(60)
        let name = try spoilt.names()[1]
        var kept: Set<String> = []
        for group in [4, 2] {
            try spoilt.flip(name, at: try spoilt.groups(name)[group] + 80)
            for loss in try LogMaintenance.repair(directory: spoilt.folder.path).losses {
                kept.insert(try #require(loss.keptAs))
            }
        }
        #expect(kept.count == 2)
        for path in kept { #expect(FileManager.default.fileExists(atPath: path)) }
    }

    @Test(
        "Where the key is made anew, old hashes are not believed: duplicates are still known", arguments: [true, false])
    func newKey(isMissing: Bool) async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(30)
        let meta = spoilt.folder.path + "/log/meta.json"
        if isMissing {
            try FileManager.default.removeItem(atPath: meta)
        } else {
            try Data("{\"format\": 1, \"epoch\"".utf8).write(to: URL(filePath: meta))
            let error = #expect(throws: LogError.self) { try LogMaintenance.verify(directory: spoilt.folder.path) }
            #expect(error?.code == .damaged && error?.message.contains("log repair") == true)
        }
        let repair = try LogMaintenance.repair(directory: spoilt.folder.path)
        #expect(repair.losses.isEmpty && repair.report == nil && repair.mended.count == 1)
        #expect(FileManager.default.fileExists(atPath: meta + ".damaged") == !isMissing)
        let log = try spoilt.open()
        #expect(log.epoch == repair.epoch)
        for number in [0, 11, 29] as [Int64] {
            let answer = try await log.topic("events").append([record("n\(number)")])[0]
            #expect(answer.isDuplicate && answer.offset == number)
        }
        await log.close()
        #expect(try !LogMaintenance.repair(directory: spoilt.folder.path).isChanged)
    }

    @Test("A meta.json of a newer version is never set aside")
    func newerMeta() async throws {
        let spoilt = SpoiltLog()
        try await spoilt.fill(1)
        let meta = spoilt.folder.path + "/log/meta.json"
        let newer = Data("{\"format\": 9, \"other\": 1}".utf8)
        try newer.write(to: URL(filePath: meta))
        let error = #expect(throws: LogError.self) { try LogMaintenance.repair(directory: spoilt.folder.path) }
        #expect(error?.code == .newerVersion)
        #expect(try Data(contentsOf: URL(filePath: meta)) == newer)
    }

    @Test("Where there is no log, a repair says so and leaves no file")
    func noLog() throws {
        let folder = TemporaryFolder()
        let commands: [() throws -> Void] = [
            { _ = try LogMaintenance.repair(directory: folder.path) },
            { _ = try LogMaintenance.verify(directory: folder.path) },
            { _ = try LogMaintenance.stats(directory: folder.path) },
        ]
        for command in commands {
            let error = #expect(throws: LogError.self) { try command() }
            #expect(error?.code == .noLog)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("An epoch has 16 digits in every file")
    func epochDigits() async throws {
        let spoilt = SpoiltLog()
        try await spoilt.fill(1)
        let meta = LogMeta(epoch: 0xAB12, dedupKey: (1, 2))
        try meta.store(spoilt.folder.path + "/log", PosixFileSystem())
        #expect(try LogMaintenance.verify(directory: spoilt.folder.path).epochText == "000000000000ab12")
        var repair = LogRepair(epoch: 0xAB12)
        #expect(repair.epochText == "000000000000ab12")
        try await spoilt.fill(2, from: 1)
        try spoilt.flip(try spoilt.names()[0], at: 80)
        repair = try LogMaintenance.repair(directory: spoilt.folder.path)
        #expect(repair.report?.hasSuffix("/repair-\(LogMeta.hex(repair.epoch)).json") == true)
    }

    @Test("A file that may not be read is named with the reason, and readers of other files are served")
    func unreadableSegment() async throws {
        let disk = FakeDisk()
        let log = try EmbeddedLog.open(
            directory: "/d", configuration: configuration { $0.segmentBytes = 1024 }, files: disk)
        let events = log.topic("events")
        for number in 0..<30 { _ = try await events.append([record("n\(number)")]) }
        let bases = try disk.list("/d/log/events-0").compactMap { LogFormat.base(of: $0) }.sorted()
        let path = "/d/log/events-0/" + LogFormat.name(base: bases[1], "log")
        disk.change { $0.forbidden = [path] }
        let chunk = try await events.read(from: 0, maxBytes: 1 << 20)
        #expect(chunk.records.map(\.offset) == Array(0..<bases[1]) && chunk.next == bases[1] && !chunk.reachedHead)
        await #expect(throws: LogError.self) { try await events.read(from: bases[1], maxBytes: 1) }
        #expect(try await events.read(from: bases[2], maxBytes: 1).records.first?.offset == bases[2])
        let error = #expect(throws: LogError.self) { try LogMaintenance.verify(directory: "/d", files: disk) }
        #expect(error?.code == .notPermitted)
        #expect(error?.message.contains(path) == true && error?.message.contains("Permission denied") == true)
        await log.close()
    }

    @Test("Each place of damage has one line in the server's log, however often it is met")
    func damageIsLogged() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(40)
        let names = try spoilt.names()
        for name in names[1...2] { try spoilt.flip(name, at: 80) }
        let lines = LogLines()
        let log = try EmbeddedLog.open(
            directory: spoilt.folder.path, configuration: spoilt.settings,
            logger: Logger(label: "test") { _ in lines })
        for _ in 0..<3 { _ = try await readAll(log.topic("events")) }
        await log.close()
        let errors = lines.of(.error)
        #expect(errors.count == 2, "\(errors)")
        for (name, line) in zip(names[1...2], errors) { #expect(line.contains(spoilt.segments + name)) }
    }

    @Test(
        "A repair that the power cuts at any call can be run again: all that is sound is there",
        arguments: [true, false])
    func powerCut(hasMeta: Bool) async throws {
        var call = 1
        while true {
            let disk = FakeDisk(seed: UInt64(call))
            let settings = configuration { $0.segmentBytes = 1024 }
            let log = try EmbeddedLog.open(directory: "/d", configuration: settings, files: disk)
            for number in 0..<50 { _ = try await log.topic("events").append([record("n\(number)")]) }
            await log.close()
            let folder = "/d/log/events-0/"
            let bases = try disk.list("/d/log/events-0").compactMap { LogFormat.base(of: $0) }.sorted()
            let paths = bases.map { folder + LogFormat.name(base: $0, "log") }
            // A hole, a copy within its own range, and a changed byte.
            try disk.unlink(paths[1])
            let original = try #require(try disk.readWhole(paths[2], limit: .max))
            let copy = folder + LogFormat.name(base: bases[2] + 3, "log")
            try disk.writeWhole(copy, Array(original.readableBytesView), sync: true)
            try disk.open(paths[3], create: false, write: true).write([0xEE], at: 180)
            if !hasMeta { try disk.unlink("/d/log/meta.json") }
            for path in ["/d/log/events-0", "/d/log"] { try disk.syncDirectory(path) }
            try disk.open(paths[3], create: false, write: true).sync()

            disk.fail(call: call, .crash)
            let first = try? LogMaintenance.repair(directory: "/d", files: disk)
            disk.crash()
            _ = try LogMaintenance.repair(directory: "/d", files: disk)
            let report = try LogMaintenance.verify(directory: "/d", files: disk)
            #expect(report.isSound, "call \(call): \(report.topics[0].damage)")
            let lost = bases[3] + 1
            #expect(report.topics[0].holes == [bases[1]..<bases[2], lost..<lost + 1], "call \(call)")
            #expect(report.topics[0].records == 50 - (bases[2] - bases[1]) - 1, "call \(call)")
            if first != nil { break }
            call += 1
        }
        #expect(call > 30)
    }
}
