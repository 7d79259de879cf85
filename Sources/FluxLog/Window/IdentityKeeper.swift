import FluxEvents
import NIOCore

/// The side files of one topic: fills the window from them at a start, makes again what is missing in them, and keeps
/// those that the window still needs when retention removes their segments.
struct IdentityKeeper {
    /// A side file whose segment is gone.
    private struct Outliving {
        var base: Int64
        var end: Int64
    }

    private let directory: String
    private let files: any FileSystem
    private let identify: EmbeddedLogConfiguration.Identify
    private let key: (UInt64, UInt64)
    /// How many of the newest offsets the window holds.
    private let limit: Int
    /// The oldest first.
    private var outliving: [Outliving] = []

    /// Nil where duplicates are not looked for.
    init?(
        _ directory: String, files: any FileSystem, configuration: EmbeddedLogConfiguration, key: (UInt64, UInt64)
    ) {
        guard let identify = configuration.identify, configuration.dedupEvents > 0 else { return nil }
        self.directory = directory
        self.files = files
        self.identify = identify
        self.key = key
        self.limit = configuration.dedupEvents
    }

    // MARK: At a start

    /// The window of a topic, and the side file of its active segment.
    mutating func window(_ view: TopicState.View) throws(FileFailure) -> (DuplicateWindow, IdentityFile?) {
        let head = view.bounds.head
        let reach = head - Int64(self.limit)
        var window = DuplicateWindow(limit: self.limit, at: max(0, reach))
        try self.loadOutliving(before: view.bounds.earliest, reach: reach, &window)
        var identities: IdentityFile?
        for index in view.segments.indices where view.end(of: index) > reach || index == view.segments.count - 1 {
            let segment = view.segments[index]
            let end = view.end(of: index)
            let isActive = index == view.segments.count - 1
            let (hashes, kept) = try self.load(segment.path("ids"), base: segment.base, end: end)
            let known = segment.base + Int64(hashes.count)
            if isActive || known < end {
                identities = try? IdentityFile(segment.path("ids"), files: self.files, keeping: kept, at: known)
            }
            window.append(hashes, from: segment.base)
            try self.records(of: segment, bytes: view.bytes[index], from: known, to: end) { offset, hash, isFront in
                if isFront {
                    try? identities?.add(hash)
                } else {
                    // Offsets behind damage keep no place in the side file; it stays a sound front.
                    try? identities?.flush()
                    identities = nil
                }
                guard offset >= window.end else { return }
                window.skip(to: offset)
                window.append(hash)
                window.commit()
            }
            if !isActive {
                try? identities?.flush()
                identities = nil
            }
        }
        window.skip(to: head)
        return (window, identities)
    }

    /// The hashes of segments that retention removed.
    private mutating func loadOutliving(
        before earliest: Int64, reach: Int64, _ window: inout DuplicateWindow
    ) throws(FileFailure) {
        let names = Set(try self.files.list(self.directory))
        let bases = names.compactMap { LogFormat.base(of: $0, "ids") }.sorted()
        for base in bases where base < earliest && !names.contains(LogFormat.name(base: base, "log")) {
            let (hashes, _) = try self.load(self.path(base), base: base, end: earliest)
            self.outliving.append(Outliving(base: base, end: base + Int64(hashes.count)))
            window.append(hashes, from: base)
        }
        self.forget(before: reach)
    }

    /// The sound front of a side file. One that tells of groups that a weaker mode lost counts as empty.
    private func load(
        _ path: String, base: Int64, end: Int64
    ) throws(FileFailure) -> (hashes: [RecordHash], bytes: Int64) {
        let buffer = try self.files.readWhole(path, limit: Int64.max) ?? ByteBuffer()
        let loaded = IdentityFile.load(buffer, base: base)
        return base + Int64(loaded.hashes.count) > end ? ([], 0) : loaded
    }

    /// Hashes the records of a segment from `known` on. `isFront` says that all before are there as well.
    private func records(
        of segment: Segment, bytes: Int64, from known: Int64, to end: Int64,
        _ found: (_ offset: Int64, _ hash: RecordHash?, _ isFront: Bool) -> Void
    ) throws(FileFailure) {
        guard known < end else { return }
        let start = try segment.index(bytes: bytes, files: self.files).entry(atOrBefore: known)
        var scanner = SegmentScanner(
            try segment.file(self.files), from: start?.position ?? 0, offset: start?.offset ?? segment.base,
            end: bytes)
        var next = known
        var isFront = true
        while true {
            switch try scanner.next() {
            case .end: return
            case .bad:
                isFront = false
                if try !scanner.resume() { return }
            case .group(let header, _, let buffer):
                guard header.nextOffset > next,
                    let records = try? RecordBatchDecoder().records(of: header, in: buffer, from: next)
                else { continue }
                for record in records {
                    let hash = self.identify(record.record, self.key).map { RecordHash(high: $0.0, low: $0.1) }
                    isFront = isFront && record.offset == next
                    found(record.offset, hash, isFront)
                    next = record.offset + 1
                }
            }
        }
    }

    // MARK: At retention

    /// Makes a sealed segment's side file whole and durable, so that the segment may go. False where the window doesn't
    /// reach back to it any more, and it may go as well.
    ///
    /// What can't be read of the segment has no identity to keep, and on a full disk room goes before it: neither may
    /// stop retention.
    mutating func keep(_ segment: Segment, bytes: Int64, end: Int64, head: Int64) throws(FileFailure) -> Bool {
        guard end > head - Int64(self.limit) else { return false }
        do throws(FileFailure) {
            let (hashes, kept) = try self.loadIfReadable(segment, end: end)
            var next = segment.base + Int64(hashes.count)
            var file = try IdentityFile(self.path(segment.base), files: self.files, keeping: kept, at: next)
            var missing: [RecordHash?] = []
            do throws(FileFailure) {
                try self.records(of: segment, bytes: bytes, from: next, to: end) { offset, hash, _ in
                    missing += Array(repeating: nil, count: Int(offset - next)) + [hash]
                    next = offset + 1
                }
            } catch {
                guard error.isUnreadable else { throw error }
            }
            for hash in missing { try file.add(hash) }
            try file.flush()
            try file.sync()
            try self.files.syncDirectory(self.directory)
        } catch {
            guard error.isDiskFull else { throw error }
        }
        if self.outliving.last.map({ $0.base < segment.base }) ?? true {
            self.outliving.append(Outliving(base: segment.base, end: end))
        }
        return true
    }

    private func loadIfReadable(
        _ segment: Segment, end: Int64
    ) throws(FileFailure) -> (hashes: [RecordHash], bytes: Int64) {
        do throws(FileFailure) {
            return try self.load(self.path(segment.base), base: segment.base, end: end)
        } catch {
            if error.isUnreadable { return ([], 0) }
            throw error
        }
    }

    /// Removes the side files that the window doesn't reach back to. One that stays for now goes at a later start.
    mutating func forget(before offset: Int64) {
        while let oldest = self.outliving.first, oldest.end <= offset {
            try? self.files.removeIfThere(self.path(oldest.base))
            self.outliving.removeFirst()
        }
    }

    mutating func forget(head: Int64) { self.forget(before: head - Int64(self.limit)) }

    private func path(_ base: Int64) -> String { self.directory + "/" + LogFormat.name(base: base, "ids") }
}
