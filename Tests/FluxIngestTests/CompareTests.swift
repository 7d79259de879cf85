import FluxLog
import FluxStores
import Synchronization
import Testing

@testable import FluxIngest

@Suite struct CompareTests {
    /// A comparison that has gone past ignored files only has found nothing yet, and has begun all the same.
    @Test func whatIsAskedForInTheMiddleOfAComparisonIsComparedAgain() async throws {
        let finished = Counter()
        var options = World.quick()
        options.batch = 1
        options.onProgress = { if $0.finished { finished.add() } }
        let world = try World(options)
        world.run("for i in $(seq 40); do echo $i > a$i.tmp; done; echo 1 > z")
        let gate = GatedKnown(world.fold)
        world.use(world.embedded.topic("events"), known: gate)
        world.start()
        try await world.supervisor.add(
            url: StoreURL(folder: world.folder).source + "?ignore=*.tmp", origin: .api, by: nil)
        try await world.wait("the middle of the comparison") { gate.isReached }
        #expect(world.supervisor.list().first?.progress?.done == 0)
        try await world.supervisor.retry(world.id, by: nil)
        gate.open()
        try await world.supervisor.waitUntilSettled()
        #expect(finished.value == 2)
        await world.end()
    }

    private func compare(_ prefix: String) -> Compare {
        let store = FolderStore(root: "/", options: FolderOptions(), onEvents: {})
        return Compare(walk: store.walk(Array(prefix.utf8)), startedAt: 0)
    }

    @Test func aFolderThatWaitsToBeComparedCoversWhatLiesInItUntilItBegins() {
        var queue = CompareQueue()
        queue.add(compare("a/"))
        queue.add(compare("b/c/"))
        #expect(queue.covers(Array("a/".utf8)))
        #expect(queue.covers(Array("a/x/y/".utf8)))
        #expect(queue.covers(Array("b/c/d/".utf8)))
        #expect(!queue.covers(Array("b/".utf8)))
        #expect(!queue.covers(Array("ab/".utf8)))
        guard let next = queue.next else { return }
        queue.begin(next)
        #expect(!queue.covers(Array("b/c/d/".utf8)))
        queue.remove(at: next)
        #expect(queue.count == 1)
        #expect(queue.wholeIndex == nil)
        queue.add(compare(""))
        #expect(queue.count == 1)
        #expect(queue.wholeIndex == 0)
        #expect(!queue.covers(Array("a/".utf8)))
    }

    @Test func renamesThatFloatAreFoundByTargetAndByOrigin() {
        func key(_ text: String) -> [UInt8] { Array(text.utf8) }
        var floating = FloatingRenames()
        #expect(floating.add(key("o"), at: key("d/t")) == nil)
        #expect(floating.add(key("o"), at: key("d/u")) == nil)
        #expect(floating.targets(below: key("d/")) == [key("d/t"), key("d/u")])
        #expect(floating.take(key("d/t")) == key("o"))
        #expect(floating.isOrigin(key("o")))
        #expect(floating.add(key("p"), at: key("d/u")) == key("o"))
        #expect(!floating.isOrigin(key("o")))
        #expect(floating.takeAll() == [key("p")])
        #expect(floating.isEmpty)
        #expect(!floating.isOrigin(key("p")))
    }

    @Test func anOverlayGivesWhatWasToldInOrderUntilItIsFolded() {
        func key(_ number: Int) -> [UInt8] { Array("k\(number % 10)/\(number)".utf8) }
        var overlay = KnownOverlay()
        for number in (0..<1000).shuffled() { overlay.set(key(number), nil) }
        for number in 0..<1000 { overlay.landed(key(number), offset: Int64(number)) }
        // Said again, and not landed yet.
        overlay.set(key(3), nil)
        for through in [0, 1, 499, 700, 998] {
            overlay.prune(through: Int64(through))
            #expect(overlay.count == 1000 - through - (through >= 3 ? 0 : 1))
        }
        let left = overlay.range(under: [], after: nil, through: nil).map(\.key)
        #expect(left == [key(3), key(999)])
        #expect(overlay.range(under: Array("k9".utf8), after: nil, through: nil).map(\.key) == [key(999)])
        #expect(overlay.range(under: [], after: key(3), through: nil).map(\.key) == [key(999)])
        #expect(overlay.range(under: [], after: nil, through: key(3)).map(\.key) == [key(3)])
    }
}

/// A count that closures may raise.
final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}
