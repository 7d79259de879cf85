/// The one thread that writes, and the queue in front of it.
final class LogWriter: Sendable {
    typealias Job = @Sendable (LogCore?) -> Void

    private struct State {
        var appends: [AppendRequest] = []
        var jobs: [Job] = []
        var isClosing = false
        var isClosed = false
        var onClosed: [@Sendable () -> Void] = []
    }

    private enum Work {
        case run([Job])
        case close
    }

    static let closed = LogError(.closed, "the log is closed: nothing was written; start the server again")

    /// Requests for which room is kept from one pass to the next.
    private static let keptRoom = 4_096

    private let monitor: Monitor<State>

    /// Nil where the thread could not be started; the core is closed then.
    init?(core: LogCore) {
        let monitor = Monitor(State())
        self.monitor = monitor
        // Safe: from here on the core belongs to the writer's thread alone; nobody else keeps it.
        nonisolated(unsafe) let core = core
        guard LogThread.start("flux-log", { Self.loop(core, monitor) }) else {
            core.close()
            return nil
        }
    }

    var waiting: Int { self.monitor.locked { $0.appends.count } }
    var isClosed: Bool { self.monitor.locked { $0.isClosing } }

    func append(_ request: AppendRequest) {
        let isTaken = self.monitor.signal { state in
            if state.isClosing { return false }
            state.appends.append(request)
            return true
        }
        if !isTaken { request.complete(.failure(Self.closed)) }
    }

    /// Runs a job on the writer's thread; with nil where the log is closed.
    func perform(_ job: @escaping Job) {
        let isTaken = self.monitor.signal { state in
            if state.isClosing { return false }
            state.jobs.append(job)
            return true
        }
        if !isTaken { job(nil) }
    }

    /// Ends the thread after what waits was answered.
    func close(_ done: @escaping @Sendable () -> Void) {
        let isClosed = self.monitor.signal { state in
            state.isClosing = true
            if !state.isClosed { state.onClosed.append(done) }
            return state.isClosed
        }
        if isClosed { done() }
    }

    private static func loop(_ core: LogCore, _ monitor: Monitor<State>) {
        let clock = ContinuousClock()
        var nextRetention = clock.now
        let retentionEvery = Duration.milliseconds(core.configuration.retentionCheckMilliseconds)
        var syncEvery: Int64?
        if case .interval(let milliseconds) = core.configuration.durability { syncEvery = Int64(milliseconds) }
        var nextSync = clock.now
        var appends: [AppendRequest] = []
        while true {
            var wait = max(0, Self.milliseconds(nextRetention - clock.now))
            if syncEvery != nil, core.isUnsynced { wait = min(wait, max(0, Self.milliseconds(nextSync - clock.now))) }
            let work: Work? = monitor.wait(milliseconds: wait) { state in
                if state.appends.isEmpty && state.jobs.isEmpty { return state.isClosing ? .close : nil }
                // Its room goes to and fro, so that no writer waits for memory with the lock held.
                swap(&state.appends, &appends)
                let jobs = state.jobs
                state.jobs = []
                return .run(jobs)
            }
            switch work {
            case .run(let jobs):
                let wasSynced = !core.isUnsynced
                core.commit(appends)
                for job in jobs { job(core) }
                appends.removeAll(keepingCapacity: appends.count <= Self.keptRoom)
                if let syncEvery, wasSynced, core.isUnsynced { nextSync = clock.now + .milliseconds(syncEvery) }
            case .close:
                core.close()
                let waiters = monitor.signal { state in
                    state.isClosed = true
                    let waiters = state.onClosed
                    state.onClosed = []
                    return waiters
                }
                for waiter in waiters { waiter() }
                return
            case nil:
                break
            }
            if syncEvery != nil, core.isUnsynced, clock.now >= nextSync { core.sync() }
            if clock.now >= nextRetention {
                core.applyRetention()
                nextRetention = clock.now + retentionEvery
            }
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1
    }
}
