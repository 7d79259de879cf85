import FluxEvents
import NIOCore

/// Walks over the groups of one segment file with bounded memory, and checks each: header, checksum, offsets.
struct SegmentScanner {
    enum Step {
        /// A sound group; `buffer` starts with it.
        case group(RecordBatchHeader, position: Int64, buffer: ByteBuffer)
        /// No sound group lies at this position.
        case bad(position: Int64, reason: String)
        case end
    }

    static let readAhead = 256 << 10

    private let file: any LogFile
    /// Nothing at or past this is looked at.
    let end: Int64
    private let decoder = RecordBatchDecoder(maxBatchBytes: LogFormat.maxBatchBytes)
    private(set) var position: Int64
    /// The offset that the next group must start with.
    private(set) var nextOffset: Int64
    private var window = ByteBuffer()
    private var windowStart: Int64 = 0
    private let readAhead: Int
    private let index: SegmentIndex?
    private let memory: BufferPool?
    /// Keeps what was last read from being used again for the next read.
    private(set) var lease: BufferPool.Lease?

    /// - Parameters:
    ///   - index: where groups begin, so that a read ends with one.
    ///   - memory: what is read into; what it lends is given back with the last `lease`.
    init(
        _ file: any LogFile, from position: Int64, offset: Int64, end: Int64, readAhead: Int = Self.readAhead,
        index: SegmentIndex? = nil, memory: BufferPool? = nil
    ) {
        self.index = index
        self.memory = memory
        self.file = file
        self.position = position
        self.nextOffset = offset
        self.end = end
        self.readAhead = readAhead
    }

    /// The next group. Stays where it is on `bad`: `resume()` looks for what is behind.
    mutating func next() throws(FileFailure) -> Step {
        guard self.position < self.end else { return .end }
        do throws(RecordBatchError) {
            var bytes = try self.bytes(RecordBatchHeader.bytes).get()
            var header = try RecordBatchHeader(peeking: bytes, maxBytes: LogFormat.maxBatchBytes)
            guard header.baseOffset == self.nextOffset else {
                return .bad(
                    position: self.position, reason: "starts with offset \(header.baseOffset), not \(self.nextOffset)")
            }
            bytes = try self.bytes(header.totalBytes).get()
            header = try self.decoder.check(bytes)
            let step = Step.group(header, position: self.position, buffer: bytes)
            self.position += Int64(header.totalBytes)
            self.nextOffset = header.nextOffset
            return step
        } catch {
            if let failure = self.failure { throw failure }
            return .bad(position: self.position, reason: error.description)
        }
    }

    /// After `bad`: finds the first sound group of a later offset behind the bad place and stands before it.
    /// False where there is none; the position is then the end.
    mutating func resume() throws(FileFailure) -> Bool {
        var candidate = self.position + 1
        while candidate + Int64(RecordBatchHeader.bytes) <= self.end {
            self.position = candidate
            guard case .success(let bytes) = self.bytes(RecordBatchHeader.bytes) else { break }
            // The magic byte of all places in the window first: almost every one is ruled out by it.
            let found = bytes.withUnsafeReadableBytes { raw -> Int? in
                (0...(raw.count - RecordBatchHeader.bytes)).first { raw[$0 + 16] == 2 && raw[$0] == 0 }
            }
            guard let found else {
                candidate += Int64(bytes.readableBytes - RecordBatchHeader.bytes + 1)
                continue
            }
            self.position = candidate + Int64(found)
            if try self.isLaterGroup() { return true }
            candidate = self.position + 1
        }
        if let failure = self.failure { throw failure }
        self.position = self.end
        return false
    }

    /// The sound group that a file begins with, whatever its offsets.
    static func firstGroup(in file: any LogFile, end: Int64) throws(FileFailure) -> RecordBatchHeader? {
        let bytes = try file.readBuffer(at: 0, count: Int(min(Int64(RecordBatchHeader.bytes), end)))
        guard let header = try? RecordBatchHeader(peeking: bytes, maxBytes: LogFormat.maxBatchBytes) else { return nil }
        var scanner = SegmentScanner(file, from: 0, offset: header.baseOffset, end: end)
        guard case .group(let found, _, _) = try scanner.next() else { return nil }
        return found
    }

    private mutating func isLaterGroup() throws(FileFailure) -> Bool {
        guard case .success(let head) = self.bytes(RecordBatchHeader.bytes),
            let header = try? RecordBatchHeader(peeking: head, maxBytes: LogFormat.maxBatchBytes),
            header.baseOffset >= self.nextOffset, header.baseOffset - self.nextOffset <= Int64(UInt32.max),
            header.count > 0,
            // These are 14 bytes of 0xFF in every batch of ours. What is appended is text, and UTF-8 has no such byte, so
            // nobody can post a record that looks like a later group and makes a torn tail look like damage.
            header.producerID == -1, header.producerEpoch == -1, header.baseSequence == -1,
            self.position + Int64(header.totalBytes) <= self.end,
            case .success(let bytes) = self.bytes(header.totalBytes), (try? self.decoder.check(bytes)) != nil
        else {
            if let failure = self.failure { throw failure }
            return false
        }
        self.nextOffset = header.baseOffset
        return true
    }

    private var failure: FileFailure?

    /// The bytes from `position` on, at least `count` of them.
    private mutating func bytes(_ count: Int) -> Result<ByteBuffer, RecordBatchError> {
        let available = Int(clamping: self.end - self.position)
        if count <= available {
            let skipped = Int(clamping: self.position - self.windowStart)
            if skipped < 0 || skipped + count > self.window.readableBytes {
                do throws(FileFailure) {
                    let groups = self.index?.end(ofRead: Int64(self.readAhead), from: self.position)
                    let wanted = groups.map { Int(min($0 - self.position, Int64(LogFormat.maxBatchBytes))) }
                    let length = min(available, max(count, wanted ?? self.readAhead))
                    self.lease = nil
                    self.window = ByteBuffer()
                    var buffer = self.memory?.take() ?? ByteBuffer()
                    try self.file.read(at: self.position, count: length, into: &buffer)
                    self.window = buffer
                    self.lease = self.memory?.lend(buffer)
                    self.windowStart = self.position
                } catch {
                    self.failure = error
                    return .failure(RecordBatchError(.truncated, error.description, at: 0))
                }
            }
            let from = self.window.readerIndex + Int(self.position - self.windowStart)
            let length = self.window.writerIndex - from
            if length >= count, let slice = self.window.getSlice(at: from, length: length) { return .success(slice) }
        }
        return .failure(RecordBatchError(.truncated, "\(available) of \(count) bytes", at: available))
    }
}

/// The limits of the format on disk (docs/log-format.md).
enum LogFormat {
    static let version = 1
    /// The largest batch that a reader believes.
    static let maxBatchBytes = 8 << 20
    /// The largest group that this version writes.
    static let maxGroupBytes = 1 << 20
    /// The most records that this version puts into one group.
    static let maxGroupRecords = 16_384

    static func name(base: Int64, _ ending: String) -> String {
        let digits = String(base)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + "." + ending
    }

    /// The base offset in the name of a segment's file; nil for any other name.
    static func base(of name: String, _ ending: String = "log") -> Int64? {
        guard name.utf8.count == 21 + ending.utf8.count, name.hasSuffix("." + ending),
            name.utf8.prefix(20).allSatisfy({ 48...57 ~= $0 })
        else {
            return nil
        }
        return Int64(name.prefix(20))
    }
}
