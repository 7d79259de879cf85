import CFluxSystem
import Glibc

/// The real file system. Files are made with mode 0600, folders with 0700.
public struct PosixFileSystem: FileSystem {
    public init() {}

    public func open(_ path: String, create: Bool, write: Bool) throws(FileFailure) -> any LogFile {
        var flags = O_CLOEXEC | (write ? O_RDWR : O_RDONLY)
        if create { flags |= O_CREAT }
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw FileFailure.last("open", path) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    public func makeDirectory(_ path: String) throws(FileFailure) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileFailure.last("mkdir", path) }
    }

    public func list(_ directory: String) throws(FileFailure) -> [String] {
        guard let stream = opendir(directory) else { throw FileFailure.last("opendir", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw FileFailure.last("readdir", directory) }
        return names
    }

    public func size(of path: String) throws(FileFailure) -> Int64? {
        var status = stat()
        if stat(path, &status) == 0 { return Int64(status.st_size) }
        if errno == ENOENT { return nil }
        throw FileFailure.last("stat", path)
    }

    public func rename(_ from: String, to: String) throws(FileFailure) {
        if Glibc.rename(from, to) != 0 { throw FileFailure.last("rename", from) }
    }

    public func unlink(_ path: String) throws(FileFailure) {
        if Glibc.unlink(path) != 0 { throw FileFailure.last("unlink", path) }
    }

    public func syncDirectory(_ path: String) throws(FileFailure) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure.last("open", path) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw FileFailure.last("fsync", path) }
    }

    public func freeBytes(at path: String) throws(FileFailure) -> Int64 {
        var status = statvfs()
        if statvfs(path, &status) != 0 { throw FileFailure.last("statvfs", path) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? Int64.max : Int64(clamping: bytes)
    }

    public func lock(_ path: String) throws(FileFailure) -> (any FileLock)? {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure.last("open", path) }
        var triesLeft = 5
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            // A command that asks whether the folder is in use holds a shared lock for an instant.
            if errno == EWOULDBLOCK, triesLeft > 0 {
                triesLeft -= 1
                usleep(20_000)
                continue
            }
            let isTaken = errno == EWOULDBLOCK
            let failure = FileFailure.last("flock", path)
            close(descriptor)
            if isTaken { return nil }
            throw failure
        }
        let text = Array("\(getpid())\n".utf8)
        // The number is for people; the lock itself doesn't need it, so a full disk is no reason to fail here.
        if ftruncate(descriptor, 0) == 0 {
            _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
        return PosixLock(descriptor: descriptor)
    }
}

/// A descriptor, and what it was opened for. Immutable, and every call on it is safe from any thread.
private final class PosixFile: LogFile {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(self.descriptor)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileFailure) -> Int {
        var done = 0
        while done < buffer.count, let base = buffer.baseAddress {
            let count = pread(self.descriptor, base + done, buffer.count - done, off_t(position) + off_t(done))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure.last("pread", self.path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileFailure) {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = pwrite(self.descriptor, base + done, bytes.count - done, off_t(position) + off_t(done))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure.last("pwrite", self.path)
            }
            if count == 0 { throw FileFailure(call: "pwrite", path: self.path, errno: EIO, reason: "wrote nothing") }
            done += count
        }
    }

    func sync() throws(FileFailure) {
        // Also not after EINTR: whether a failed sync kept anything is unknown.
        if fdatasync(self.descriptor) != 0 { throw FileFailure.last("fdatasync", self.path) }
    }

    func reserve(at position: Int64, length: Int64) throws(FileFailure) {
        while cflux_reserve(self.descriptor, off_t(position), off_t(length)) != 0 {
            if errno == EINTR { continue }
            guard errno == EOPNOTSUPP || errno == ENOSYS else { throw FileFailure.last("fallocate", self.path) }
            // This file system can't reserve behind the end: let the file grow by zeros instead. A start after a
            // crash takes them for the torn tail they are.
            let result = posix_fallocate(self.descriptor, off_t(position), off_t(length))
            if result == EINTR { continue }
            guard result == 0 else { throw FileFailure("posix_fallocate", self.path, result) }
            return
        }
    }

    func truncate(to size: Int64) throws(FileFailure) {
        while ftruncate(self.descriptor, off_t(size)) != 0 {
            if errno != EINTR { throw FileFailure.last("ftruncate", self.path) }
        }
    }

    func size() throws(FileFailure) -> Int64 {
        var status = stat()
        if fstat(self.descriptor, &status) != 0 { throw FileFailure.last("fstat", self.path) }
        return Int64(status.st_size)
    }
}

private final class PosixLock: FileLock {
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(self.descriptor)
    }

    func unlock() {
        // Closing would do it too; but the lock ends now also where somebody still keeps this object.
        flock(self.descriptor, LOCK_UN)
    }
}

extension FileFailure {
    init(_ call: String, _ path: String, _ number: Int32) {
        self.init(call: call, path: path, errno: number, reason: String(cString: strerror(number)))
    }

    /// The failure that `errno` tells of.
    static func last(_ call: String, _ path: String) -> FileFailure {
        FileFailure(call, path, Glibc.errno)
    }

    /// There is no room, or no quota, for more bytes.
    var isDiskFull: Bool { self.errno == ENOSPC || self.errno == EDQUOT }
    /// Trying again is no help: the disk can't read it, it is gone, or it may not be read.
    var isUnreadable: Bool { self.errno == EIO || self.isMissing || self.isReadOnly }
    var isMissing: Bool { self.errno == ENOENT }
    var isReadOnly: Bool { self.errno == EROFS || self.errno == EACCES || self.errno == EPERM }
}
