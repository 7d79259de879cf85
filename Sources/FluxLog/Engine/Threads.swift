import CFluxSystem
import Glibc

/// A lock with a condition, for threads that wait: a thin, counted wrapper of pthread's.
///
/// Safe to send: the pthread objects are made for use from many threads, their addresses are fixed for the object's
/// life, and `value` is touched only with the lock held.
final class Monitor<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(self.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    /// Changes the value and wakes one waiter.
    func signal<T>(_ body: (inout Value) -> T) -> T {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        let result = body(&self.value)
        pthread_cond_signal(self.condition)
        return result
    }

    /// Looks at the value, or changes it, and wakes nobody.
    func locked<T>(_ body: (inout Value) -> T) -> T {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return body(&self.value)
    }

    /// Wakes all waiters.
    func broadcast(_ body: (inout Value) -> Void) {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        body(&self.value)
        pthread_cond_broadcast(self.condition)
    }

    /// Waits until `body` answers something, or the time is up (nil).
    func wait<T>(milliseconds: Int64?, _ body: (inout Value) -> T?) -> T? {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        var deadline = timespec()
        if let milliseconds {
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            let nanoseconds = deadline.tv_nsec + Int(milliseconds % 1000) * 1_000_000
            deadline.tv_sec += Int(milliseconds / 1000) + nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
        }
        while true {
            if let result = body(&self.value) { return result }
            if milliseconds == nil {
                pthread_cond_wait(self.condition, self.mutex)
            } else if pthread_cond_timedwait(self.condition, self.mutex, &deadline) == ETIMEDOUT {
                return body(&self.value)
            }
        }
    }
}

enum LogThread {
    /// Starts a detached thread with a name that `top -H` shows. False where the system has no more.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(Box(name: name, body: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                let box = Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue()
                cflux_name_thread(box.name)
                box.body()
                return nil
            }, box.toOpaque())
        if result != 0 { box.release() }
        return result == 0
    }

    private final class Box: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}

/// A few threads for calls that block.
final class ReadPool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var next = 0
        var isClosed = false
    }

    private let monitor: Monitor<State>

    init?(threads: Int) {
        let monitor = Monitor(State())
        self.monitor = monitor
        for number in 0..<threads {
            let isStarted = LogThread.start("flux-read-\(number)") {
                while let job = Self.take(monitor) { job() }
            }
            guard isStarted else {
                self.close()
                return nil
            }
        }
    }

    private static func take(_ monitor: Monitor<State>) -> (@Sendable () -> Void)? {
        let taken: (@Sendable () -> Void)?? = monitor.wait(milliseconds: nil) { state in
            if state.next < state.jobs.count {
                let job = state.jobs[state.next]
                state.next += 1
                if state.next == state.jobs.count {
                    state.jobs.removeAll(keepingCapacity: true)
                    state.next = 0
                }
                return .some(job)
            }
            return state.isClosed ? .some(nil) : nil
        }
        return taken ?? nil
    }

    /// Runs a job on one of the threads. False when the pool was closed.
    func run(_ job: @escaping @Sendable () -> Void) -> Bool {
        self.monitor.signal { state in
            if state.isClosed { return false }
            state.jobs.append(job)
            return true
        }
    }

    /// What was given is still done.
    func close() {
        self.monitor.broadcast { $0.isClosed = true }
    }
}
