import FluxEvents
import NIOCore

/// Reads of one topic. Blocking: called on the read threads only. Every group is checked before it is given out.
struct TopicReader: Sendable {
    let state: TopicState
    let files: any FileSystem
    private let memory = BufferPool()

    init(state: TopicState, files: any FileSystem) {
        self.state = state
        self.files = files
    }

    private var none: LogRecords { LogRecords(partition: self.state.partition) }

    /// Retention may remove a segment between the look at the view and the read; then the new view says so.
    private func retrying<T>(_ body: (TopicState.View) throws(FileFailure) -> T) throws(LogError) -> T {
        var tries = 0
        while true {
            let view = self.state.view
            do throws(FileFailure) {
                return try body(view)
            } catch {
                tries += 1
                if error.isMissing, tries < 8, self.state.bounds.earliest > view.bounds.earliest { continue }
                throw LogError(
                    .io, "can't read topic \(self.state.name): check the disk and the data folder", underlying: error)
            }
        }
    }

    private func check(_ offset: Int64, _ bounds: LogBounds) throws(LogError) {
        guard offset >= 0, offset <= bounds.head else {
            throw LogError(
                .outOfRange,
                "offset \(offset) is not in topic \(self.state.name): it has \(bounds.earliest)..<\(bounds.head); "
                    + "start at one of these, or at the head")
        }
    }

    func read(from offset: Int64, maxBytes: Int) throws(LogError) -> LogChunk {
        try self.check(offset, self.state.bounds)
        return try self.retrying { (view) throws(FileFailure) in
            try self.readForward(view, from: offset, maxBytes: maxBytes)
        }
    }

    private func readForward(
        _ view: TopicState.View, from offset: Int64, maxBytes: Int
    ) throws(FileFailure) -> LogChunk {
        var chunk = LogChunk(records: self.none, from: offset, next: offset, reachedHead: false)
        if offset < view.bounds.earliest {
            chunk.gap = LogGap(from: offset, to: view.bounds.earliest, reason: .retention)
            chunk.from = view.bounds.earliest
            chunk.next = view.bounds.earliest
        }
        var bytesLeft = maxBytes
        var index = view.segment(containing: chunk.next)
        while chunk.next < view.bounds.head, index < view.segments.count {
            do throws(FileFailure) {
                let goesOn = try self.readSegment(index, of: view, into: &chunk, bytesLeft: &bytesLeft)
                if !goesOn { break }
            } catch {
                // What was read in front of a file that can't be is given out; only who wants that one is refused.
                guard chunk.next > offset else { throw error }
                break
            }
            index += 1
        }
        chunk.reachedHead = chunk.next >= view.bounds.head
        return chunk
    }

    /// Adds groups of one segment. False when the chunk is complete.
    private func readSegment(
        _ index: Int, of view: TopicState.View, into chunk: inout LogChunk, bytesLeft: inout Int
    ) throws(FileFailure) -> Bool {
        let segment = view.segments[index]
        let end = view.end(of: index)
        guard chunk.next < end else { return true }
        let places = try segment.index(bytes: view.bytes[index], files: self.files)
        let start = places.entry(atOrBefore: chunk.next)
        var scanner = SegmentScanner(
            try segment.file(self.files), from: start?.position ?? 0, offset: start?.offset ?? segment.base,
            end: view.bytes[index], readAhead: min(SegmentScanner.readAhead, max(bytesLeft, 4096) + 8192),
            index: places, memory: self.memory)
        while true {
            switch try scanner.next() {
            case .end:
                if chunk.next < end {
                    self.metHole(chunk.next..<end, behind: segment, bytes: view.bytes[index])
                }
                return self.skip(to: end, in: &chunk)
            case .bad(let position, let reason):
                if scanner.nextOffset >= end { return true }
                self.met(segment, position, reason)
                let isFound = try scanner.resume()
                let next = isFound ? scanner.nextOffset : end
                if next > chunk.next, !self.skip(to: min(next, end), in: &chunk) { return false }
                if !isFound { return true }
            case .group(let header, let position, let buffer):
                guard header.nextOffset > chunk.next else { continue }
                guard chunk.records.isEmpty || bytesLeft >= header.totalBytes else { return false }
                do throws(RecordBatchError) {
                    let first = chunk.next
                    try chunk.records.append(ReadBlock(buffer: buffer, lease: scanner.lease)) {
                        (places) throws(RecordBatchError) in
                        try RecordBatchDecoder(maxBatchBytes: LogFormat.maxBatchBytes)
                            .find(of: header, in: buffer, from: first, into: &places)
                    }
                } catch {
                    self.met(segment, position, error.description)
                    if !self.skip(to: header.nextOffset, in: &chunk) { return false }
                    continue
                }
                chunk.next = header.nextOffset
                bytesLeft -= header.totalBytes
                if bytesLeft <= 0 { return false }
            }
        }
    }

