import FluxEvents

/// Walks over one segment from end to end and says what is sound in it.
struct SegmentWalk {
    /// An unbroken run of sound groups.
    struct Run: Equatable {
        var position: Int64
        var end: Int64
        var from: Int64
        var to: Int64
    }

    struct Bad: Equatable {
        var position: Int64
        var bytes: Int64
        var from: Int64
        /// The offset of the next sound group in this file; nil where none follows.
        var to: Int64?
        var reason: String
        /// The file begins with a sound group of other offsets: this is no torn end, the file is another segment's.
        var isForeign = false
    }

    var segment: LogReport.Segment
    var runs: [Run] = []
    var bad: [Bad] = []
    /// Behind the last sound group.
    var end: Int64 = 0
    var nextOffset: Int64

    /// - Parameter size: nothing at or past it is looked at, so that a server may go on writing.
    init(_ file: any LogFile, path: String, base: Int64, size: Int64) throws(FileFailure) {
        self.segment = LogReport.Segment(file: path, base: base, bytes: size)
        self.nextOffset = base
        var scanner = SegmentScanner(file, from: 0, offset: base, end: size, readAhead: 1 << 20)
        walk: while true {
            switch try scanner.next() {
            case .end:
                break walk
            case .group(let header, let position, let buffer):
                do throws(RecordBatchError) {
                    _ = try RecordBatchDecoder(maxBatchBytes: LogFormat.maxBatchBytes).records(of: header, in: buffer)
                    self.add(header, at: position, end: scanner.position)
                } catch {
                    self.bad.append(
                        Bad(
                            position: position, bytes: Int64(header.totalBytes), from: header.baseOffset,
                            to: header.nextOffset, reason: error.description))
                    self.end = scanner.position
                    self.nextOffset = scanner.nextOffset
                }
            case .bad(let position, let reason):
                let offset = scanner.nextOffset
                let isFound = try scanner.resume()
                if isFound, try Self.isSound(file, at: position, offset: offset, size: size) {
                    // A server wrote it between two looks.
                    scanner = SegmentScanner(file, from: position, offset: offset, end: size, readAhead: 1 << 20)
                    continue
                }
                self.bad.append(
                    Bad(
                        position: position, bytes: (isFound ? scanner.position : size) - position, from: offset,
                        to: isFound ? scanner.nextOffset : nil, reason: reason))
                guard !isFound else { continue }
                let first = position == 0 ? try SegmentScanner.firstGroup(in: file, end: size) : nil
                self.bad[self.bad.count - 1].isForeign = first.map { $0.baseOffset != base } ?? false
                break walk
            }
        }
    }

    private static func isSound(
        _ file: any LogFile, at position: Int64, offset: Int64, size: Int64
    ) throws(FileFailure) -> Bool {
        var again = SegmentScanner(file, from: position, offset: offset, end: size)
        if case .group = try again.next() { return true }
        return false
    }

    private mutating func add(_ header: RecordBatchHeader, at position: Int64, end: Int64) {
        if let last = self.runs.last, last.end == position, last.to == header.baseOffset {
            self.runs[self.runs.count - 1].end = end
            self.runs[self.runs.count - 1].to = header.nextOffset
        } else {
            self.runs.append(Run(position: position, end: end, from: header.baseOffset, to: header.nextOffset))
        }
        self.end = end
        self.nextOffset = header.nextOffset
        self.segment.groups += 1
        self.segment.records += Int64(header.count)
        self.segment.last = header.nextOffset - 1
        if self.segment.firstRecordedAt == nil { self.segment.firstRecordedAt = header.maxTimestamp }
        self.segment.lastRecordedAt = header.maxTimestamp
    }
}
