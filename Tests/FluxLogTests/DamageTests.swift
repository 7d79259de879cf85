import CFluxSystem
import FluxEvents
import Foundation
import Logging
import NIOCore
import Testing

@testable import FluxLog

/// A log of one topic with known groups, whose files a test may spoil.
struct SpoiltLog {
    let folder = TemporaryFolder()
    var settings: EmbeddedLogConfiguration
    var segments: String { self.folder.path + "/log/events-0/" }

    init(segmentBytes: Int64 = 128 << 20) {
        self.settings = configuration { $0.segmentBytes = segmentBytes }
    }

    func open() throws -> EmbeddedLog {
        try EmbeddedLog.open(directory: self.folder.path, configuration: self.settings)
    }

    /// `count` groups of one record, of about 100 bytes each.
    func fill(_ count: Int, from first: Int = 0) async throws {
        let log = try self.open()
        for number in first..<first + count { _ = try await log.topic("events").append([record("n\(number)")]) }
        await log.close()
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.segments).filter { $0.hasSuffix(".log") }.sorted()
    }

    /// Where each group of a segment starts, and its end.
    func groups(_ name: String) throws -> [Int64] {
        let files = PosixFileSystem()
        let file = try files.open(self.segments + name, create: false, write: false)
        let base = try #require(LogFormat.base(of: name))
        var scanner = SegmentScanner(file, from: 0, offset: base, end: try file.size())
        var positions: [Int64] = []
        while case .group(_, let position, _) = try scanner.next() { positions.append(position) }
        return positions + [scanner.position]
    }

    func flip(_ name: String, at position: Int64) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: self.segments + name))
        try handle.seek(toOffset: UInt64(position))
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: UInt64(position))
        try handle.write(contentsOf: Data([byte ^ 0x10]))
        try handle.close()
    }
}

extension SpoiltLog {
    /// Makes nonsense of a group's first record, with a checksum that is right.
    func forge(_ name: String, from start: Int64, to end: Int64) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: self.segments + name))
        try handle.seek(toOffset: UInt64(start))
        var group = try #require(try handle.read(upToCount: Int(end - start)))
        // The length of the record: a number that can't be.
        group[group.startIndex + RecordBatchHeader.bytes] = 0x01
        let sum = group.dropFirst(21).withUnsafeBytes { cflux_crc32c(0, $0.baseAddress, $0.count) }
        withUnsafeBytes(of: sum.bigEndian) { group.replaceSubrange(17..<21, with: $0) }
        try handle.seek(toOffset: UInt64(start))
        try handle.write(contentsOf: group)
        try handle.close()
    }
}

@Suite("Torn tails and damage")
struct DamageTests {
    @Test("A batch that isn't ours hides nothing but itself, forwards and backwards", arguments: [1, 200, 1 << 20])
    func foreignBatch(maxBytes: Int) async throws {
        let spoilt = SpoiltLog()
        try await spoilt.fill(12)
        let name = try #require(try spoilt.names().first)
        let groups = try spoilt.groups(name)
        for number in [4, 5, 11] { try spoilt.forge(name, from: groups[number], to: groups[number + 1]) }
        // Enough behind it, so that the start doesn't take the last one for a torn tail.
        let log = try spoilt.open()
        let events = log.topic("events")
        let head = events.bounds().head
        let sound = Array(0..<head).filter { ![4, 5, 11].contains($0) }
        var back: [Int64] = []
        var gaps: Set<Int64> = []
        var offset = head
        while true {
            let chunk = try await events.readBackward(before: offset, maxBytes: maxBytes)
            if let gap = chunk.gap { gaps.formUnion(gap.from..<gap.to) }
            back.insert(contentsOf: chunk.records.map(\.offset), at: 0)
            if chunk.next == offset { break }
            offset = chunk.next
        }
        #expect(back == sound)
        #expect(gaps == Set([4, 5, 11].filter { $0 < head }))
        #expect(try await readAll(events).map(\.offset) == sound)
        await log.close()
    }