    /// The reader goes on at `offset` without what lies before. False where the chunk must end first, because a gap
    /// lies in front of a chunk's records and it has records, or another gap, already.
    private func skip(to offset: Int64, in chunk: inout LogChunk) -> Bool {
        while offset > chunk.next {
            guard chunk.records.isEmpty else { return false }
            let (reason, to) = self.state.repaired.reason(from: chunk.next, to: offset)
            if let gap = chunk.gap {
                guard gap.reason == reason, gap.to == chunk.next else { return false }
                chunk.gap?.to = to
            } else {
                chunk.gap = LogGap(from: chunk.next, to: to, reason: reason)
            }
            chunk.from = to
            chunk.next = to
        }
        return true
    }

    private func met(_ segment: Segment, _ position: Int64, _ reason: String) {
        self.state.met(
            damage: LogError(
                .damaged,
                "\(segment.path) is damaged at byte \(position): \(reason); readers are told of the gap; "
                    + "`cloudflux log verify` lists all damage",
                file: segment.path, position: position))
    }

    /// Offsets that should follow a segment's end are in no file.
    private func metHole(_ hole: Range<Int64>, behind segment: Segment, bytes: Int64) {
        guard let part = self.state.repaired.unexplained(hole).first else { return }
        self.met(
            segment, bytes, "offsets \(part.lowerBound) to \(part.upperBound - 1) should follow: \(LogReport.missing)")
    }

    func readBackward(before offset: Int64, maxBytes: Int) throws(LogError) -> LogChunk {
        try self.check(offset, self.state.bounds)
        return try self.retrying { (view) throws(FileFailure) in
            try self.readBack(view, before: offset, maxBytes: maxBytes)
        }
    }

    private func readBack(
        _ view: TopicState.View, before offset: Int64, maxBytes: Int
    ) throws(FileFailure) -> LogChunk {
        guard offset > view.bounds.earliest else {
            return LogChunk(records: self.none, from: offset, next: offset, reachedHead: false)
        }
        for index in (0...view.segment(containing: offset - 1)).reversed() {
            var chunk = LogChunk(records: self.none, from: offset, next: offset, reachedHead: false)
            var end = offset
            while chunk.records.isEmpty {
                let run = try self.run(in: index, of: view, before: end, maxBytes: maxBytes)
                self.metHole(behind: run, in: index, of: view, before: end)
                guard let start = run.first?.header.baseOffset else { break }
                for (group, places) in self.decodedEnd(of: run) {
                    chunk.records.append(ReadBlock(buffer: group.buffer), places.filter { $0.offset < end })
                }
                end = start
            }
            guard let first = chunk.records.first, let last = chunk.records.last else { continue }
            if last.offset + 1 < offset {
                let gap = self.gap(from: last.offset + 1, before: offset)
                // Another gap, of another reason, lies between this one and the records: that is the next chunk's.
                if gap.from > last.offset + 1 { return self.onlyGap(gap) }
                chunk.gap = gap
            }
            chunk.from = first.offset
            chunk.next = first.offset
            return chunk
        }
        return self.onlyGap(self.gap(from: view.bounds.earliest, before: offset))
    }

    /// The newest groups of a run that follow each other and can be decoded. What can't be, though its checksum is right,
    /// is a batch that isn't ours: what lies before it belongs to another chunk, unless nothing lies behind it.
    private func decodedEnd(of run: [Group]) -> [(Group, [LogRecords.Place])] {
        var decoded: [(Group, [LogRecords.Place])] = []
        for group in run.reversed() {
            var places: [LogRecords.Place] = []
            do throws(RecordBatchError) {
                try RecordBatchDecoder(maxBatchBytes: LogFormat.maxBatchBytes)
                    .find(of: group.header, in: group.buffer, from: 0, into: &places)
                decoded.append((group, places))
            } catch {
                if !decoded.isEmpty { break }
            }
        }
        return decoded.reversed()
    }

