import CFluxSystem
import NIOCore

/// The side file `BASE.ids` of a segment: the hashes of its records in offset order, so that a start doesn't read the
/// log again. Chunks of at most 4,096 hashes, each with its own checksum. Not synced while the segment is there, since what
/// is missing or bad is made again from it.
struct IdentityFile {
    static let chunkHashes = 4096
    static let chunkHeaderBytes = 20
    static let magic: UInt32 = 0x4346_4944  // CFID

    private let file: any LogFile
    private var position: Int64
    private var waiting: [RecordHash] = []
    /// The offset that the next added hash is for.
    private var nextOffset: Int64

    /// Goes on behind the first `keeping` bytes, which hold the hashes up to `offset`.
    init(_ path: String, files: any FileSystem, keeping: Int64, at offset: Int64) throws(FileFailure) {
        self.file = try files.open(path, create: true, write: true)
        try self.file.truncate(to: keeping)
        self.position = keeping
        self.nextOffset = offset
    }

    mutating func add(_ hash: RecordHash?) throws(FileFailure) {
        self.waiting.append(hash ?? .none)
        self.nextOffset += 1
        if self.waiting.count >= Self.chunkHashes { try self.flush() }
    }

    mutating func flush() throws(FileFailure) {
        guard !self.waiting.isEmpty else { return }
        let bytes = Self.chunk(self.waiting, first: self.nextOffset - Int64(self.waiting.count))
        try self.file.write(bytes, at: self.position)
        self.position += Int64(bytes.count)
        self.waiting.removeAll(keepingCapacity: true)
    }

    /// Only for a file that outlives its segment.
    func sync() throws(FileFailure) { try self.file.sync() }

    static func chunk(_ hashes: [RecordHash], first: Int64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.chunkHeaderBytes + 16 * hashes.count) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            bytes.store(Self.magic, at: 0)
            bytes.store(UInt32(hashes.count), at: 8)
            bytes.store(first, at: 12)
            for (index, hash) in hashes.enumerated() {
                bytes.store(hash.high, at: Self.chunkHeaderBytes + 16 * index)
                bytes.store(hash.low, at: Self.chunkHeaderBytes + 16 * index + 8)
            }
            let covered = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[8...])
            bytes.store(cflux_crc32c(0, covered.baseAddress, covered.count), at: 4)
            count = bytes.count
        }
    }

    /// The hashes in the sound front of a side file, and the bytes that they take.
    static func load(_ buffer: ByteBuffer, base: Int64) -> (hashes: [RecordHash], bytes: Int64) {
        buffer.withUnsafeReadableBytes { bytes in
            var hashes: [RecordHash] = []
            hashes.reserveCapacity(bytes.count / 16)
            var position = 0
            while bytes.count - position >= Self.chunkHeaderBytes {
                let count = Int(bytes.integer(at: position + 8, as: UInt32.self))
                guard bytes.integer(at: position, as: UInt32.self) == Self.magic, count <= Self.chunkHashes,
                    bytes.count - position >= Self.chunkHeaderBytes + 16 * count,
                    bytes.integer(at: position + 12, as: Int64.self) == base + Int64(hashes.count)
                else { break }
                let end = position + Self.chunkHeaderBytes + 16 * count
                let covered = UnsafeRawBufferPointer(rebasing: bytes[position + 8..<end])
                guard
                    cflux_crc32c(0, covered.baseAddress, covered.count)
                        == bytes.integer(at: position + 4, as: UInt32.self)
                else { break }
                for index in 0..<count {
                    let at = position + Self.chunkHeaderBytes + 16 * index
                    hashes.append(
                        RecordHash(
                            high: bytes.integer(at: at, as: UInt64.self),
                            low: bytes.integer(at: at + 8, as: UInt64.self)))
                }
                position = end
            }
            return (hashes, Int64(position))
        }
    }
}
