import CFluxSystem
public import FluxEvents
public import NIOCore

/// The 61 bytes in front of the records of a Kafka v2 record batch.
public struct RecordBatchHeader: Sendable, Hashable {
    /// The size of the header on disk and on the wire.
    public static let bytes = 61
    /// The bytes in front of what `batchLength` counts.
    static let lengthPrefix = 12
    /// The CRC covers everything from here on.
    static let checksummedFrom = 21

    /// The compression of the records.
    public enum Codec: Int16, Sendable, Hashable, CaseIterable {
        case none = 0
        case gzip = 1
        case snappy = 2
        case lz4 = 3
        case zstd = 4
    }

    public var baseOffset: Int64
    /// The whole batch with its header, in bytes.
    public var totalBytes: Int
    public var partitionLeaderEpoch: Int32
    public var checksum: UInt32
    public var attributes: Int16
    public var lastOffsetDelta: Int32
    public var baseTimestamp: Timestamp
    public var maxTimestamp: Timestamp
    public var producerID: Int64
    public var producerEpoch: Int16
    public var baseSequence: Int32
    public var count: Int32

    /// Behind the last offset of the batch.
    public var nextOffset: Int64 { self.baseOffset + Int64(self.lastOffsetDelta) + 1 }
    /// Nil for a codec that the format doesn't know.
    public var codec: Codec? { Codec(rawValue: self.attributes & 7) }
    /// The broker's time counts, not the records' own.
    public var isLogAppendTime: Bool { self.attributes & 8 != 0 }
    public var isTransactional: Bool { self.attributes & 16 != 0 }
    public var isControl: Bool { self.attributes & 32 != 0 }

    /// Reads and checks a header at the start of `bytes`: lengths, magic, counts. Not the checksum.
    ///
    /// - Parameters:
    ///   - bytes: begin with the batch; may end anywhere behind its header.
    ///   - maxBytes: the largest batch that is believed.
    init(_ bytes: UnsafeRawBufferPointer, maxBytes: Int) throws(RecordBatchError) {
        guard bytes.count >= Self.bytes else {
            throw RecordBatchError(.truncated, "\(bytes.count) bytes, a header takes \(Self.bytes)", at: bytes.count)
        }
        let magic = bytes[16]
        guard magic == 2 else { throw RecordBatchError(.unsupportedMagic, "magic is \(magic), not 2", at: 16) }
        let length = bytes.integer(at: 8, as: Int32.self)
        guard length >= Int32(Self.bytes - Self.lengthPrefix) else {
            throw RecordBatchError(.malformed, "batch length \(length) is shorter than a header", at: 8)
        }
        self.totalBytes = Int(length) + Self.lengthPrefix
        guard self.totalBytes <= maxBytes else {
            throw RecordBatchError(.overLimit, "\(self.totalBytes) bytes, the limit is \(maxBytes)", at: 8)
        }
        self.baseOffset = bytes.integer(at: 0, as: Int64.self)
        self.partitionLeaderEpoch = bytes.integer(at: 12, as: Int32.self)
        self.checksum = bytes.integer(at: 17, as: UInt32.self)
        self.attributes = bytes.integer(at: 21, as: Int16.self)
        self.lastOffsetDelta = bytes.integer(at: 23, as: Int32.self)
        self.baseTimestamp = Timestamp(milliseconds: bytes.integer(at: 27, as: Int64.self))
        self.maxTimestamp = Timestamp(milliseconds: bytes.integer(at: 35, as: Int64.self))
        self.producerID = bytes.integer(at: 43, as: Int64.self)
        self.producerEpoch = bytes.integer(at: 51, as: Int16.self)
        self.baseSequence = bytes.integer(at: 53, as: Int32.self)
        self.count = bytes.integer(at: 57, as: Int32.self)
        guard self.baseOffset >= 0, self.lastOffsetDelta >= 0,
            self.baseOffset <= Int64.max - Int64(self.lastOffsetDelta) - 1
        else {
            throw RecordBatchError(.malformed, "offset \(self.baseOffset) + \(self.lastOffsetDelta)", at: 0)
        }
        guard self.count >= 0, Int64(self.count) <= Int64(self.lastOffsetDelta) + 1 else {
            throw RecordBatchError(
                .malformed, "\(self.count) records do not fit a last offset delta of \(self.lastOffsetDelta)", at: 57)
        }
    }

    /// True if the checksum fits. `bytes` must hold the whole batch.
    func checksumFits(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= self.totalBytes, let base = bytes.baseAddress else { return false }
        return cflux_crc32c(0, base + Self.checksummedFrom, self.totalBytes - Self.checksummedFrom) == self.checksum
    }

    /// Reads the header at the reader index, without moving it.
    public init(peeking buffer: ByteBuffer, maxBytes: Int) throws(RecordBatchError) {
        let result: Result<RecordBatchHeader, RecordBatchError> = buffer.withUnsafeReadableBytes { bytes in
            do throws(RecordBatchError) {
                return .success(try RecordBatchHeader(bytes, maxBytes: maxBytes))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }
}

extension UnsafeRawBufferPointer {
    /// A big-endian integer. The caller checked the bounds.
    @inline(__always)
    func integer<T: FixedWidthInteger>(at position: Int, as type: T.Type) -> T {
        T(bigEndian: self.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Stores a big-endian integer. The caller checked the bounds.
    @inline(__always)
    func store<T: FixedWidthInteger>(_ value: T, at position: Int) {
        self.storeBytes(of: value.bigEndian, toByteOffset: position, as: T.self)
    }
}
