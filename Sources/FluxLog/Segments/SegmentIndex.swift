import CFluxSystem
import FluxEvents
import NIOCore

/// Sparse: where some of the groups of a segment lie, by offset and by time. A value without a file.
///
/// On disk it is two files, each with a checksum; they are written when a segment ends, and made again from the segment
/// where they are missing or bad.
struct SegmentIndex: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        var offset: Int64
        var position: Int64
        var timestamp: Timestamp
    }

    /// At least this many bytes lie between two entries.
    static let spacing: Int64 = 8192
    private static let headerBytes = 28
    private static let offsetMagic: UInt32 = 0x4346_5849  // CFXI
    private static let timeMagic: UInt32 = 0x4346_5854  // CFXT

    private(set) var entries: [Entry] = []

    /// Tells the index of a group; the first is always kept.
    mutating func add(_ header: RecordBatchHeader, at position: Int64) {
        if let last = self.entries.last, position - last.position < Self.spacing { return }
        self.entries.append(Entry(offset: header.baseOffset, position: position, timestamp: header.maxTimestamp))
    }

    /// The last entry at or before an offset.
    func entry(atOrBefore offset: Int64) -> Entry? {
        self.last { $0.offset <= offset }
    }

    /// The last entry at or before a position.
    func entry(atOrBeforePosition position: Int64) -> Entry? {
        self.last { $0.position <= position }
    }

    /// Where to end a read of whole groups from `position` on that takes about so many bytes: where a later group begins;
    /// nil where none is known.
    func end(ofRead bytes: Int64, from position: Int64) -> Int64? {
        if let last = self.entry(atOrBeforePosition: position + bytes), last.position > position {
            return last.position
        }
        let next = self.count { $0.position <= position }
        return next < self.entries.count ? self.entries[next].position : nil
    }

    /// The last entry that was recorded before a time.
    func entry(before time: Timestamp) -> Entry? {
        self.last { $0.timestamp < time }
    }

    /// The last entry of those in front for which `isBefore` holds.
    private func last(where isBefore: (Entry) -> Bool) -> Entry? {
        let count = self.count(where: isBefore)
        return count == 0 ? nil : self.entries[count - 1]
    }

    /// How many of those in front there are for which `isBefore` holds.
    private func count(where isBefore: (Entry) -> Bool) -> Int {
        var low = 0
        var high = self.entries.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self.entries[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The content of `.index` and `.timeindex`; nil where an entry doesn't fit the format.
    func encoded(base: Int64, segmentBytes: Int64) -> (offsets: [UInt8], times: [UInt8])? {
        guard self.entries.allSatisfy({ $0.offset - base <= UInt32.max && $0.position <= UInt32.max }) else {
            return nil
        }
        var offsets = ByteBuffer()
        var times = ByteBuffer()
        for entry in self.entries {
            offsets.writeInteger(UInt32(entry.offset - base))
            offsets.writeInteger(UInt32(entry.position))
            times.writeInteger(entry.timestamp.milliseconds)
            times.writeInteger(UInt32(entry.offset - base))
        }
        return (
            Self.file(Self.offsetMagic, base, segmentBytes, self.entries.count, offsets),
            Self.file(Self.timeMagic, base, segmentBytes, self.entries.count, times)
        )
    }

    private static func file(
        _ magic: UInt32, _ base: Int64, _ segmentBytes: Int64, _ count: Int, _ entries: ByteBuffer
    ) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(magic)
        buffer.writeInteger(UInt32(1))
        buffer.writeInteger(base)
        buffer.writeInteger(segmentBytes)
        buffer.writeInteger(UInt32(count))
        buffer.writeImmutableBuffer(entries)
        buffer.writeInteger(buffer.withUnsafeReadableBytes { cflux_crc32c(0, $0.baseAddress, $0.count) })
        return Array(buffer.readableBytesView)
    }

    /// Reads the two files back; nil unless both are whole, of this segment, and of this size of it.
    init?(offsets: ByteBuffer, times: ByteBuffer, base: Int64, segmentBytes: Int64) {
        guard var offsets = Self.body(offsets, Self.offsetMagic, base, segmentBytes, entryBytes: 8),
            var times = Self.body(times, Self.timeMagic, base, segmentBytes, entryBytes: 12),
            offsets.readableBytes / 8 == times.readableBytes / 12
        else { return nil }
        self.entries.reserveCapacity(offsets.readableBytes / 8)
        while let (delta, position) = offsets.readMultipleIntegers(as: (UInt32, UInt32).self),
            let (time, timeDelta) = times.readMultipleIntegers(as: (Int64, UInt32).self)
        {
            guard delta == timeDelta, Int64(position) < segmentBytes else { return nil }
            self.entries.append(
                Entry(
                    offset: base + Int64(delta), position: Int64(position), timestamp: Timestamp(milliseconds: time)))
        }
    }

    init() {}

    private static func body(
        _ file: ByteBuffer, _ magic: UInt32, _ base: Int64, _ segmentBytes: Int64, entryBytes: Int
    ) -> ByteBuffer? {
        var file = file
        guard file.readableBytes >= Self.headerBytes + 4,
            let sum = file.getInteger(at: file.readerIndex + file.readableBytes - 4, as: UInt32.self),
            file.withUnsafeReadableBytes({ cflux_crc32c(0, $0.baseAddress, $0.count - 4) }) == sum,
            file.readInteger(as: UInt32.self) == magic, file.readInteger(as: UInt32.self) == 1,
            file.readInteger(as: Int64.self) == base, file.readInteger(as: Int64.self) == segmentBytes,
            let count = file.readInteger(as: UInt32.self), file.readableBytes == Int(count) * entryBytes + 4
        else { return nil }
        return file.readSlice(length: Int(count) * entryBytes)
    }
}
