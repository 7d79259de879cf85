import Glibc
import Synchronization

/// One event as the kernel gave it.
struct RawWatchEvent: Sendable, Hashable {
    var watch: Int32
    var mask: UInt32
    var cookie: UInt32
    /// Empty where the watched folder itself is meant.
    var name: [UInt8]

    func has(_ flag: Int) -> Bool { mask & UInt32(truncatingIfNeeded: flag) != 0 }
    var isFolder: Bool { has(WatchMask.isFolder) }
}

/// The inotify flags that are used, by what they mean here.
enum WatchMask {
    static let read = Int(IN_ACCESS)
    static let written = Int(IN_MODIFY)
    static let attributes = Int(IN_ATTRIB)
    static let closedAfterWriting = Int(IN_CLOSE_WRITE)
    static let closed = Int(IN_CLOSE_NOWRITE)
    static let movedFrom = Int(IN_MOVED_FROM)
    static let movedTo = Int(IN_MOVED_TO)
    static let created = Int(IN_CREATE)
    static let deleted = Int(IN_DELETE)
    static let selfDeleted = Int(IN_DELETE_SELF)
    static let selfMoved = Int(IN_MOVE_SELF)
    static let unmounted = Int(IN_UNMOUNT)
    static let overflow = Int(IN_Q_OVERFLOW)
    static let ignored = Int(IN_IGNORED)
    static let isFolder = Int(IN_ISDIR)

    /// What is asked of every folder.
    static let folder = UInt32(
        truncatingIfNeeded: read | written | attributes | closedAfterWriting | closed | movedFrom | movedTo | created
            | deleted | selfDeleted | selfMoved | Int(IN_ONLYDIR))
    /// What folders do by being looked at, which nobody wants to know.
    static let noiseOfFolders = UInt32(truncatingIfNeeded: read | written | closedAfterWriting | closed)
}

/// An inotify instance and the thread that empties its queue, so that the kernel's queue stays short however long the
/// store is busy. Events wait in memory, at most `maximumWaiting`; past that they are dropped and counted, as the kernel
/// does it.
final class InotifyReader: Sendable {
    /// Events that may wait in memory.
    static let maximumWaiting = 262_144
    private static let bufferSize = 256 * 1024

    private struct State {
        var events: [RawWatchEvent] = []
        var overflows = 0
        var failed: Int32?
        var stopped = false
    }

    /// What came since the last call.
    struct Intake: Sendable {
        var events: [RawWatchEvent]
        /// Times that the kernel or this reader had to drop events.
        var overflows: Int
        /// The error that ended the reading, if any.
        var failed: Int32?
    }

    private let state = Mutex(State())
    let queue: Int32
    private let stopReader: Int32
    private let stopWriter: Int32
    private let onEvents: @Sendable () -> Void

    /// - Parameter onEvents: called from the reader's thread when there is something to take; must not block.
    init(onEvents: @escaping @Sendable () -> Void) throws(SystemFailure) {
        let queue = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard queue >= 0 else { throw SystemFailure(call: "inotify_init1", errno: errno) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let number = errno
            close(queue)
            throw SystemFailure(call: "pipe", errno: number)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.queue = queue
        stopReader = ends[0]
        stopWriter = ends[1]
        self.onEvents = onEvents
    }

    deinit {
        close(queue)
        close(stopReader)
        close(stopWriter)
    }

    /// Starts the thread, which keeps the reader alive until `stop`.
    func start() throws(SystemFailure) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<InotifyReader>.fromOpaque(argument).takeRetainedValue().read()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw SystemFailure(call: "pthread_create", errno: result)
        }
        pthread_detach(thread)
    }

    func stop() {
        let first = state.withLock { state in
            defer { state.stopped = true }
            return !state.stopped
        }
        guard first else { return }
        var byte: UInt8 = 1
        // The pipe is empty, so one byte always fits.
        _ = write(stopWriter, &byte, 1)
    }

    /// Takes what came.
    func take() -> Intake {
        state.withLock { state in
            let intake = Intake(events: state.events, overflows: state.overflows, failed: state.failed)
            state.events.removeAll(keepingCapacity: state.events.capacity <= 16_384)
            state.overflows = 0
            return intake
        }
    }

    /// Watches the folder that a descriptor has open.
    func watch(descriptor: Int32) -> Result<Int32, SystemFailure> {
        let watch = inotify_add_watch(queue, "/proc/self/fd/\(descriptor)", WatchMask.folder)
        guard watch >= 0 else { return .failure(SystemFailure(call: "inotify_add_watch", errno: errno)) }
        return .success(watch)
    }

    func unwatch(_ watch: Int32) {
        // Fails only where the kernel took the watch away itself.
        _ = inotify_rm_watch(queue, watch)
    }
}

// MARK: - The thread

extension InotifyReader {
    private func read() {
        withUnsafeTemporaryAllocation(byteCount: Self.bufferSize, alignment: MemoryLayout<inotify_event>.alignment) {
            buffer in
            while true {
                var polled = [
                    pollfd(fd: queue, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: stopReader, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&polled, 2, -1) >= 0 || errno == EINTR else { return fail(errno) }
                if polled[1].revents != 0 { return }
                let count = Glibc.read(queue, buffer.baseAddress, buffer.count)
                if count < 0 {
                    guard errno == EAGAIN || errno == EINTR else { return fail(errno) }
                    continue
                }
                take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                onEvents()
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        let (events, overflowed) = Self.parse(bytes)
        state.withLock { state in
            if overflowed { state.overflows += 1 }
            guard state.events.count + events.count <= Self.maximumWaiting else {
                // What is left could be misread without what is dropped, so all of it goes, and a comparison follows.
                state.overflows += 1
                state.events.removeAll()
                return
            }
            state.events += events
        }
    }

    private func fail(_ number: Int32) {
        state.withLock { $0.failed = number }
        onEvents()
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> (events: [RawWatchEvent], overflowed: Bool) {
        let header = MemoryLayout<inotify_event>.size
        var events: [RawWatchEvent] = []
        var overflowed = false
        var place = 0
        while place + header <= bytes.count {
            let event = bytes.loadUnaligned(fromByteOffset: place, as: inotify_event.self)
            let nameStart = place + header
            let nameEnd = min(nameStart + Int(event.len), bytes.count)
            place = nameStart + Int(event.len)
            if event.mask & UInt32(truncatingIfNeeded: WatchMask.overflow) != 0 {
                overflowed = true
                continue
            }
            let isFolder = event.mask & UInt32(truncatingIfNeeded: WatchMask.isFolder) != 0
            if isFolder, event.mask & WatchMask.noiseOfFolders != 0 { continue }
            // The name is padded with zero bytes.
            let name = Array(bytes[nameStart..<nameEnd].prefix { $0 != 0 })
            events.append(RawWatchEvent(watch: event.wd, mask: event.mask, cookie: event.cookie, name: name))
        }
        return (events, overflowed)
    }
}
