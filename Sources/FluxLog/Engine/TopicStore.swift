import FluxEvents
import NIOCore

/// The writing side of one topic: the active segment, its reservation, the duplicate window. Used by one thread, the
/// writer's, after it was opened. What others may see goes through `state`.
final class TopicStore {
    /// Space is reserved in pieces of at least this, so that most groups need no call of their own.
    static let reserveChunk: Int64 = 4 << 20

    let state: TopicState
    let files: any FileSystem
    let configuration: EmbeddedLogConfiguration
    /// The next offset.
    private(set) var head: Int64
    /// Never runs backwards; nil while nothing is known.
    private(set) var lastRecordedAt: Timestamp?
    var window: DuplicateWindow
    var identities: IdentityFile?
    private var keeper: IdentityKeeper?
    private var active: Segment
    private var file: any LogFile
    /// Bytes of whole groups in the active segment.
    private(set) var size: Int64
    private var reservedUntil: Int64
    private(set) var isUnsynced = false
    private var scratch = ByteBuffer()
    /// A new segment was begun, and must be there before anything else is written.
    private var mustRoll = false
    /// Out of the readers' view, but not yet off the disk.
    private var leftover: Leftover?

    private struct Leftover {
        var segment: Segment
        var bytes: Int64
        var end: Int64
    }

    init(
        state: TopicState, files: any FileSystem, configuration: EmbeddedLogConfiguration, active: Segment,
        file: any LogFile, size: Int64, head: Int64, lastRecordedAt: Timestamp?, window: DuplicateWindow,
        identities: IdentityFile?, keeper: IdentityKeeper?
    ) {
        self.state = state
        self.files = files
        self.configuration = configuration
        self.active = active
        self.file = file
        self.size = size
        self.reservedUntil = size
        self.head = head
        self.lastRecordedAt = lastRecordedAt
        self.window = window
        self.identities = identities
        self.keeper = keeper
    }

    // MARK: Space

    /// Makes sure that `bytes` more can be written: ends the segment if it would grow too large, reserves.
    /// Nothing was written when this throws, and only `.fatal` is for good.
    func makeRoom(for bytes: Int64) throws(LogError) {
        if self.mustRoll || (self.size > 0 && self.size + bytes > self.configuration.segmentBytes) { try self.roll() }
        let until = self.size + bytes
        guard until > self.reservedUntil else { return }
        let free: Int64
        do throws(FileFailure) {
            free = try self.files.freeBytes(at: self.state.directory)
        } catch {
            throw Self.refused(error, "can't ask how much space the disk has")
        }
        let spare = free - self.configuration.diskReserveBytes
        guard spare >= until - self.reservedUntil else {
            throw LogError(
                .diskFull,
                "\(free) bytes are free in \(self.state.directory), and \(self.configuration.diskReserveBytes) are kept "
                    + "in reserve; free some space or set a retention, appends then go on by themselves")
        }
        // A piece of the usual size where there is plenty, exactly what is needed where space is short.
        let generous = max(until, min(self.reservedUntil + Self.reserveChunk, self.configuration.segmentBytes))
        if generous > until, spare >= generous - self.reservedUntil, (try? self.reserve(until: generous)) != nil {
            return
        }
        do throws(FileFailure) {
            try self.reserve(until: until)
        } catch {
            throw Self.refused(error, "can't reserve \(bytes) bytes")
        }
    }

    private func reserve(until: Int64) throws(FileFailure) {
        let from = max(self.size, self.reservedUntil)
        try self.file.reserve(at: from, length: until - from)
        self.reservedUntil = until
    }

    private static func refused(_ failure: FileFailure, _ what: String) -> LogError {
        if failure.isDiskFull {
            return LogError(
                .diskFull, "\(what): the disk is full; free some space, appends then go on by themselves",
                underlying: failure)
        }
        return LogError(.io, "\(what); nothing was written, trying again may help", underlying: failure)
    }

    // MARK: Groups

    /// The time of a group that is written now.
    func recordedAt(_ now: Timestamp) -> Timestamp {
        max(self.lastRecordedAt ?? now, now)
    }

