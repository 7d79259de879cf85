import FluxEvents
import Logging
import NIOCore

/// Opens one topic's folder: checks the last segment, cuts a torn tail off, fills the duplicate window.
struct TopicRecovery {
    let name: String
    let directory: String
    let files: any FileSystem
    let configuration: EmbeddedLogConfiguration
    let key: (UInt64, UInt64)
    let epoch: UInt64
    let repaired: RepairedRanges
    let logger: Logger

    private struct Last {
        var file: any LogFile
        var size: Int64
        var head: Int64
        var index = SegmentIndex()
        var recordedAt: Timestamp?
    }

    func open() throws(LogError) -> TopicStore {
        let result: Result<TopicStore, LogError>
        do throws(FileFailure) {
            result = try self.recover()
        } catch {
            throw EmbeddedLog.opening(error, self.directory)
        }
        return try result.get()
    }

    private func recover() throws(FileFailure) -> Result<TopicStore, LogError> {
        try self.files.makeDirectory(self.directory)
        var bases: [Int64] = []
        for name in try self.files.list(self.directory) {
            if let base = LogFormat.base(of: name) { bases.append(base) }
        }
        bases.sort()
        if bases.isEmpty { bases = [0] }
        let lastBase = bases[bases.count - 1]
        let path = self.directory + "/" + LogFormat.name(base: lastBase, "log")
        if let overlap = try self.overlap(of: path, base: lastBase, with: bases.dropLast()) { return .failure(overlap) }
        let last: Last
        switch try self.check(path, base: lastBase) {
        case .success(let checked): last = checked
        case .failure(let error): return .failure(error)
        }

        var segments: [Segment] = []
        var bytes: [Int64] = []
        for base in bases.dropLast() {
            let segment = Segment(base: base, directory: self.directory, active: nil, index: nil)
            segments.append(segment)
            bytes.append(try self.files.size(of: segment.path) ?? 0)
        }
        let active = Segment(base: lastBase, directory: self.directory, active: last.file, index: last.index)
        segments.append(active)
        bytes.append(last.size)
        var recordedAt = last.recordedAt
        for index in segments.indices.dropLast().reversed() where recordedAt == nil {
            recordedAt = try segments[index].lastTimestamp(bytes: bytes[index], files: self.files)
        }
        let bounds = LogBounds(earliest: bases[0], head: last.head, epoch: self.epoch, lastRecordedAt: recordedAt)
        let view = TopicState.View(segments: segments, bytes: bytes, bounds: bounds)
        var keeper = IdentityKeeper(
            self.directory, files: self.files, configuration: self.configuration, key: self.key)
        let (window, identities) = try keeper?.window(view) ?? (DuplicateWindow(limit: 0, at: last.head), nil)
        let state = TopicState(
            name: self.name, directory: self.directory, view: view, repaired: self.repaired,
            logger: self.logger)
        state.count(duplicates: 0, window: window.count)
        return .success(
            TopicStore(
                state: state, files: self.files, configuration: self.configuration, active: active, file: last.file,
                size: last.size, head: last.head, lastRecordedAt: recordedAt, window: window, identities: identities,
                keeper: keeper))
    }

    private static let advice =
        "Nothing was changed. `cloudflux log verify` shows the extent, `cloudflux log repair` keeps what is sound"

    /// Offsets past the last segment's base that an earlier file holds already: going on from the last one would give
    /// them a second time.
    private func overlap(
        of path: String, base: Int64, with earlier: ArraySlice<Int64>
    ) throws(FileFailure) -> LogError? {
        for earlierBase in earlier.reversed() {
            let segment = Segment(base: earlierBase, directory: self.directory, active: nil, index: nil)
            let end: Int64?
            do throws(FileFailure) {
                let bytes = try self.files.size(of: segment.path) ?? 0
                end = try segment.lastGroup(bytes: bytes, files: self.files)?.nextOffset
            } catch {
                // Only reads that start in it are refused.
                if error.isUnreadable { return nil }
                throw error
            }
            guard let end else { continue }
            guard end > base else { return nil }
            return LogError(
                .damaged,
                "\(path) begins with offset \(base), but \(segment.path) holds the offsets up to \(end - 1): one of them "
                    + "does not belong here. " + Self.advice, file: path, position: 0)
        }
        return nil
    }

    /// Checks the last segment group by group. What follows the last sound group is the tail and is cut off, unless a
    /// sound later group lies behind it: then it is damage.
    private func check(_ path: String, base: Int64) throws(FileFailure) -> Result<Last, LogError> {
        let file = try self.files.open(path, create: true, write: true)
        let size = try file.size()
        var last = Last(file: file, size: 0, head: base)
        var scanner = SegmentScanner(file, from: 0, offset: base, end: size, readAhead: 1 << 20)
        scan: while true {
            switch try scanner.next() {
            case .group(let header, let position, _):
                last.index.add(header, at: position)
                last.recordedAt = max(last.recordedAt ?? header.maxTimestamp, header.maxTimestamp)
                last.size = scanner.position
                last.head = scanner.nextOffset
            case .end:
                break scan
            case .bad(let position, let reason):
                if try scanner.resume() {
                    return .failure(
                        LogError(
                            .damaged,
                            "\(path) is damaged at byte \(position) (\(reason)), with sound groups from byte "
                                + "\(scanner.position) on behind it. " + Self.advice,
                            file: path, position: position))
                }
                if position == 0, let foreign = try SegmentScanner.firstGroup(in: file, end: size) {
                    return .failure(
                        LogError(
                            .damaged,
                            "\(path) begins with a sound group of offset \(foreign.baseOffset): this is no torn end, the "
                                + "file is another segment's. " + Self.advice, file: path, position: 0))
                }
                self.logger.notice(
                    "cut the torn tail of the log, which nobody was told is there",
                    metadata: ["file": "\(path)", "at": "\(position)", "bytes": "\(size - position)"])
                break scan
            }
        }
        // What a killed server wrote may be in the page cache only: before anybody is told of it, it is on disk.
        if size > last.size { try file.truncate(to: last.size) }
        try file.sync()
        try self.files.syncDirectory(self.directory)
        return .success(last)
    }
}