    /// What is missing right before `offset` for one reason, at most from `from` on.
    private func gap(from: Int64, before offset: Int64) -> LogGap {
        let (reason, start) = self.state.repaired.reason(backTo: from, before: offset)
        return LogGap(from: start, to: offset, reason: reason)
    }

    private func onlyGap(_ gap: LogGap) -> LogChunk {
        LogChunk(records: self.none, from: gap.from, next: gap.from, gap: gap, reachedHead: false)
    }

    private struct Group {
        var header: RecordBatchHeader
        var position: Int64
        var buffer: ByteBuffer
    }

    /// Whether the offsets behind the last group of a file are in none.
    private func metHole(behind run: [Group], in index: Int, of view: TopicState.View, before offset: Int64) {
        let bytes = view.bytes[index]
        let end = run.last.map { $0.position + Int64($0.header.totalBytes) } ?? 0
        let from = run.last?.header.nextOffset ?? view.segments[index].base
        let to = min(offset, view.end(of: index))
        if end == bytes, from < to { self.metHole(from..<to, behind: view.segments[index], bytes: bytes) }
    }

    /// The last unbroken run of sound groups of a segment that starts before `offset`, its newest `maxBytes`.
    private func run(
        in index: Int, of view: TopicState.View, before offset: Int64, maxBytes: Int
    ) throws(FileFailure) -> [Group] {
        let segment = view.segments[index]
        let places = try segment.index(bytes: view.bytes[index], files: self.files)
        guard let near = places.entry(atOrBefore: offset - 1) else { return [] }
        let file = try segment.file(self.files)
        var start = places.entry(atOrBeforePosition: near.position - Int64(max(0, maxBytes))) ?? places.entries[0]
        while true {
            let run = try self.run(
                segment, file, from: start, before: offset, end: view.bytes[index], maxBytes: maxBytes)
            // Damage may lie between the entry and the offset; then what is before the entry is the answer.
            guard run.isEmpty, start.position > 0,
                let earlier = places.entry(atOrBeforePosition: start.position - Int64(max(1, maxBytes)))
                    ?? places.entries.first
            else { return run }
            if earlier == start { return run }
            start = earlier
        }
    }

    private func run(
        _ segment: Segment, _ file: any LogFile, from start: SegmentIndex.Entry, before offset: Int64, end: Int64,
        maxBytes: Int
    ) throws(FileFailure) -> [Group] {
        var scanner = SegmentScanner(file, from: start.position, offset: start.offset, end: end)
        var run: [Group] = []
        var bytes = 0
        while scanner.nextOffset < offset {
            switch try scanner.next() {
            case .end: return run
            case .bad(let position, let reason):
                self.met(segment, position, reason)
                guard try scanner.resume(), scanner.nextOffset < offset else { return run }
                run.removeAll()
                bytes = 0
            case .group(let header, let position, let buffer):
                run.append(Group(header: header, position: position, buffer: buffer))
                bytes += header.totalBytes
                while bytes > maxBytes, run.count > 1 { bytes -= run.removeFirst().header.totalBytes }
            }
        }
        return run
    }

    func offset(at time: Timestamp) throws(LogError) -> Int64 {
        try self.retrying { (view) throws(FileFailure) in
            for index in view.segments.indices.reversed() {
                let segment = view.segments[index]
                let bytes = view.bytes[index]
                if index > 0 {
                    guard let first = try segment.firstTimestamp(bytes: bytes, files: self.files), first < time else {
                        continue
                    }
                }
                let start = try segment.index(bytes: bytes, files: self.files).entry(before: time)
                var scanner = SegmentScanner(
                    try segment.file(self.files), from: start?.position ?? 0, offset: start?.offset ?? segment.base,
                    end: bytes)
                while true {
                    switch try scanner.next() {
                    case .end: return view.end(of: index)
                    case .bad: if try !scanner.resume() { return view.end(of: index) }
                    case .group(let header, _, _):
                        if header.maxTimestamp >= time { return header.baseOffset }
                    }
                }
            }
            return view.bounds.head
        }
    }
}