    /// Writes and, if asked, syncs one group, then publishes it. Room was made for it. Every error is for good.
    func write(_ group: Pass.Group, at time: Timestamp, sync: Bool) throws(LogError) {
        self.scratch.clear()
        RecordBatchEncoder.encode(group.parts, baseOffset: self.head, timestamp: time, into: &self.scratch)
        precondition(
            self.size + Int64(self.scratch.readableBytes) <= self.reservedUntil, "a group is written into room")
        let position = self.size
        do throws(FileFailure) {
            try self.writeScratch(at: position)
            if sync { try self.file.sync() }
        } catch {
            // This group was promised to nobody, and what is in the page cache of it may never get to disk: take it
            // back where that still works, so that a later start doesn't believe in it.
            try? self.file.truncate(to: position)
            throw LogError(
                .fatal,
                "a group could not be written to \(self.active.path): \(error); the log takes no more appends. "
                    + "Check the disk, then start again: everything that was acknowledged is checked at start",
                underlying: error)
        }
        self.isUnsynced = !sync
        let bytes = Int64(self.scratch.readableBytes)
        self.size += bytes
        let base = self.head
        self.head += Int64(group.count)
        self.lastRecordedAt = time
        self.window.commit()
        self.remember(group)
        if let header = try? RecordBatchHeader(peeking: self.scratch, maxBytes: LogFormat.maxBatchBytes) {
            self.active.added(header, at: position)
        }
        self.publish(group, base: base, time: time, bytes: bytes)
        // One large group must not keep its memory for ever.
        if self.scratch.capacity > LogFormat.maxGroupBytes * 2 { self.scratch = ByteBuffer() }
    }

