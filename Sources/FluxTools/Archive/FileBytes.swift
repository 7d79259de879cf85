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
            let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
            }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
        return nil
    }

    /// Replaces a file whole: written aside, synced, renamed.
    ///
    /// - Throws: `ToolError` with code `file` and the system's reason.
    public static func replace(_ path: String, with text: String, mode: UInt32 = 0o644) throws(ToolError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
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
        ToolError(.file, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
