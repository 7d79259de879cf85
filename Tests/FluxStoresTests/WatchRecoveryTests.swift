import Glibc
import Testing

@testable import FluxStores

@Suite struct WatchRecoveryTests {
    @Test func itIsTriedAgainEverMoreSeldomAndToldOnce() {
        var recovery = WatchRecovery()
        var now: Int64 = 0
        var pauses: [Int64] = []
        for round in 0..<9 {
            let isTold = recovery.failed(now: now)
            #expect(isTold == (round == 0))
            guard let retryAt = recovery.retryAt else {
                Issue.record("it is not tried again")
                return
            }
            pauses.append(retryAt - now)
            now = retryAt
            recovery.started(now: now)
            #expect(recovery.retryAt == nil)
        }
        #expect(pauses == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
        // After a good minute it is a new failure.
        let isToldAnew = recovery.failed(now: now + 60_000)
        #expect(isToldAnew)
        #expect(recovery.retryAt == now + 61_000)
        recovery.paused()
        #expect(recovery.retryAt == nil)
    }

    /// The descriptor of the kernel's queue is put out of order under the reader's feet.
    @Test func aReadErrorIsToldOnceAndTheWatchComesBack() throws {
        var template = Array("/tmp/cloudflux-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let root = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["a", "b", "c"] { unlink(root + "/" + name) }
            rmdir(root)
        }
        func touch(_ name: String) {
            close(open(root + "/" + name, O_WRONLY | O_CREAT, 0o644))
        }
        let store = FolderStore(root: root, options: FolderOptions(), onEvents: {})
        var now: Int64 = 0
        /// Takes until something of that kind comes, and gives all that came.
        func takeUntil(_ what: String, _ isIt: (StoreSignal) -> Bool) -> [StoreSignal] {
            let deadline = Monotonic.now() + 240_000
            var all: [StoreSignal] = []
            while Monotonic.now() < deadline {
                all += store.take(now: now)
                if all.contains(where: isIt) { return all }
                usleep(2000)
            }
            Issue.record("did not happen in time: \(what); came: \(all)")
            return all
        }
        func walkAll() {
            var walk = store.walk([])
            while store.next(&walk, limit: 100).through != nil {}
        }
        func isOverflow(_ signal: StoreSignal) -> Bool { if case .overflow = signal { true } else { false } }
        func isChange(_ name: String) -> (StoreSignal) -> Bool {
            { if case .changed(Array(name.utf8), _, _) = $0 { true } else { false } }
        }

        store.start(now: now)
        walkAll()
        touch("a")
        _ = takeUntil("a is told", isChange("a"))
        let queue = try #require(store.reader?.queue)
        // A folder cannot be read as a file, so the next read fails.
        let folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(dup2(folder, queue) == queue)
        close(folder)
        touch("b")
        let told = takeUntil("the error is told", isOverflow)
        #expect(told.count(where: isOverflow) == 1)
        #expect(store.watchFailure?.errno == EISDIR)
        #expect(store.unwatchedFolders == 1)
        // Nothing more is told of it until it is tried again.
        now += 500
        #expect(store.take(now: now).isEmpty)
        #expect(store.nextDeadline == WatchRecovery.firstPause)
        now = WatchRecovery.firstPause
        #expect(store.take(now: now) == [.compare([])])
        #expect(store.watchFailure == nil)
        walkAll()
        touch("c")
        #expect(!takeUntil("c is told", isChange("c")).contains(where: isOverflow))
        store.stop()
    }
}
