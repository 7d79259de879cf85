/// The file calls that the log makes, and no others. Behind this seam tests force any errno at any call, throw unsynced
/// writes away, and tear and reorder them at a crash; everything else in the room is the same code.
///
/// All calls block. They are made on the log's own threads only.
public protocol FileSystem: Sendable {
    /// Opens a regular file. With `create`, an existing file is opened as it is.
    func open(_ path: String, create: Bool, write: Bool) throws(FileFailure) -> any LogFile
    /// Creates a folder; one that exists is no error.
    func makeDirectory(_ path: String) throws(FileFailure)
    /// The names in a folder, in any order, without `.` and `..`.
    func list(_ directory: String) throws(FileFailure) -> [String]
    /// The size of a file in bytes, nil where there is none of that name.
    func size(of path: String) throws(FileFailure) -> Int64?
    func rename(_ from: String, to: String) throws(FileFailure)
    func unlink(_ path: String) throws(FileFailure)
    /// Makes the names in a folder durable.
    func syncDirectory(_ path: String) throws(FileFailure)
    /// Bytes that this process may still allocate on the file system of `path`.
    func freeBytes(at path: String) throws(FileFailure) -> Int64
    /// Takes the exclusive lock file at `path` without waiting and writes this process's id into it.
    /// Nil where another holds it. The lock ends when the token goes, or the process.
    func lock(_ path: String) throws(FileFailure) -> (any FileLock)?
}

/// An open file. Closed when the last reference goes.
public protocol LogFile: AnyObject, Sendable {
    /// Reads at most `buffer.count` bytes at `position`; fewer only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileFailure) -> Int
    /// Writes all bytes at `position`.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileFailure)
    /// fdatasync.
    func sync() throws(FileFailure)
    /// Makes sure that `length` bytes from `position` on can be written without running out of space.
    func reserve(at position: Int64, length: Int64) throws(FileFailure)
    /// Sets the size, and gives back what was reserved behind it.
    func truncate(to size: Int64) throws(FileFailure)
    func size() throws(FileFailure) -> Int64
}

/// A lock that is held. Given back when the last reference goes, or by `unlock()`.
public protocol FileLock: AnyObject, Sendable {
    func unlock()
}

/// A call of the operating system that failed.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the call, for example `fdatasync`.
    public var call: String
    public var path: String
    public var errno: Int32
    /// The text of the error number.
    public var reason: String

    public init(call: String, path: String, errno: Int32, reason: String) {
        self.call = call
        self.path = path
        self.errno = errno
        self.reason = reason
    }

    public var description: String { "\(self.call) \(self.path): \(self.reason) (errno \(self.errno))" }
}
