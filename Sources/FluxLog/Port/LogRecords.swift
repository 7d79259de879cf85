public import FluxEvents
package import NIOCore

/// The records of a piece of the log, ascending by offset. Those that were read stay what was read, bytes and the places
/// of records in them; one becomes a `StoredRecord` when it is asked for.
public struct LogRecords: Sendable, Hashable, RandomAccessCollection {
    /// Where a record lies in its block.
    struct Place: Sendable {
        var offset: Int64
        var recordedAt: Timestamp
        var start: Int32
        var count: Int32
        var value: Int32
        var headers: Int32
    }

    private struct Block: Sendable {
        var bytes: ReadBlock
        /// The first of its records.
        var first: Int
    }

    private var made: [StoredRecord] = []
    private var places: [Place] = []
    private var blocks: [Block] = []
    private let partition: Int32

    /// Records that somebody has made.
    public init(_ records: [StoredRecord]) {
        made = records
        partition = 0
    }

    /// None yet, of a topic that is being read.
    init(partition: Int32) {
        self.partition = partition
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { self.blocks.isEmpty ? self.made.count : self.places.count }

    public subscript(index: Int) -> StoredRecord {
        guard !self.blocks.isEmpty else { return self.made[index] }
        let place = self.places[index]
        let block = self.blocks[self.block(of: index)].bytes.buffer
        // Within the block: the record was found in it.
        let content =
            block.getSlice(at: block.readerIndex + Int(place.start), length: Int(place.count)) ?? ByteBuffer()
        return StoredRecord(
            partition: self.partition, offset: place.offset, recordedAt: place.recordedAt,
            record: Record(content: content, layout: place.layout))
    }

    /// The first whose offset is not below this.
    package func index(of offset: Int64) -> Int {
        var low = 0
        var high = self.count
        while low < high {
            let middle = (low + high) / 2
            if self.offset(middle) < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package func offset(_ index: Int) -> Int64 {
        self.blocks.isEmpty ? self.made[index].offset : self.places[index].offset
    }

    /// When the record was recorded.
    package func recordedAt(_ index: Int) -> Timestamp {
        self.blocks.isEmpty ? self.made[index].recordedAt : self.places[index].recordedAt
    }

    /// The bytes that a record takes in the log, but for a few of its frame.
    package func bytes(_ index: Int) -> Int {
        self.blocks.isEmpty ? self.made[index].record.bytes : Int(self.places[index].count)
    }

    /// Gives the records from an index on as they lie in memory, each with its index, until `body` answers false.
    /// Nothing is made, and no reference is counted, for any of them.
    package func forEachBytes(from index: Int, to end: Int, _ body: (Int, RecordBytes) -> Bool) {
        guard !self.blocks.isEmpty else {
            for index in index..<end where !self.made[index].withBytes({ body(index, $0) }) { return }
            return
        }
        guard index < end else { return }
        var index = index
        var number = self.block(of: index)
        self.places.withUnsafeBufferPointer { places in
            while index < end {
                let last = number + 1 < self.blocks.count ? Swift.min(end, self.blocks[number + 1].first) : end
                let goesOn = self.blocks[number].bytes.buffer.withUnsafeReadableBytes { bytes in
                    while index < last {
                        let place = places[index]
                        let record = RecordBytes(
                            partition: self.partition, offset: place.offset, recordedAt: place.recordedAt,
                            content: UnsafeRawBufferPointer(
                                rebasing: bytes[Int(place.start)..<Int(place.start + place.count)]),
                            layout: place.layout)
                        guard body(index, record) else { return false }
                        index += 1
                    }
                    return true
                }
                guard goesOn else { return }
                number += 1
            }
        }
    }

    private func block(of index: Int) -> Int {
        var low = 0
        var high = self.blocks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if self.blocks[middle].first <= index { low = middle } else { high = middle }
        }
        return low
    }

    /// Adds what `find` adds to the places in the block; nothing where it throws.
    mutating func append(
        _ block: ReadBlock, finding find: (inout [Place]) throws(RecordBatchError) -> Void
    ) throws(RecordBatchError) {
        let count = self.places.count
        do throws(RecordBatchError) {
            try find(&self.places)
        } catch {
            self.places.removeSubrange(count...)
            throw error
        }
        if self.places.count > count { self.blocks.append(Block(bytes: block, first: count)) }
    }

    /// Adds records of a block.
    mutating func append(_ block: ReadBlock, _ found: [Place]) {
        guard !found.isEmpty else { return }
        self.blocks.append(Block(bytes: block, first: self.places.count))
        self.places += found
    }

    public static func == (a: LogRecords, b: LogRecords) -> Bool { a.elementsEqual(b) }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.count)
        for record in self { hasher.combine(record) }
    }
}

extension LogRecords.Place {
    var layout: RecordLayout { RecordLayout(value: Int(self.value), headers: Int(self.headers)) }
}

extension LogRecords {
    /// Why writing stopped.
    package enum Stop {
        /// All was written.
        case end
        /// The next one may not fit any more.
        case full
        /// The next one must be looked at more closely.
        case notPlain
    }

    /// Writes records one behind the other, from `index` on, which is moved.
    ///
    /// - Parameters:
    ///   - room: so much is written at most, unless the first takes more.
    ///   - copies: how often a part of a record may stand in what `write` writes.
    ///   - overhead: the most that `write` adds to an envelope.
    ///   - passing: whether a record is to be written at all; nil where all are.
    ///   - write: writes one record, or nothing where it must be looked at more closely.
    ///   - close: writes what stands behind the last one, within the same overhead.
    package func write(
        from index: inout Int, to end: Int, into buffer: inout ByteBuffer, room: Int, copies: Int = 1,
        overhead: Int, passing: ((Int) -> Bool)? = nil,
        _ write: (RecordBytes, inout RawWriter) -> EnvelopeWriter.Outcome, close: (inout RawWriter) -> Void = { _ in }
    ) -> Stop {
        guard index < end else { return .end }
        var next = index
        var stop = Stop.end
        func most(_ index: Int) -> Int {
            EnvelopeWriter.maximumBytes(contentBytes: copies * self.bytes(index)) + overhead
        }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Swift.max(room, most(next))) { memory in
            guard var out = RawWriter(memory) else { return 0 }
            self.forEachBytes(from: next, to: end) { index, record in
                if let passing, !passing(index) {
                    next = index + 1
                    return true
                }
                guard out.room >= most(index) else {
                    stop = .full
                    return false
                }
                guard write(record, &out) != .notPlain else {
                    stop = .notPlain
                    return false
                }
                next = index + 1
                return true
            }
            close(&out)
            return out.count
        }
        index = next
        return stop
    }
}
