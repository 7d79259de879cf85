import FoundationEssentials
import Glibc

/// The few file calls that snapshots need.
enum FileTools {
    struct Failure: Error, CustomStringConvertible {
        var call: String
        var path: String
        var number: Int32
        var description: String { "\(call) of \(path): \(String(cString: strerror(number)))" }
    }

    /// Puts the file, or a folder's list of names, on disk.
    static func sync(_ path: String) throws {
        try withDescriptor(path) { descriptor in
            guard fsync(descriptor) == 0 else { throw Failure(call: "fsync", path: path, number: errno) }
        }
    }

    static func rename(_ from: String, to: String) throws {
        guard Glibc.rename(from, to) == 0 else { throw Failure(call: "rename", path: from, number: errno) }
    }

    /// Makes a folder for its owner only, where there is none.
    static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o700) != 0 else { return }
        let number = errno
        var status = stat()
        guard number == EEXIST, stat(path, &status) == 0 else {
            throw Failure(call: "mkdir", path: path, number: number)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure(call: "mkdir", path: path, number: ENOTDIR) }
    }

    /// Makes a small file that says something by being there. It only helps: where it cannot be made, nothing is done.
    static func mark(_ path: String, _ text: String = "") {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        // One of an earlier version may be readable by others.
        fchmod(file, 0o600)
        var text = text
        text.withUTF8 { _ = write(file, $0.baseAddress, $0.count) }
    }

    /// Makes the file of a database, if need be, and takes the rights of others away from it and from what SQLite keeps
    /// beside it, which gets the same mode. Where that cannot be done, SQLite says why.
    static func makePrivate(_ path: String) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if file >= 0 { close(file) }
        for companion in CatalogDatabase.companions(path) { chmod(companion, 0o600) }
    }

    /// Copies a file, for its owner only.
    static func copy(_ from: String, to path: String) throws {
        try withDescriptor(from) { source in
            let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard target >= 0 else { throw Failure(call: "open", path: path, number: errno) }
            defer { close(target) }
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
            defer { buffer.deallocate() }
            while true {
                let count = read(source, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw Failure(call: "read", path: from, number: errno) }
                if count == 0 { return }
                var written = 0
                while written < count {
                    let more = write(target, buffer.baseAddress?.advanced(by: written), count - written)
                    if more < 0, errno == EINTR { continue }
                    guard more > 0 else { throw Failure(call: "write", path: path, number: errno) }
                    written += more
                }
            }
        }
    }

    static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A 64-bit checksum of a whole file. It finds damage, not malice: whoever can write here can write anything.
    static func checksum(_ path: String) throws -> UInt64 {
        try withDescriptor(path) { descriptor in
            var sum: UInt64 = 0x9E37_79B9_7F4A_7C15
            var length: UInt64 = 0
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
            defer { buffer.deallocate() }
            while true {
                var filled = 0
                while filled < buffer.count {
                    let count = read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
                    if count < 0, errno == EINTR { continue }
                    guard count >= 0 else { throw Failure(call: "read", path: path, number: errno) }
                    if count == 0 { break }
                    filled += count
                }
                length += UInt64(filled)
                // The rest of the last word counts as zeros; the length tells it from real ones.
                var index = filled
                while index % 8 != 0 {
                    buffer[index] = 0
                    index += 1
                }
                for word in stride(from: 0, to: index, by: 8) {
                    sum = (sum ^ buffer.load(fromByteOffset: word, as: UInt64.self)) &* 0xD6E8_FEB8_6659_FD93
                    sum ^= sum >> 32
                }
                if filled < buffer.count { break }
            }
            return (sum ^ length) &* 0xD6E8_FEB8_6659_FD93
        }
    }

    private static func withDescriptor<T>(_ path: String, _ body: (Int32) throws -> T) throws -> T {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(call: "open", path: path, number: errno) }
        defer { close(descriptor) }
        return try body(descriptor)
    }
}
