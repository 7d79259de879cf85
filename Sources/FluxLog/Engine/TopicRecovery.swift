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
        let (window, identities) = try self.window(view)
        let state = TopicState(
            name: self.name, directory: self.directory, view: view, repaired: self.repaired)
        state.count(duplicates: 0, window: window.count)
        return .success(
            TopicStore(
                state: state, files: self.files, configuration: self.configuration, active: active, file: last.file,
                size: last.size, head: last.head, lastRecordedAt: recordedAt, window: window, identities: identities))
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
                                + "\(scanner.position) on behind it. Nothing was changed. "
                                + "`cloudflux log verify` shows the extent, `cloudflux log repair` keeps what is sound",
                            file: path, position: position))
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

    // MARK: The duplicate window

    private func window(_ view: TopicState.View) throws(FileFailure) -> (DuplicateWindow, IdentityFile?) {
        let head = view.bounds.head
        guard let identify = self.configuration.identify, self.configuration.dedupEvents > 0 else {
            return (DuplicateWindow(limit: 0, at: head), nil)
        }
        let from = max(view.bounds.earliest, head - Int64(self.configuration.dedupEvents))
        var window = DuplicateWindow(limit: self.configuration.dedupEvents, at: from)
        var identities: IdentityFile?
        for index in view.segments.indices where view.end(of: index) > from || index == view.segments.count - 1 {
            let segment = view.segments[index]
            let isActive = index == view.segments.count - 1
            let path = segment.path("ids")
            let side = try self.files.readWhole(path, limit: Int64.max) ?? ByteBuffer()
            var (hashes, kept) = IdentityFile.load(side, base: segment.base)
            if segment.base + Int64(hashes.count) > view.end(of: index) {
                // It tells of groups that a weaker mode lost: begin it anew.
                hashes = []
                kept = 0
            }
            let known = segment.base + Int64(hashes.count)
            if isActive || known < view.end(of: index) {
                identities = try? IdentityFile(path, files: self.files, keeping: kept, at: known)
            }
            for (number, hash) in hashes.enumerated() where segment.base + Int64(number) >= window.end {
                window.skip(to: segment.base + Int64(number))
                window.append(hash)
                window.commit()
            }
            try self.rehash(view, index, from: known, identify, &window, &identities)
            if !isActive {
                try? identities?.flush()
                identities = nil
            }
        }
        window.skip(to: head)
        return (window, identities)
    }

    /// Hashes the records of a segment from `known` on, for the window and for the side file.
    private func rehash(
        _ view: TopicState.View, _ index: Int, from known: Int64, _ identify: EmbeddedLogConfiguration.Identify,
        _ window: inout DuplicateWindow, _ identities: inout IdentityFile?
    ) throws(FileFailure) {
        guard known < view.end(of: index) else { return }
        let segment = view.segments[index]
        let start = try segment.index(bytes: view.bytes[index], files: self.files).entry(atOrBefore: known)
        var scanner = SegmentScanner(
            try segment.file(self.files), from: start?.position ?? 0, offset: start?.offset ?? segment.base,
            end: view.bytes[index])
        var next = known
        while true {
            switch try scanner.next() {
            case .end: return
            case .bad:
                // Offsets behind damage keep no place in the side file; it stays a sound front.
                try? identities?.flush()
                identities = nil
                if try !scanner.resume() { return }
            case .group(let header, _, let buffer):
                guard header.nextOffset > next,
                    let records = try? RecordBatchDecoder().records(of: header, in: buffer, from: next)
                else { continue }
                for record in records {
                    let hash = identify(record.record, self.key).map { RecordHash(high: $0.0, low: $0.1) }
                    try? identities?.add(hash)
                    guard record.offset >= window.end else { continue }
                    window.skip(to: record.offset)
                    window.append(hash)
                    window.commit()
                }
                next = header.nextOffset
            }
        }
    }
}
