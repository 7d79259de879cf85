import Crypto
public import FluxEvents
import Glibc
import NIOCore

/// Copies a data folder into one file while a server goes on writing to it.
///
/// The file is a ustar archive: `cloudflux-backup.json`, the log's segments, the newest snapshots of the catalogue,
/// `state.sqlite`, and last `SHA256SUMS`. Segments only grow, and a torn end is cut off when the copy is opened, so
/// nothing has to stand still; all of them are opened before the first is copied, so that retention can take none away.
/// The catalogue itself is left out: it is rebuilt from its snapshot and the log.
public enum Backup {
    /// The version of the archive's layout.
    public static let format = 1
    static let manifestName = "cloudflux-backup.json"
    static let sumsName = "SHA256SUMS"

    public struct Summary: Sendable {
        public var files: Int
        public var bytes: Int64
    }

    /// Writes the backup to `target`, which must not exist.
    ///
    /// - Parameters:
    ///   - copyState: makes a consistent copy of `state.sqlite` at a path.
    public static func make(
        of data: String, at target: String, now: Timestamp, copyState: (String) async throws -> Void
    ) async throws -> Summary {
        guard access(data + "/log", F_OK) == 0 else {
            throw ToolError(.file, "\(data) holds no log; name the server's data folder with --data")
        }
        let temporary = target + ".partial"
        guard access(target, F_OK) != 0 else {
            throw ToolError(.refused, "\(target) exists already; a backup never overwrites a file")
        }
        var archive = try ArchiveWriter(path: temporary)
        defer { unlink(temporary) }
        let state = target + ".state.partial"
        unlink(state)
        defer { unlink(state) }
        if access(data + "/state.sqlite", F_OK) == 0 { try await copyState(state) }

        var sources: [(name: String, file: OpenFile)] = []
        for name in try relevantFiles(data) {
            // A segment that retention took since it was listed is no part of the log any more.
            if let file = OpenFile(data + "/" + name) { sources.append((name, file)) }
        }
        if let file = OpenFile(state) { sources.append(("state.sqlite", file)) }

        var manifest = JSONWriter()
        manifest.beginObject()
        manifest.field("format", format)
        manifest.field("created_at", now)
        manifest.field("files", sources.count)
        manifest.endObject()
        try archive.add(manifestName, bytes: Array(manifest.buffer.readableBytesView))
        for source in sources { try archive.add(source.name, file: source.file) }
        let summary = Summary(files: sources.count, bytes: sources.reduce(0) { $0 + $1.file.size })
        try archive.finish()
        guard rename(temporary, target) == 0 else { throw FileBytes.failure("write", target) }
        return summary
    }

    /// The log's own files first, oldest segment first; then snapshots.
    private static func relevantFiles(_ data: String) throws(ToolError) -> [String] {
        var names: [String] = ["log/meta.json"]
        for topic in try FolderListing.names(data + "/log").sorted() {
            // Without its report a hole that a repair left would look like damage.
            if topic.hasPrefix("repair-"), topic.hasSuffix(".json") {
                names.append("log/\(topic)")
                continue
            }
            guard let inside = try? FolderListing.names(data + "/log/" + topic) else { continue }
            names += inside.filter { $0.hasSuffix(".log") }.sorted().map { "log/\(topic)/\($0)" }
        }
        if let snapshots = try? FolderListing.names(data + "/snapshots") {
            names += snapshots.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".new") && !$0.hasSuffix(".tmp") }.sorted()
                .map { "snapshots/\($0)" }
        }
        return names
    }
}

/// A file that stays readable though its name may go; its size is that of the moment it was opened.
final class OpenFile: Sendable {
    let descriptor: Int32
    let size: Int64

    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        size = Int64(status.st_size)
    }

    deinit { close(descriptor) }
}

/// The entries of a folder, without `.` and `..`.
enum FolderListing {
    static func names(_ path: String) throws(ToolError) -> [String] {
        guard let folder = opendir(path) else { throw FileBytes.failure("list", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
