import FluxTesting
import Testing

@testable import FluxStores

@Suite struct BurstTests {
    let key: [UInt8] = [1]

    @Test func theFirstIsToldAtOnceAndTheRestOnceItIsQuiet() {
        var merger = BurstMerger<ChangeContent>()
        #expect(merger.happened(key, ChangeContent(created: true), .settled, now: 0) == ChangeContent(created: true))
        #expect(merger.happened(key, ChangeContent(), .settled, now: 100) == nil)
        #expect(merger.happened(key, ChangeContent(deleted: true), .settled, now: 200) == nil)
        #expect(merger.due(now: 600).isEmpty)
        #expect(merger.due(now: 720).map(\.content) == [ChangeContent(deleted: true)])
        #expect(merger.due(now: 5000).isEmpty)
        #expect(merger.count == 0)
        #expect(merger.nextDeadline == nil)
    }

    @Test func aBurstThatDoesNotEndIsToldAfterTheMaximumDelay() {
        var merger = BurstMerger<ReadContent>()
        var told = 0
        for now in stride(from: Int64(0), to: 10_000, by: 50) {
            if let content = merger.happened(key, ReadContent(), .settled, now: now) { told += content.reads }
            for entry in merger.due(now: now) { told += entry.content.reads }
        }
        #expect(told >= 150)
        for entry in merger.due(now: 20_000) { told += entry.content.reads }
        #expect(told == 200)
    }

    @Test func whatIsOpenWaitsForItsEnd() {
        var merger = BurstMerger<ChangeContent>()
        #expect(merger.happened(key, ChangeContent(created: true), .open, now: 0) == nil)
        #expect(merger.happened(key, ChangeContent(), .open, now: 1500) == nil)
        #expect(merger.due(now: 5000).isEmpty)
        #expect(merger.happened(key, ChangeContent(), .settled, now: 6000) == ChangeContent(created: true))
    }

    @Test func whatStaysOpenIsToldAllTheSame() {
        var merger = BurstMerger<ChangeContent>()
        _ = merger.happened(key, ChangeContent(created: true), .open, now: 0)
        #expect(merger.due(now: 9_900).isEmpty)
        #expect(merger.due(now: 10_020).count == 1)
    }

    @Test func whatIsUnderWayMovesWithItsFolder() {
        var merger = BurstMerger<ChangeContent>()
        _ = merger.happened(Array("d/f".utf8), ChangeContent(), .soon, now: 0)
        merger.move(from: Array("d/".utf8), to: Array("e/".utf8), now: 10)
        #expect(merger.due(now: 1000).map(\.key) == [Array("e/f".utf8)])
    }

    @Test func whatMovesTwiceAndWhatCameBetweenIsToldUnderItsLastName() {
        var merger = BurstMerger<ChangeContent>()
        _ = merger.happened(Array("d/f".utf8), ChangeContent(), .soon, now: 0)
        _ = merger.happened(Array("other".utf8), ChangeContent(), .soon, now: 0)
        merger.move(from: Array("d/".utf8), to: Array("e/".utf8), now: 10)
        _ = merger.happened(Array("e/g".utf8), ChangeContent(), .soon, now: 10)
        merger.move(from: Array("e/".utf8), to: Array("h/".utf8), now: 20)
        let told = Set(merger.due(now: 1000).map { String(decoding: $0.key, as: UTF8.self) })
        #expect(told == ["h/f", "h/g", "other"])
        _ = merger.due(now: 5000)
        #expect(merger.count == 0)
    }

    /// Nothing is lost whatever comes when: what goes in comes out.
    @Test func everythingThatHappensIsTold() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var merger = BurstMerger<ReadContent>()
        var now: Int64 = 0
        var given = 0
        var told = 0
        for _ in 0..<20_000 {
            now += Int64.random(in: 0...300, using: &random)
            told += merger.due(now: now).reduce(0) { $0 + $1.content.reads }
            let key = [UInt8.random(in: 0...5, using: &random)]
            let stage: BurstMerger<ReadContent>.Stage =
                [.settled, .soon, .open].randomElement(using: &random) ?? .settled
            given += 1
            told += merger.happened(key, ReadContent(), stage, now: now)?.reads ?? 0
        }
        told += merger.due(now: now + 20_000).reduce(0) { $0 + $1.content.reads }
        #expect(told == given, "seed \(seed)")
        _ = merger.due(now: now + 40_000)
        #expect(merger.count == 0, "seed \(seed)")
    }
}
