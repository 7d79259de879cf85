import FluxEvents
import FluxLog
import Glibc
import Logging
import NIOCore
import Synchronization

/// Keeps `EventCounts` up to date with the log, and in `DIR/statistics.json` over restarts.
///
/// The file is a fold like the catalogue: deleted, it is counted anew from what the log still has. Until an offset is
/// counted, the log is asked to keep it.
final class EventStatistics: Sendable {
    private let log: any EventLog
    private let path: String
    private let interval: Duration
    private let logger: Logger
    private let counted: Mutex<CountedSoFar>

    private static let holdName = "statistics"
    private static let readBytes = 1 << 20

    init(log: any EventLog, directory: String, interval: Duration, logger: Logger) {
        self.log = log
        self.interval = interval
        self.logger = logger
        path = directory + "/statistics.json"
        let bounds = log.bounds()
        var loaded = Self.read(path).flatMap { EventCounts(file: $0) }
        // A file of another log, or one that is ahead of it, tells nothing of this one.
        if let found = loaded, found.epoch != bounds.epoch || found.position > bounds.head { loaded = nil }
        let counts = loaded ?? EventCounts(epoch: bounds.epoch, earliest: bounds.earliest)
        log.hold(name: Self.holdName, at: counts.position)
        counted = Mutex(CountedSoFar(counts))
    }

    /// The counts now.
    var now: EventCounts {
        counted.withLock { counted in
            _ = counted.fold()
            return counted.counts
        }
    }

    /// Returns when everything before `offset` is counted. Waits only for what is being counted this moment.
    func counted(through offset: Int64) async throws {
        while now.position < offset {
            try await catchUp(to: offset)
        }
    }

    /// Follows the log until the task is cancelled; writes the file now and then, and at the end.
    func run() async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let follower = log.follow { chunk in
            if self.counted.withLock({ $0.add(chunk) }) { wake.yield() }
        }
        defer { follower.cancel() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await self.catchUp(to: follower.start)
                    for await _ in wakes {
                        // What was dropped because this task was slow is read again.
                        while let missing = self.counted.withLock({ $0.fold() }) { try await self.catchUp(to: missing) }
                    }
                } catch {
                    if !Task.isCancelled {
                        self.logger.error("the statistics stand still", metadata: ["error": "\(error)"])
                    }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.interval)
                    self.save()
                }
            }
            await group.waitForAll()
        }
        save()
        log.release(name: Self.holdName)
    }

    private func catchUp(to offset: Int64) async throws {
        while true {
            let position = now.position
            guard position < offset else { return }
            try Task.checkCancellation()
            let chunk = try await log.read(from: position, maxBytes: Self.readBytes)
            counted.withLock { $0.fold(read: chunk) }
            if chunk.next <= position { return }
        }
    }

    private let saved = Mutex<Int64>(-1)

    private func save() {
        let earliest = log.bounds().earliest
        let counts = counted.withLock { counted in
            _ = counted.fold()
            counted.trim(below: earliest)
            return counted.counts
        }
        guard saved.withLock({ $0 != counts.position }) else { return }
        do {
            try Self.write(counts.file(), to: path)
            saved.withLock { $0 = counts.position }
            log.hold(name: Self.holdName, at: counts.position)
        } catch {
            logger.warning("statistics.json cannot be written", metadata: ["error": "\(error)"])
        }
    }

    private struct FileFailure: Error, CustomStringConvertible {
        var description: String
    }

    private static func read(_ path: String) -> ByteBuffer? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var whole = ByteBuffer()
        while true {
            let got = whole.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { target in
                max(0, Glibc.read(file, target.baseAddress, target.count))
            }
            guard got > 0 else { return whole }
            if whole.readableBytes > 64 << 20 { return nil }
        }
    }

    /// Writes beside it, syncs, and renames, so that there is always one whole file.
    private static func write(_ bytes: ByteBuffer, to path: String) throws {
        let beside = path + ".new"
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileFailure(description: "\(beside): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var left = bytes
        while left.readableBytes > 0 {
            let wrote = left.readWithUnsafeReadableBytes { source in
                max(0, Glibc.write(file, source.baseAddress, source.count))
            }
            guard wrote > 0 else { throw FileFailure(description: "\(beside): \(String(cString: strerror(errno)))") }
        }
        guard fdatasync(file) == 0, rename(beside, path) == 0 else {
            throw FileFailure(description: "\(path): \(String(cString: strerror(errno)))")
        }
    }
}
