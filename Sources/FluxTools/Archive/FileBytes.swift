import Glibc

/// Whole small files, in and out.
public enum FileBytes {
    /// The bytes of a file, or nil where it is missing, unreadable or larger than `limit`.
    public static func read(_ path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            guard let chunk = chunk(of: file) else { return nil }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
        return nil
    }

    /// The next bytes of a file: empty at its end, nil where reading fails (see `errno`).
    static func chunk(of file: Int32, bytes: Int = 65_536) -> [UInt8]? {
        while true {
            var got = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
                got = Glibc.read(file, buffer.baseAddress, buffer.count)
                count = max(0, got)
            }
            if got >= 0 { return chunk }
            if errno != EINTR { return nil }
        }
    }

    /// Replaces a file whole, for its owner only: written aside, synced, renamed.
    ///
    /// - Throws: `ToolError` with code `file` and the system's reason.
    public static func replace(_ path: String, with text: String) throws(ToolError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("make", temporary) }
        var copy = text
        let written = copy.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: file) } && fsync(file) == 0
        close(file)
        guard written, rename(temporary, path) == 0 else {
            let error = failure("write", path)
            unlink(temporary)
            throw error
        }
    }

    /// Makes a name that was given in a folder outlast a power cut.
    ///
    /// - Parameter path: the file or folder whose name it is; the folder above it is synced.
    public static func syncFolder(of path: String) throws(ToolError) {
        try sync(folder: folder(above: path))
    }

    static func folder(above path: String) -> String {
        let trimmed = path.hasSuffix("/") ? path.dropLast() : path[...]
        return trimmed.lastIndex(of: "/").map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? "."
    }

    static func sync(folder: String) throws(ToolError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        // EINVAL: a file system that cannot sync folders keeps their names otherwise.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("sync", folder) }
    }

    /// Writes all of it, however many calls that takes.
    public static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    static func failure(_ verb: String, _ path: String) -> ToolError {
        let isFull = errno == ENOSPC || errno == EDQUOT
        let reason = String(cString: strerror(errno))
        return ToolError(.file, "cannot \(verb) \(path): \(reason)\(isFull ? "; the disk is full, so make room" : "")")
    }
}
