import Dispatch
import FluxLog
import FoundationEssentials
import Logging
import Synchronization

extension Catalog {
    /// After a snapshot that could not be made, none is asked for again for so long.
    private static let snapshotRetry: Duration = .seconds(60)

    /// Makes a snapshot soon, because the log's retention waits for one: it may remove events before `offset` once a
    /// snapshot holds them. Any thread; returns at once. Does nothing where the fold is not there yet, a newer snapshot
    /// is there, or one has just failed.
    public func wantSnapshot(past offset: Int64) {
        let due = progress.withLock { progress in
            let isEarly = progress.snapshotFailed.map { ContinuousClock.now - $0 < Self.snapshotRetry } ?? false
            guard !progress.isSnapshotting, !progress.isDamaged, !isEarly, progress.isExamined,
                progress.position >= offset,
                progress.soundSnapshot ?? 0 < offset
            else { return false }
            progress.isSnapshotting = true
            return true
        }
        if due { DispatchQueue.global(qos: .utility).async { self.makeSnapshot() } }
    }

    /// Reads the newest snapshots until one is sound: only behind that may the log be trimmed. Bad ones are set aside.
    func examineSnapshots() {
        var sound: SnapshotName?
        for name in CatalogOpening.candidates(snapshots, log) {
            do {
                if try snapshots.isSound(name) {
                    sound = name
                    break
                }
            } catch {
                // It may be sound, or gone: nothing rests on it, and nothing is done to it.
                logger.warning("A snapshot of the catalogue could not be read, and is passed over: \(error)")
                continue
            }
            let path = snapshots.path(of: name)
            logger.warning("The snapshot \(path) is damaged; it is kept as \(SnapshotFolder.damaged).")
            snapshots.setAside(name)
        }
        progress.withLock { progress in
            progress.isExamined = true
            // One that was made meanwhile is newer.
            if progress.soundSnapshot != nil { return }
            progress.soundSnapshot = sound?.position
            progress.snapshot = sound?.position
        }
    }

    /// Starts a snapshot beside the fold when the log has grown enough since the last one.
    func snapshotIfGrown(by events: Int64) {
        let due = progress.withLock { progress in
            guard !progress.isSnapshotting, !progress.isDamaged,
                progress.position - (progress.snapshot ?? progress.beginsAt) >= events
            else {
                return false
            }
            progress.isSnapshotting = true
            return true
        }
        // Copying the file takes seconds: not on a thread of Swift's own pool.
        if due { DispatchQueue.global(qos: .utility).async { self.makeSnapshot() } }
    }

    func snapshotAtStop() async {
        let least = max(configuration.snapshotEventsAtStop, 1)
        while true {
            // One that was begun is waited for: it holds the file.
            let claimed: Bool? = progress.withLock { progress in
                if progress.isSnapshotting { return nil }
                guard !progress.isDamaged, progress.position - (progress.snapshot ?? progress.beginsAt) >= least
                else { return false }
                progress.isSnapshotting = true
                return true
            }
            if claimed == false { return }
            if claimed == true { break }
            await Self.pause()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                self.makeSnapshot()
                continuation.resume()
            }
        }
    }

    /// Waits a little, also in a cancelled task.
    private static func pause() async {
        await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
    }

    private func makeSnapshot() {
        defer { progress.withLock { $0.isSnapshotting = false } }
        do {
            let name = try snapshots.make(from: pool)
            progress.withLock {
                $0.snapshot = max($0.snapshot ?? 0, name.position)
                $0.soundSnapshot = $0.snapshot
            }
            logger.info("A snapshot of the catalogue at event \(name.position) is on disk.")
        } catch {
            let doing = "Making a snapshot of the catalogue"
            let told = CatalogDatabase.error(error, doing, path: snapshots.path)
            // A copy is as damaged as the file.
            let error = told.code == .damaged ? failed(error, doing) : told
            logger.warning("\(error.message)")
            progress.withLock { $0.snapshotFailed = .now }
        }
    }
}
