import FluxEvents
import FluxLog
import Logging
import Synchronization

/// The simulations that run: each appends its plan, in time, to the topic of simulated events and to nothing else.
final class SimulationBoard: Sendable {
    private struct Running: Sendable {
        var task: Task<Void, Never>
    }

    private let log: any EventLog
    private let limit: Int
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let running = Mutex<[String: Running]>([:])

    init(log: any EventLog, limit: Int, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.log = log
        self.limit = limit
        self.now = now
        self.logger = logger
    }

    /// Starts a plan; its id, or nil where so many run already.
    func start(_ plan: SimulationPlan) -> String? {
        let id = "sim_" + RequestName.next()
        return running.withLock { running in
            guard running.count < limit else { return nil }
            running[id] = Running(
                task: Task {
                    await self.play(plan, id: id)
                    self.running.withLock { $0[id] = nil }
                })
            return id
        }
    }

    /// Stops a simulation; false where none of that id runs.
    func stop(_ id: String) -> Bool {
        guard let found = running.withLock({ $0.removeValue(forKey: id) }) else { return false }
        found.task.cancel()
        return true
    }

    /// Stops all.
    func stopAll() {
        let all = running.withLock { running in
            defer { running = [:] }
            return running.values.map(\.task)
        }
        for task in all { task.cancel() }
    }

    private func play(_ plan: SimulationPlan, id: String) async {
        let begin = ContinuousClock.now
        var next = 0
        while next < plan.steps.count, !Task.isCancelled {
            try? await Task.sleep(until: begin + plan.steps[next].after, clock: .continuous)
            if Task.isCancelled { return }
            // What is due together goes in one append.
            let elapsed = ContinuousClock.now - begin
            var due: [Record] = []
            while next < plan.steps.count, plan.steps[next].after <= elapsed {
                due.append(plan.steps[next].event(simulation: id, number: next, now: now()).record())
                next += 1
            }
            do {
                _ = try await log.append(due)
            } catch {
                logger.warning("a simulation ended early", metadata: ["simulation": "\(id)", "error": "\(error)"])
                return
            }
        }
    }
}
