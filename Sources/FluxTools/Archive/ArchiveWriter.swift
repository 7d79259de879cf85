import Crypto
import Glibc

/// Writes a ustar archive piece by piece and adds up the SHA-256 of each member.
struct ArchiveWriter {
    static let chunkBytes = 1_048_576

    private let path: String
    private let descriptor: Int32
    private var sums: [String] = []

    init(path: String) throws(ToolError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileBytes.failure("make", path) }
    }

    mutating func add(_ name: String, bytes: [UInt8]) throws(ToolError) {
        try write(TarHeader(path: name, size: Int64(bytes.count)).block)
        try write(bytes)
        try write([UInt8](repeating: 0, count: TarHeader.padding(Int64(bytes.count))))
        note(name, SHA256.hash(data: bytes))
    }

    /// Adds the first `size` bytes of a file.
    mutating func add(_ name: String, file: OpenFile, size: Int64) throws(ToolError) {
        try write(TarHeader(path: name, size: size).block)
        var hash = SHA256()
        var offset: Int64 = 0
        while offset < size {
            let wanted = Int(min(Int64(Self.chunkBytes), size - offset))
            let chunk = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                count = max(0, pread(file.descriptor, buffer.baseAddress, wanted, off_t(offset)))
            }
            guard !chunk.isEmpty else { throw ToolError(.file, "\(name) became shorter while it was copied") }
            hash.update(data: chunk)
            try write(chunk)
            offset += Int64(chunk.count)
        }
        try write([UInt8](repeating: 0, count: TarHeader.padding(size)))
        note(name, hash.finalize())
    }

    /// Adds the sums, ends the archive and syncs it.
    mutating func finish() throws(ToolError) {
        let text = Array(sums.joined().utf8)
        try write(TarHeader(path: Backup.sumsName, size: Int64(text.count)).block)
        try write(text)
        try write([UInt8](repeating: 0, count: TarHeader.padding(Int64(text.count)) + 2 * TarHeader.blockBytes))
        let synced = fsync(descriptor) == 0
        close(descriptor)
        guard synced else { throw FileBytes.failure("sync", path) }
    }

    private mutating func note(_ name: String, _ digest: SHA256.Digest) {
        sums.append("\(Hex.text(digest))  \(name)\n")
    }

    private func write(_ bytes: [UInt8]) throws(ToolError) {
        let done = bytes.withUnsafeBytes { FileBytes.writeAll($0, to: descriptor) }
        guard done else { throw FileBytes.failure("write", path) }
    }
}

enum Hex {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
