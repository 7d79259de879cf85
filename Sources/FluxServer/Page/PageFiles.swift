import Crypto
import Glibc
import NIOCore
import Synchronization

/// The files of the built page, read once and read again when they changed. A path with an empty or hidden step is none,
/// so no request can name a file outside the folder.
final class PageFiles: Sendable {
    struct File: Sendable {
        var bytes: ByteBuffer
        var type: String
        var tag: String
        /// Whether the name holds a hash of the content, so that it never changes.
        var isForever: Bool
    }

    private struct Kept: Sendable {
        var file: File
        var mark: Mark
    }

    private struct Mark: Sendable, Equatable {
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
        var inode: UInt64
    }

    /// A larger file is not served.
    static let maximumFileBytes: Int64 = 16 << 20
    /// So many files, and so many bytes of them, are kept in memory; beyond that all are read anew.
    static let maximumKeptFiles = 2_000
    static let maximumKeptBytes = 64 << 20
    private static let maximumDepth = 8

    private let root: String
    private struct Cache: Sendable {
        var files: [String: Kept] = [:]
        var bytes = 0

        mutating func forget(_ path: String) {
            if let old = files.removeValue(forKey: path) { bytes -= old.file.bytes.readableBytes }
        }

        mutating func keep(_ path: String, _ one: Kept) {
            forget(path)
            let size = one.file.bytes.readableBytes
            if files.count >= maximumKeptFiles || bytes + size > maximumKeptBytes { self = Cache() }
            files[path] = one
            bytes += size
        }
    }

    private let cache = Mutex(Cache())

    /// What is kept in memory now.
    var kept: (files: Int, bytes: Int) { cache.withLock { ($0.files.count, $0.bytes) } }

    init(root: String) {
        self.root = root
    }

    /// The file of a path below the root, such as `assets/app-5f2b91c0.js`; nil where there is none.
    func file(_ path: String) -> File? {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, pieces.count <= Self.maximumDepth,
            pieces.allSatisfy({ !$0.isEmpty && $0.first != "." && !$0.utf8.contains(0) })
        else { return nil }
        let full = root + "/" + path
        guard let mark = Self.mark(full) else {
            cache.withLock { $0.forget(path) }
            return nil
        }
        if let found = cache.withLock({ $0.files[path] }), found.mark == mark { return found.file }
        guard let bytes = Self.read(full, size: mark.size) else { return nil }
        let digest = SHA256.hash(data: Array(bytes.readableBytesView)).prefix(12)
        let file = File(
            bytes: bytes, type: MediaTypes.type(of: path),
            tag: "\"" + digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\"",
            isForever: Self.isHashed(pieces.last ?? ""))
        cache.withLock { $0.keep(path, Kept(file: file, mark: mark)) }
        return file
    }

    /// `name-HASH.ext` or `name.HASH.ext` with at least 8 letters or digits, one of them a digit or all of them capitals
    /// (base 32, of which one hash in five has no digit).
    static func isHashed(_ name: Substring) -> Bool {
        let pieces = name.split { $0 == "." || $0 == "-" }
        guard pieces.count >= 3 else { return false }
        let hash = pieces[pieces.count - 2]
        return hash.utf8.count >= 8
            && hash.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
                default: false
                }
            }
            && (hash.utf8.contains { (0x30...0x39).contains($0) }
                || hash.utf8.allSatisfy { (0x41...0x5A).contains($0) })
    }

    /// Regular files only; symbolic links are not followed on the last step.
    private static func mark(_ path: String) -> Mark? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumFileBytes else {
            return nil
        }
        return Mark(
            size: Int64(status.st_size), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec,
            inode: UInt64(status.st_ino))
    }

    private static func read(_ path: String, size: Int64) -> ByteBuffer? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var whole = ByteBuffer()
        while whole.readableBytes <= maximumFileBytes {
            let got = whole.writeWithUnsafeMutableBytes(minimumWritableBytes: max(4096, Int(size) + 1)) { target in
                max(0, Glibc.read(file, target.baseAddress, target.count))
            }
            if got == 0 { return whole }
        }
        return nil
    }
}
