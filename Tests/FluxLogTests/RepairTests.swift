import FluxEvents
import Foundation
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
            #expect(try !LogMaintenance.verify(directory: spoilt.folder.path).isSound)
            let repair = try LogMaintenance.repair(directory: spoilt.folder.path)
            #expect(repair.losses.isEmpty, "\(repair.losses)")
            let after = try LogMaintenance.verify(directory: spoilt.folder.path)
            #expect(after.isSound, "\(after.topics[0].damage)")
            #expect(try LogMaintenance.repair(directory: spoilt.folder.path).epoch == repair.epoch)
            #expect(FileManager.default.fileExists(atPath: spoilt.segments + copy + ".damaged"))
            let read = try await self.read(spoilt)
            #expect(read.offsets == Array(0..<60) && read.gaps.isEmpty && read.damage == 0)
        }
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
}