    @Test("A torn last group is cut off at start, and its place used again", arguments: [1, 30, 61, 100])
    func tornTail(cut: Int64) async throws {
        let spoilt = SpoiltLog()
        try await spoilt.fill(4)
        let name = try spoilt.names()[0]
        let groups = try spoilt.groups(name)
        truncate(spoilt.segments + name, Int(groups[3] + cut))
        let report = try LogMaintenance.verify(directory: spoilt.folder.path)
        #expect(report.isSound)
        #expect(report.topics[0].tail?.position == groups[3])
        let log = try spoilt.open()
        #expect(log.topic("events").bounds().head == 3)
        #expect(try await log.topic("events").append([record("new")])[0].offset == 3)
        #expect(try await readAll(log.topic("events")).map { id(of: $0.record) } == ["n0", "n1", "n2", "new"])
        await log.close()
    }

    @Test("A changed byte in the last group is a tail; with a sound group behind it, it is refused with file and place")
    func damageInLastSegment() async throws {
        for group in 0..<4 {
            for delta in [0, 5, 9, 16, 18, 30, 70, 100] as [Int64] {
                let spoilt = SpoiltLog()
                try await spoilt.fill(4)
                let name = try spoilt.names()[0]
                let groups = try spoilt.groups(name)
                try spoilt.flip(name, at: groups[group] + delta)
                if group == 3 {
                    let log = try spoilt.open()
                    #expect(log.topic("events").bounds().head == 3)
                    await log.close()
                    continue
                }
                let error = #expect(throws: LogError.self) { try spoilt.open() }
                #expect(error?.code == .damaged)
                #expect(error?.file == spoilt.segments + name && error?.position == groups[group])
                #expect(error?.message.contains("log repair") == true)
                let report = try LogMaintenance.verify(directory: spoilt.folder.path)
                #expect(report.topics[0].damage.map(\.position) == [groups[group]])
                #expect(
                    report.topics[0].damage[0].from == Int64(group) && report.topics[0].damage[0].to == Int64(group + 1)
                )
            }
        }
    }

    @Test("Damage in an older segment: readers are told the exact gap, in both directions, and appends go on")
    func damageInOlderSegment() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(24)
        let names = try spoilt.names()
        let groups = try spoilt.groups(names[1])
        let base = try #require(LogFormat.base(of: names[1]))
        let lost = base + 1
        try spoilt.flip(names[1], at: groups[1] + 80)
        let log = try spoilt.open()
        let events = log.topic("events")
        var offsets: [Int64] = []
        var gaps: [LogGap] = []
        var next: Int64 = 0
        while true {
            let chunk = try await events.read(from: next, maxBytes: 700)
            if let gap = chunk.gap { gaps.append(gap) }
            offsets += chunk.records.map(\.offset)
            next = chunk.next
            if chunk.reachedHead { break }
        }
        #expect(gaps == [LogGap(from: lost, to: lost + 1, reason: .damage)])
        #expect(offsets == (0..<24).filter { $0 != lost })
        let inside = try await events.read(from: lost, maxBytes: 1)
        #expect(inside.gap == gaps[0] && inside.records.first?.offset == lost + 1)
        var before = events.bounds().head
        var backward: [Int64] = []
        var backwardGaps: [LogGap] = []
        while before > 0 {
            let chunk = try await events.readBackward(before: before, maxBytes: 400)
            if let gap = chunk.gap { backwardGaps.append(gap) }
            backward = chunk.records.map(\.offset) + backward
            before = chunk.next
        }
        #expect(backward == offsets && backwardGaps == gaps)
        #expect(log.health.damage.first?.file == spoilt.segments + names[1])
        #expect(log.health.acceptsAppends)
        #expect(try await events.append([record("more")])[0].offset == 24)
        await log.close()
    }

    @Test("A whole segment of garbage is one gap")
    func garbage() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(24)
        let names = try spoilt.names()
        let size = Int(try #require(try spoilt.groups(names[1]).last))
        try Data(repeating: 2, count: size).write(to: URL(filePath: spoilt.segments + names[1]))
        let log = try spoilt.open()
        let from = try #require(LogFormat.base(of: names[1]))
        let to = try #require(LogFormat.base(of: names[2]))
        let chunk = try await log.topic("events").read(from: from, maxBytes: 1)
        #expect(chunk.gap == LogGap(from: from, to: to, reason: .damage))
        #expect(chunk.records.first?.offset == to)
        let back = try await log.topic("events").readBackward(before: to, maxBytes: 1)
        #expect(back.gap == LogGap(from: from, to: to, reason: .damage) && back.records.last?.offset == from - 1)
        await log.close()
    }

    @Test("Repair keeps every sound group, sets the damaged file aside, says what was lost, begins a new epoch")
    func salvage() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(24)
        let names = try spoilt.names()
        let inOlder = try spoilt.groups(names[1])
        let lostOlder = try #require(LogFormat.base(of: names[1])) + 2
        try spoilt.flip(names[1], at: inOlder[2] + 80)
        let last = names[names.count - 1]
        let lostLast = try #require(LogFormat.base(of: last))
        try spoilt.flip(last, at: 80)
        #expect(throws: LogError.self) { try spoilt.open() }
        let before = try LogMaintenance.verify(directory: spoilt.folder.path)
        let repair = try LogMaintenance.repair(directory: spoilt.folder.path)
        #expect(repair.epoch != before.epoch)
        #expect(repair.losses.map(\.from) == [lostOlder, lostLast])
        #expect(repair.losses.map(\.to) == [lostOlder + 1, lostLast + 1])
        for loss in repair.losses { #expect(FileManager.default.fileExists(atPath: try #require(loss.keptAs))) }
        let told =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(filePath: try #require(repair.report)))) as? [String: [[String: Any]]]
        #expect(told?["lost"]?.count == 2)
        let after = try LogMaintenance.verify(directory: spoilt.folder.path)
        #expect(after.isSound && after.epoch == repair.epoch)
        #expect(after.topics[0].holes == [lostOlder..<lostOlder + 1, lostLast..<lostLast + 1])
        let log = try spoilt.open()
        #expect(log.epoch == repair.epoch)
        var offsets: [Int64] = []
        var next: Int64 = 0
        while true {
            let chunk = try await log.topic("events").read(from: next, maxBytes: 1)
            offsets += chunk.records.map(\.offset)
            next = chunk.next
            if chunk.reachedHead { break }
        }
        #expect(offsets == (0..<24).filter { $0 != lostOlder && $0 != lostLast })
        // The window knows what is there, and no more.
        let again = try await log.topic("events").append([record("n23"), record("n\(lostLast)")])
        #expect(again.map(\.offset) == [23, 24])
        await log.close()
        #expect(try LogMaintenance.repair(directory: spoilt.folder.path).losses.isEmpty)
    }

    @Test("What a repair left out is told as such, new damage beside it and a hole without report as damage")
    func gapsOfRepairs() async throws {
        let spoilt = SpoiltLog(segmentBytes: 2048)
        try await spoilt.fill(40)
        let name = try spoilt.names()[1]
        let base = try #require(LogFormat.base(of: name))
        try spoilt.flip(name, at: try spoilt.groups(name)[3] + 80)
        let report = try #require(try LogMaintenance.repair(directory: spoilt.folder.path).report)
        let repaired = LogGap(from: base + 3, to: base + 4, reason: .repair)
        let first = try await self.gaps(spoilt)
        #expect(first.forward == [repaired] && first.backward == [repaired])

        // The group in front of the hole is damaged now as well: two gaps, each with its own reason.
        try spoilt.flip(name, at: try spoilt.groups(name)[2] + 80)
        let damaged = LogGap(from: base + 2, to: base + 3, reason: .damage)
        let second = try await self.gaps(spoilt)
        #expect(second.forward == [damaged, repaired] && second.backward == [repaired, damaged])

        // A second repair has a report of its own; both count.
        let later = try #require(try LogMaintenance.repair(directory: spoilt.folder.path).report)
        let both = LogGap(from: base + 2, to: base + 4, reason: .repair)
        let third = try await self.gaps(spoilt)
        #expect(third.forward == [both] && third.backward == [both])

        // The newer report gone, the older one still explains its own; that one spoilt, the whole hole is damage.
        try FileManager.default.removeItem(atPath: later)
        let fourth = try await self.gaps(spoilt)
        #expect(fourth.forward == [damaged, repaired] && fourth.backward == [repaired, damaged])
        try Data("{".utf8).write(to: URL(filePath: report))
        let fifth = try await self.gaps(spoilt)
        let unexplained = LogGap(from: base + 2, to: base + 4, reason: .damage)
        #expect(fifth.forward == [unexplained] && fifth.backward == [unexplained])
    }

    /// All gaps that a reader meets, going forward and going backward.
    private func gaps(_ spoilt: SpoiltLog) async throws -> (forward: [LogGap], backward: [LogGap]) {
        let log = try spoilt.open()
        let events = log.topic("events")
        let head = events.bounds().head
        var forward: [LogGap] = []
        var backward: [LogGap] = []
        var covered: Int64 = 0
        var next: Int64 = 0
        while next < head {
            let chunk = try await events.read(from: next, maxBytes: 400)
            if let gap = chunk.gap { forward.append(gap) }
            covered += Int64(chunk.records.count) + (chunk.gap?.count ?? 0)
            try #require(chunk.next > next)
            next = chunk.next
        }
        #expect(covered == head)
        var before = head
        while before > 0 {
            let chunk = try await events.readBackward(before: before, maxBytes: 400)
            if let gap = chunk.gap { backward.append(gap) }
            covered -= Int64(chunk.records.count) + (chunk.gap?.count ?? 0)
            try #require(chunk.next < before)
            before = chunk.next
        }
        #expect(covered == 0)
        await log.close()
        return (forward, backward)
    }

    @Test("Repair by cutting keeps what lies in front of the damage")
    func cut() async throws {
        let spoilt = SpoiltLog(segmentBytes: 1024)
        try await spoilt.fill(24)
        let names = try spoilt.names()
        let lost = try #require(LogFormat.base(of: names[1])) + 2
        try spoilt.flip(names[1], at: try spoilt.groups(names[1])[2] + 80)
        let repair = try LogMaintenance.repair(directory: spoilt.folder.path, mode: .cut)
        #expect(repair.losses.first?.from == lost)
        let log = try spoilt.open()
        let chunk = try await log.topic("events").read(from: 0, maxBytes: 1 << 20)
        #expect(chunk.records.map(\.offset) == Array(0..<lost))
        await log.close()
    }

    @Test("Verify beside a writing server never takes the moving tail for damage")
    func verifyBesideServer() async throws {
        let spoilt = SpoiltLog(segmentBytes: 64 << 10)
        let log = try spoilt.open()
        let events = log.topic("events")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<150 { _ = try await events.append([record("\(writer)/\(number)", size: 900)]) }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let report = try LogMaintenance.verify(directory: spoilt.folder.path)
                    #expect(report.isSound, "\(report.topics[0].damage)")
                }
            }
            try await group.waitForAll()
        }
        #expect(throws: LogError.self) { try LogMaintenance.repair(directory: spoilt.folder.path) }
        await log.close()
        let report = try LogMaintenance.verify(directory: spoilt.folder.path)
        #expect(report.topics[0].records == 600 && report.topics[0].head == 600)
    }

    @Test("Missing, bad and foreign index files are made again", arguments: ["index", "timeindex"])
    func indexes(ending: String) async throws {
        let spoilt = SpoiltLog(segmentBytes: 30_000)
        let log = try spoilt.open()
        for number in 0..<120 { _ = try await log.topic("events").append([record("n\(number)", size: 600)]) }
        await log.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: spoilt.segments).filter {
            $0.hasSuffix("." + ending)
        }
        #expect(names.count >= 2)
        for (number, name) in names.sorted().enumerated() {
            let url = URL(filePath: spoilt.segments + name)
            var data = try Data(contentsOf: url)
            if number % 2 == 0 {
                try FileManager.default.removeItem(at: url)
            } else {
                data[data.count / 2] ^= 1
                try data.write(to: url)
            }
        }
        let again = try spoilt.open()
        #expect(try await readAll(again.topic("events")).map(\.offset) == Array(0..<120))
        #expect(try await again.topic("events").read(from: 37, maxBytes: 1).records.first?.offset == 37)
        await again.close()
        #expect(FileManager.default.fileExists(atPath: spoilt.segments + names.sorted()[0]))
    }

    @Test("A data folder of a newer version, or without its meta.json, is refused and left alone")
    func meta() async throws {
        let spoilt = SpoiltLog()
        try await spoilt.fill(1)
        let path = spoilt.folder.path + "/log/meta.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("\"format\": 1", with: "\"format\": 2").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(#expect(throws: LogError.self) { try spoilt.open() }?.code == .newerVersion)
        try FileManager.default.removeItem(atPath: path)
        #expect(#expect(throws: LogError.self) { try spoilt.open() }?.code == .damaged)
        let repair = try LogMaintenance.repair(directory: spoilt.folder.path)
        let log = try spoilt.open()
        #expect(log.epoch == repair.epoch && log.topic("events").bounds().head == 1)
        await log.close()
    }
}
