import FluxTesting
import Testing

@testable import FluxTiering

/// A store of 400 objects in four folders of 100.
@Suite struct ScanFinderTests {
    private static let folders = 4
    private static let each = 100

    /// Prefix 0 is the whole store, 1…4 its folders.
    private static var prefixes: ScanFinder.Prefixes {
        var prefixes = ScanFinder.Prefixes(
            chains: [], known: [UInt32(folders * each)] + Array(repeating: UInt32(each), count: folders))
        for object in 0..<folders * each {
            prefixes.chains += [0, UInt32(1 + object / each)]
            prefixes.chains += Array(repeating: ScanFinder.Prefixes.none, count: ScanRule().depth - 1)
        }
        return prefixes
    }

    private func find(_ readings: [ScanFinder.Reading]) -> (scans: [ScanFinder.Scan], scanOf: [Int?]) {
        var finder = ScanFinder(ScanRule(), prefixes: Self.prefixes)
        return finder.find(readings.sorted { $0.quarter < $1.quarter })
    }

    private func readings(_ objects: some Sequence<Int>, _ quarter: Int32, reads: Double = 1) -> [ScanFinder.Reading] {
        objects.map { ScanFinder.Reading(object: $0, quarter: quarter, reads: reads) }
    }

    @Test func aBackupOfEverythingIsOneScanOfTheWholeStore() {
        let found = find(readings(0..<400, 4_000))
        #expect(found.scans.map(\.prefix) == [0] && found.scans[0].objects == 400 && found.scans[0].reads == 400)
        #expect(found.scans[0].days == 1_000...1_000)
        #expect(found.scanOf.allSatisfy { $0 == 0 })
    }

    @Test func oneFolderIsAScanOfThatFolder() {
        #expect(find(readings(100..<200, 4_000)).scans.map(\.prefix) == [2])
        // Half of it is too few objects to say so.
        #expect(find(readings(100..<150, 4_000)).scans.isEmpty)
    }

    @Test func nightsThatRunOverMidnightAreFoundEachByItself() {
        // Its second half is read in the next day's first quarter, in another order each night.
        var random = SeededRandom()
        var all: [ScanFinder.Reading] = []
        for night in 0..<6 {
            let order = Array(0..<400).shuffled(using: &random)
            all +=
                readings(order[..<200], Int32(4_000 + 4 * night + 3))
                + readings(order[200...], Int32(4_000 + 4 * night + 4))
        }
        let found = find(all)
        #expect(found.scanOf.allSatisfy { $0 != nil }, "seed \(random.seed)")
    }

    @Test func aCrawlOfAMonthIsFound() {
        var all: [ScanFinder.Reading] = []
        for object in 0..<400 { all += readings([object], Int32(4_000 + object * 110 / 400)) }
        let found = find(all)
        #expect(found.scanOf.count { $0 != nil } >= 380)
    }

    @Test func whoPicksAtRandomIsNoScan() {
        // However much or little: the more objects were met, the more often some were met again.
        var random = SeededRandom()
        for picks in [100, 200, 280, 400, 800, 2_000] {
            var counts: [Int: Double] = [:]
            for _ in 0..<picks { counts[Int.random(in: 0..<400, using: &random), default: 0] += 1 }
            let found = find(counts.map { ScanFinder.Reading(object: $0.key, quarter: 4_000, reads: $0.value) })
            #expect(found.scanOf.allSatisfy { $0 == nil }, "seed \(random.seed), \(picks) picks")
        }
    }

    @Test func anObjectReadOftenIsNotOnlyScanned() {
        let found = find(readings(0..<399, 4_000) + readings([399], 4_000, reads: 50))
        #expect(found.scanOf.dropLast().allSatisfy { $0 == 0 } && found.scanOf.last == .some(nil))
    }

    @Test func partsCountByTheirBytes() {
        // Ten parts of each object: the reader gave them as one read in all.
        #expect(find(readings(0..<400, 4_000, reads: 1.0)).scans.count == 1)
        #expect(find(readings(0..<400, 4_000, reads: 10.0)).scans.isEmpty)
    }

    @Test func inASmallStoreNearlyAllOfItIsAScanAndAnAlbumIsNone() {
        func store(_ objects: Int, reading: Range<Int>) -> Int {
            let chain: [UInt32] = [0] + Array(repeating: ScanFinder.Prefixes.none, count: ScanRule().depth)
            let chains = Array(repeatElement(chain, count: objects).joined())
            var finder = ScanFinder(
                ScanRule(), prefixes: ScanFinder.Prefixes(chains: chains, known: [UInt32(objects)]))
            return finder.find(readings(reading, 4_000)).scans.count
        }
        #expect(store(40, reading: 0..<40) == 1)
        #expect(store(40, reading: 0..<30) == 0)
        #expect(store(10, reading: 0..<10) == 0)
        #expect(store(2_000, reading: 0..<60) == 0)
    }

    @Test func nothingIsFoundInNothing() {
        #expect(find([]).scans.isEmpty)
        // Years apart.
        #expect(find(readings(0..<10, 0) + readings(0..<10, 40_000)).scans.isEmpty)
    }
}
