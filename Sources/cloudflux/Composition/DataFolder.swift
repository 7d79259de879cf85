import FluxStores
import FluxTools
import Glibc

/// The folder that holds everything.
struct DataFolder: Sendable {
    /// Absolute, without links.
    var path: String
    var identity: FileIdentity

    /// Makes it where it is missing, for its owner only.
    ///
    /// - Throws: `ToolError` with code `file` and the system's reason.
    init(making path: String) throws(ToolError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw Self.failure("make the data folder", path)
        }
        guard let real = realpath(path, nil) else { throw Self.failure("open the data folder", path) }
        defer { free(real) }
        var status = stat()
        guard stat(real, &status) == 0 else { throw Self.failure("open the data folder", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ToolError(.file, "the data folder \(path) is not a folder; name another with --data")
        }
        guard access(real, W_OK | X_OK) == 0 else {
            throw ToolError(
                .file,
                "the data folder \(path) cannot be written: \(String(cString: strerror(errno))). Check its rights, or name another with --data"
            )
        }
        self.path = String(cString: real)
        identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// The whole path of a file, or the path as it was given where there is none.
    static func absolute(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func failure(_ verb: String, _ path: String) -> ToolError {
        ToolError(.file, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
