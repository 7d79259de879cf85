import Glibc

/// A thread of its own that runs a store's actor, so that a slow file system never holds up anybody else's tasks.
///
/// `@unchecked Sendable`: the jobs are only touched with the lock held, and the lock and the condition live in memory of
/// their own that is freed when nobody refers to the thread any more.
public final class StoreThread: SerialExecutor, @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var stopped = false
    private var ended = false

    /// Starts the thread.
    public init() throws(SystemFailure) {
        lock = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(lock, nil)
        pthread_cond_init(condition, nil)
        try start()
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(lock)
        condition.deallocate()
        lock.deallocate()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(lock)
        jobs.append(job)
        let mustStart = ended
        ended = false
        pthread_cond_signal(condition)
        pthread_mutex_unlock(lock)
        // Without a thread for it the job would never run; the next one tries again.
        if mustStart, (try? start()) == nil { markEnded() }
    }

    /// Lets the thread end once it has nothing left to run. Jobs that come later are run still, by a new thread.
    public func stop() {
        pthread_mutex_lock(lock)
        stopped = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(lock)
    }

    private func markEnded() {
        pthread_mutex_lock(lock)
        ended = true
        pthread_mutex_unlock(lock)
    }

    private func start() throws(SystemFailure) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<StoreThread>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw SystemFailure(call: "pthread_create", errno: result)
        }
        pthread_detach(thread)
    }

    private func run() {
        while true {
            pthread_mutex_lock(lock)
            while jobs.isEmpty, !stopped { pthread_cond_wait(condition, lock) }
            let batch = jobs
            jobs.removeAll()
            ended = batch.isEmpty
            let ends = ended
            pthread_mutex_unlock(lock)
            if ends { return }
            for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }
}