    private func writeScratch(at position: Int64) throws(FileFailure) {
        var failure: FileFailure?
        self.scratch.withUnsafeReadableBytes { bytes in
            do throws(FileFailure) {
                try self.file.write(bytes, at: position)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func publish(_ group: Pass.Group, base: Int64, time: Timestamp, bytes: Int64) {
        let followers = self.state.published(head: self.head, at: time, bytes: bytes, records: group.count)
        guard !followers.isEmpty else { return }
        var offset = base
        var stored: [StoredRecord] = []
        stored.reserveCapacity(group.count)
        let partition = self.state.partition
        for part in group.parts {
            for record in part.all.records[part.range] {
                stored.append(StoredRecord(partition: partition, offset: offset, recordedAt: time, record: record))
                offset += 1
            }
        }
        let chunk = LogChunk(records: stored, from: base, next: self.head, reachedHead: true)
        for deliver in followers { deliver(chunk) }
    }

    /// The side file is a help, not a promise: where it fails, this segment goes on without.
    private func remember(_ group: Pass.Group) {
        guard self.identities != nil else { return }
        do throws(FileFailure) {
            for part in group.parts {
                for place in part.range { try self.identities?.add(part.all.hash(place)) }
            }
        } catch {
            self.identities = nil
        }
    }

    func flushIdentities() {
        do throws(FileFailure) {
            try self.identities?.flush()
        } catch {
            self.identities = nil
        }
    }

    /// For the weaker modes: syncs what was written. Every error is for good.
    func sync() throws(LogError) {
        guard self.isUnsynced else { return }
        do throws(FileFailure) {
            try self.file.sync()
        } catch {
            throw LogError(.fatal, "can't sync \(self.active.path): \(error)", underlying: error)
        }
        self.isUnsynced = false
    }

    // MARK: Segments

    /// Ends the active segment and starts the next.
    ///
    /// When the new one can't be made, its empty file may be there all the same, and a start would take that for the
    /// end of the log. So nothing more goes into the old one: each append tries to make the new one again.
    func roll() throws(LogError) {
        try self.sync()
        self.mustRoll = true
        let next = Segment(base: self.head, directory: self.state.directory, active: nil, index: SegmentIndex())
        let nextFile: any LogFile
        do throws(FileFailure) {
            nextFile = try self.files.open(next.path, create: true, write: true)
            try nextFile.truncate(to: 0)
        } catch {
            throw Self.refused(error, "can't start the segment \(next.path)")
        }
        do throws(FileFailure) {
            try self.files.syncDirectory(self.state.directory)
        } catch {
            throw LogError(.fatal, "can't sync the folder \(self.state.directory): \(error)", underlying: error)
        }
        self.seal()
        self.active = Segment(base: self.head, directory: self.state.directory, active: nextFile, index: SegmentIndex())
        self.file = nextFile
        self.size = 0
        self.reservedUntil = 0
        self.mustRoll = false
        self.state.rolled(to: self.active)
        if self.window.isOn, self.configuration.identify != nil {
            self.identities = try? IdentityFile(
                self.active.path("ids"), files: self.files, keeping: 0, at: self.head)
        }
    }

    private func seal() {
        // Gives back what was reserved behind the end. Where it fails, only space is lost until the segment goes.
        if self.reservedUntil > self.size { try? self.file.truncate(to: self.size) }
        self.flushIdentities()
        self.active.seal(bytes: self.size, files: self.files)
    }

    func close() throws(LogError) {
        try self.sync()
        if self.reservedUntil > self.size { try? self.file.truncate(to: self.size) }
        self.flushIdentities()
    }

    // MARK: Retention

    /// Removes whole segments from the old end, as far as age, size, fence and holds allow. Returns how many.
    ///
    /// - Parameter ignoringHolds: when the disk's reserve is in danger.
    func trim(now: Timestamp, ignoringHolds: Bool) throws(LogError) -> Int {
        self.keeper?.forget(head: self.head)
        let age = self.configuration.retentionAgeMilliseconds
        guard age != nil || self.configuration.retentionBytes != nil else { return 0 }
        try self.removeLeftover()
        // An idle topic's last segment must be able to grow old as well.
        if let age, self.size > 0, let last = self.lastRecordedAt, last.milliseconds < now.milliseconds - age {
            try self.roll()
        }
        var removed = 0
        while true {
            let view = self.state.view
            guard view.segments.count > 1, try self.isExpired(view, now: now) else { return removed }
            let end = view.segments[1].base
            guard end <= self.configuration.retentionFence(self.state.name) else {
                self.configuration.onFenced(self.state.name, end)
                return removed
            }
            if !ignoringHolds, let hold = self.state.holds.values.min(), end > hold { return removed }
            try self.remove(Leftover(segment: view.segments[0], bytes: view.bytes[0], end: end))
            removed += 1
        }
    }

    private func isExpired(_ view: TopicState.View, now: Timestamp) throws(LogError) -> Bool {
        if let limit = self.configuration.retentionBytes, view.bytes.reduce(0, +) > limit { return true }
        guard let age = self.configuration.retentionAgeMilliseconds else { return false }
        do throws(FileFailure) {
            // A segment without one sound group has no age of its own: it goes with the first group of the next.
            var last = try view.segments[0].lastTimestamp(bytes: view.bytes[0], files: self.files)
            if last == nil { last = try view.segments[1].firstTimestamp(bytes: view.bytes[1], files: self.files) }
            guard let last else { return false }
            return last.milliseconds < now.milliseconds - age
        } catch {
            throw LogError(.io, "can't read the age of \(view.segments[0].path)", underlying: error)
        }
    }

    private func remove(_ segment: Leftover) throws(LogError) {
        // Readers are told first. Then one file at a time, each durably, so that a crash leaves no hole in the middle;
        // for the same reason one that could not be removed is tried again before any other goes.
        self.state.trimmed()
        self.leftover = segment
        try self.removeLeftover()
    }

    private func removeLeftover() throws(LogError) {
        guard let leftover = self.leftover else { return }
        let segment = leftover.segment
        let isRemembered: Bool
        do throws(FileFailure) {
            // Its identities outlive it as long as the window reaches back to them, also over a restart.
            isRemembered =
                try self.keeper?.keep(segment, bytes: leftover.bytes, end: leftover.end, head: self.head) ?? false
        } catch {
            throw LogError(.io, "can't keep the identities of the segment \(segment.path)", underlying: error)
        }
        do throws(FileFailure) {
            try self.files.removeIfThere(segment.path)
        } catch {
            throw LogError(.io, "can't remove the segment \(segment.path)", underlying: error)
        }
        do throws(FileFailure) {
            try self.files.syncDirectory(self.state.directory)
        } catch {
            throw LogError(.fatal, "can't sync the folder \(self.state.directory): \(error)", underlying: error)
        }
        self.leftover = nil
        let endings = ["index", "timeindex"] + (isRemembered ? [] : ["ids"])
        for ending in endings { try? self.files.removeIfThere(segment.path(ending)) }
    }
}
