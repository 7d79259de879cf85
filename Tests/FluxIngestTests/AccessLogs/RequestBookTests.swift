import FluxTesting
import Testing

@testable import FluxIngest

@Suite struct RequestBookTests {
    @Test func theNewestAreRememberedAndTheOldestGoFirst() {
        var random = SeededRandom()
        for limit in [0, 1, 2, 3, 10, 1000, 50_000] {
            var book = RequestBook(limit: limit)
            var all: [UInt64] = []
            for _ in 0..<limit * 3 + 10 {
                let id = UInt64.random(in: 0...UInt64.max, using: &random)
                book.insert(id)
                all.append(id)
            }
            let half = (limit + 1) / 2
            #expect(book.count <= max(limit, 2 * half), "seed \(random.seed)")
            for id in all.suffix(half) { #expect(book.contains(id), "limit \(limit), seed \(random.seed)") }
            #expect(all.prefix(10).allSatisfy { !book.contains($0) }, "limit \(limit), seed \(random.seed)")
        }
    }

    @Test func itIsASet() {
        var random = SeededRandom()
        var table = IDTable(maximum: 5000)
        var model: Set<UInt64> = []
        for _ in 0..<4900 {
            let id = UInt64.random(in: 0...6000, using: &random)
            #expect(table.insert(id) == model.insert(max(1, id)).inserted, "\(id), seed \(random.seed)")
        }
        #expect(table.count == model.count, "seed \(random.seed)")
        for id in UInt64(1)...6000 { #expect(table.contains(id) == model.contains(id), "\(id), seed \(random.seed)") }
    }
}
