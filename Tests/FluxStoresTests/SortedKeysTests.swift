import FluxTesting
import Testing

@testable import FluxStores

@Suite struct SortedKeysTests {
    /// The same as a set that is sorted, whatever is done to it.
    @Test func itIsASortedSet() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        func key() -> [UInt8] {
            (0..<Int.random(in: 0...3, using: &random)).map { _ in UInt8.random(in: 0...11, using: &random) }
        }
        var keys = SortedKeys()
        var model: Set<[UInt8]> = []
        for step in 0..<30_000 {
            let one = key()
            if step < 20_000 ? Int.random(in: 0..<4, using: &random) > 0 : Int.random(in: 0..<4, using: &random) == 0 {
                #expect(keys.insert(one) == model.insert(one).inserted, "seed \(seed)")
            } else {
                #expect(keys.remove(one) == (model.remove(one) != nil), "seed \(seed)")
            }
            guard step.isMultiple(of: 500) else { continue }
            let sorted = model.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(keys.keys(under: []) == sorted, "seed \(seed)")
            #expect(keys.count == model.count)
            let prefix = key()
            #expect(keys.keys(under: prefix) == sorted.filter { $0.starts(with: prefix) }, "seed \(seed)")
            #expect(keys.contains(prefix) == model.contains(prefix))
            #expect(SortedKeys(model).keys(under: prefix) == keys.keys(under: prefix))
        }
    }

    @Test func manyKeysInOrderAndInAnyOrderAreKept() {
        let numbers = (0..<20_000).map { Array("\($0)".utf8) }
        var inOrder = SortedKeys(numbers)
        var shuffled = SortedKeys()
        for key in numbers.shuffled() { shuffled.insert(key) }
        #expect(inOrder.keys(under: []) == shuffled.keys(under: []))
        for key in numbers.shuffled() { inOrder.remove(key) }
        #expect(inOrder.isEmpty)
        #expect(inOrder.keys(under: []).isEmpty)
    }
}
