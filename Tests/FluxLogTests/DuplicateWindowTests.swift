import FluxTesting
import Foundation
import NIOCore
import Testing

@testable import FluxLog

@Suite("The duplicate window")
struct DuplicateWindowTests {
    @Test("It answers like a dictionary of the newest offsets, over growth, rollback, holes and collisions")
    func model() {
        for seed in 0..<40 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let limit = [1, 7, 300, 5000][Int(seed % 4)]
            var window = DuplicateWindow(limit: limit, at: 1000)
            var ring: [(offset: Int64, hash: RecordHash?)] = []
            var end: Int64 = 1000
            for _ in 0..<300 {
                var added: [RecordHash?] = []
                let isKept = Int.random(in: 0..<5, using: &generator) > 0
                for _ in 0..<Int.random(in: 1...40, using: &generator) {
                    // All collide in the table; few tags, some of which are shared.
                    let low =
                        (UInt64.random(in: 0..<4, using: &generator) << 60)
                        | (UInt64.random(in: 0..<4, using: &generator) << 32)
                    let hash = RecordHash(high: UInt64.random(in: 1..<3000, using: &generator), low: low)
                    let isIn = ring.contains { $0.hash == hash } || added.contains(hash)
                    #expect((window.offset(of: hash) != nil) == isIn, "seed \(seed)")
                    if isIn { continue }
                    added.append(hash)
                    window.append(hash)
                }
                if isKept {
                    for hash in added {
                        ring.append((end, hash))
                        end += 1
                    }
                    window.commit()
                    ring.removeAll { $0.offset < end - Int64(limit) }
                } else {
                    window.rollback(to: end)
                }
                #expect(window.end == end)
                for entry in ring.shuffled(using: &generator).prefix(5) {
                    #expect(entry.hash.flatMap { window.offset(of: $0) } == entry.offset, "seed \(seed)")
                }
            }
            #expect(window.count == ring.count)
            window.skip(to: end + Int64(limit) * 3)
            #expect(window.count == 0)
        }
    }

    @Test("One pass may be larger than the window: all of it is found until it is committed or taken back")
    func largePass() {
        var generator = SeededRandom(seed: 11)
        var window = DuplicateWindow(limit: 100, at: 77)
        let hashes = (0..<60_000).map { _ in RecordHash(high: generator.next(), low: generator.next()) }
        for hash in hashes.prefix(50) { window.append(hash) }
        window.commit()
        for hash in hashes.dropFirst(50) { window.append(hash) }
        for (index, hash) in hashes.enumerated() { #expect(window.offset(of: hash) == 77 + Int64(index)) }
        window.rollback(to: 77 + 50)
        #expect(window.count == 50)
        for hash in hashes.dropFirst(50) { window.append(hash) }
        window.commit()
        #expect(window.count == 100)
        #expect(window.offset(of: hashes[59_900]) == Int64(77 + 59_900))
        #expect(window.offset(of: hashes[59_899]) == nil)
    }

    @Test("The side file gives back what was added; what follows a bad byte is left out")
    func sideFile() throws {
        let disk = FakeDisk()
        var generator = SeededRandom(seed: 3)
        let hashes = (0..<10_000).map { number in
            number % 7 == 0 ? RecordHash.none : RecordHash(high: generator.next(), low: generator.next())
        }
        var file = try IdentityFile("/ids", files: disk, keeping: 0, at: 50)
        for hash in hashes { try file.add(hash.isNone ? nil : hash) }
        try file.flush()
        let buffer = try #require(try disk.readWhole("/ids", limit: .max))
        let all = IdentityFile.load(buffer, base: 50)
        #expect(all.hashes == hashes)
        #expect(all.bytes == Int64(buffer.readableBytes))
        #expect(IdentityFile.load(buffer, base: 51).hashes.isEmpty)
        var bytes = Array(buffer.readableBytesView)
        bytes[IdentityFile.chunkHeaderBytes + 16 * IdentityFile.chunkHashes + 100] ^= 4
        let front = IdentityFile.load(ByteBuffer(bytes: bytes), base: 50)
        #expect(front.hashes == Array(hashes.prefix(IdentityFile.chunkHashes)))
        for cut in [0, 1, 19, 20, 21, bytes.count - 1] {
            _ = IdentityFile.load(ByteBuffer(bytes: bytes.prefix(cut)), base: 50)
        }
    }

    @Test(
        "Retention and a restart forget no identity that the window reaches back to, and keep no file past it",
        arguments: ["stopped", "power cut", "no side files", "damage"])
    func overRetention(end: String) async throws {
        let disk = FakeDisk()
        let settings = configuration {
            $0.segmentBytes = 1024
            $0.retentionBytes = 3000
            $0.retentionFence = { _ in .max }
            // Only when it is asked for.
            $0.retentionCheckMilliseconds = 3_600_000
            $0.dedupEvents = 50
        }
        var log = try EmbeddedLog.open(directory: "/d", configuration: settings, files: disk)
        for number in 0..<60 { _ = try await log.topic("events").append([record("n\(number)")]) }
        let sides = { try disk.list("/d/log/events-0").filter { $0.hasSuffix(".ids") } }
        if end == "no side files" { for name in try sides() { try disk.unlink("/d/log/events-0/" + name) } }
        let spoilt: Int64 = 24
        if end == "damage" {
            for name in try sides() { try disk.unlink("/d/log/events-0/" + name) }
            try self.spoil(spoilt, on: disk)
        }
        await log.applyRetention()
        let earliest = log.topic("events").bounds().earliest
        #expect(earliest > 30)
        if end == "power cut" { disk.crash() } else { await log.close() }

        log = try EmbeddedLog.open(directory: "/d", configuration: settings, files: disk)
        for number in 11..<60 as Range<Int64> {
            let answer = try await log.topic("events").append([record("n\(number)")])[0]
            // What was damaged before it went has no identity that could be kept.
            let isLost = end == "damage" && number == spoilt
            #expect(answer.isDuplicate == !isLost && (isLost || answer.offset == number), "n\(number) is \(answer)")
        }
        #expect(try await !log.topic("events").append([record("n5")])[0].isDuplicate)

        // The window has passed them: their files go.
        for number in 100..<160 { _ = try await log.topic("events").append([record("n\(number)")]) }
        await log.applyRetention()
        let head = log.topic("events").bounds().head
        let oldest = try #require(try sides().compactMap { LogFormat.base(of: $0, "ids") }.min())
        #expect(oldest >= head - 50 - 20, "side files from \(oldest) on at head \(head)")
        await log.close()
    }

    /// Changes a byte of the group of one offset.
    private func spoil(_ offset: Int64, on disk: FakeDisk) throws {
        let bases = try disk.list("/d/log/events-0").compactMap { LogFormat.base(of: $0) }
        let base = try #require(bases.filter { $0 <= offset }.max())
        let file = try disk.open("/d/log/events-0/" + LogFormat.name(base: base, "log"), create: false, write: true)
        var scanner = SegmentScanner(file, from: 0, offset: base, end: try file.size())
        while case .group(let header, let position, let buffer) = try scanner.next() {
            guard header.baseOffset == offset else { continue }
            let byte = try #require(buffer.getInteger(at: buffer.readerIndex + 80, as: UInt8.self))
            try file.write([byte ^ 0x10], at: position + 80)
        }
    }
}
