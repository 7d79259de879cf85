import FluxEvents
import NIOCore
import Synchronization

/// One segment file, as readers and the writer share it.
final class Segment: Sendable {
    let base: Int64
    let directory: String
    /// The open file of the writer; sealed segments are opened for each read.
    private let shared: Mutex<Shared>

    struct Shared {
        var active: (any LogFile)?
        /// Nil until somebody needs it, of a sealed segment.
        var index: SegmentIndex?
        var first: Timestamp?
    }

    init(base: Int64, directory: String, active: (any LogFile)?, index: SegmentIndex?) {
        self.base = base
        self.directory = directory
        self.shared = Mutex(Shared(active: active, index: index, first: nil))
    }

    func path(_ ending: String) -> String { self.directory + "/" + LogFormat.name(base: self.base, ending) }
    var path: String { self.path("log") }

    func file(_ files: any FileSystem) throws(FileFailure) -> any LogFile {
        if let active = self.shared.withLock({ $0.active }) { return active }
        return try files.open(self.path, create: false, write: false)
    }

    /// The writer tells of a durable group.
    func added(_ header: RecordBatchHeader, at position: Int64) {
        self.shared.withLock { $0.index?.add(header, at: position) }
    }

    /// No more groups come. Writes the index files; their loss costs only time later.
    func seal(bytes: Int64, files: any FileSystem) {
        let index = self.shared.withLock { shared in
            shared.active = nil
            return shared.index
        }
        if let index { self.save(index, bytes: bytes, files: files) }
    }

    func saveIndex(bytes: Int64, files: any FileSystem) {
        if let index = self.shared.withLock({ $0.index }) { self.save(index, bytes: bytes, files: files) }
    }

    private func save(_ index: SegmentIndex, bytes: Int64, files: any FileSystem) {
        guard let encoded = index.encoded(base: self.base, segmentBytes: bytes) else { return }
        // A reader made it anew where this fails or tears.
        try? files.writeWhole(self.path("index"), encoded.offsets, sync: false)
        try? files.writeWhole(self.path("timeindex"), encoded.times, sync: false)
    }

    /// The index: from memory, from its files, or made anew from the segment.
    func index(bytes: Int64, files: any FileSystem) throws(FileFailure) -> SegmentIndex {
        if let index = self.shared.withLock({ $0.index }) { return index }
        if let offsets = try? files.readWhole(self.path("index"), limit: 64 << 20),
            let times = try? files.readWhole(self.path("timeindex"), limit: 64 << 20),
            let index = SegmentIndex(offsets: offsets, times: times, base: self.base, segmentBytes: bytes)
        {
            self.shared.withLock { $0.index = index }
            return index
        }
        let index = try self.scannedIndex(bytes: bytes, files: files)
        self.save(index, bytes: bytes, files: files)
        self.shared.withLock { $0.index = index }
        return index
    }

    private func scannedIndex(bytes: Int64, files: any FileSystem) throws(FileFailure) -> SegmentIndex {
        var index = SegmentIndex()
        var scanner = SegmentScanner(try self.file(files), from: 0, offset: self.base, end: bytes)
        while true {
            switch try scanner.next() {
            case .group(let header, let position, _): index.add(header, at: position)
            case .bad: if try !scanner.resume() { return index }
            case .end: return index
            }
        }
    }

    /// When the first group was recorded; nil where the segment is empty or starts with damage.
    func firstTimestamp(bytes: Int64, files: any FileSystem) throws(FileFailure) -> Timestamp? {
        if let first = self.shared.withLock({ $0.first }) { return first }
        var scanner = SegmentScanner(
            try self.file(files), from: 0, offset: self.base, end: bytes, readAhead: RecordBatchHeader.bytes)
        guard case .group(let header, _, _) = try scanner.next() else { return nil }
        self.shared.withLock { $0.first = header.maxTimestamp }
        return header.maxTimestamp
    }

    /// When the last sound group was recorded; nil where there is none.
    func lastTimestamp(bytes: Int64, files: any FileSystem) throws(FileFailure) -> Timestamp? {
        try self.lastGroup(bytes: bytes, files: files)?.maxTimestamp
    }

    /// The last sound group.
    func lastGroup(bytes: Int64, files: any FileSystem) throws(FileFailure) -> RecordBatchHeader? {
        let start = try self.index(bytes: bytes, files: files).entries.last
        guard let start else { return nil }
        var scanner = SegmentScanner(try self.file(files), from: start.position, offset: start.offset, end: bytes)
        var last: RecordBatchHeader?
        while true {
            switch try scanner.next() {
            case .group(let header, _, _): last = header
            case .bad: if try !scanner.resume() { return last }
            case .end: return last
            }
        }
    }
}
