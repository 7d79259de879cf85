import Crypto
import FluxAccess
public import FluxEvents
import Glibc
import NIOCore

/// Copies a data folder into one file while a server goes on writing to it.
///
/// The file is a ustar archive: `cloudflux-backup.json`, `version.json`, the log's segments, the newest snapshots of the catalogue,
/// `state.sqlite`, `sources.sqlite`, and last `SHA256SUMS`. Segments only grow, and a torn end is cut off when the copy is opened, so
/// nothing has to stand still; all of them are opened before the first is copied, so that retention can take none away.
/// How much of the log is copied is settled last: so the log reaches at least as far as every snapshot in the archive.
/// The catalogue itself is left out: it is rebuilt from its snapshot and the log.
public enum Backup {
    /// The version of the archive's layout.
    public static let format = 1
    static let manifestName = "cloudflux-backup.json"
    static let sumsName = "SHA256SUMS"
    /// Which files of stores were read: without it a restored server would read and tell them again.
    private static let positionsName = "sources.sqlite"

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
        guard access(data + "/log", F_OK) == 0 || access(data + "/state.sqlite", F_OK) == 0 else {
            throw ToolError(.file, "\(data) holds no log and no accounts; name the server's data folder with --data")
        }
        let temporary = target + ".partial"
        guard access(target, F_OK) != 0 else {
            throw ToolError(.refused, "\(target) exists already; a backup never overwrites a file")
        }
        let above = FileBytes.folder(above: target)
        guard access(above, F_OK) == 0 else {
            throw ToolError(.file, "there is no folder \(above) to put the backup in; make it, or name another place")
        }
        var archive = try ArchiveWriter(path: temporary)
        defer { unlink(temporary) }
        let state = target + ".state.partial"
        unlink(state)
        defer { unlink(state) }
        if access(data + "/state.sqlite", F_OK) == 0 { try await copyState(state) }

        // Before the log: what it says was read has to be in there.
        let positions = target + ".sources.partial"
        unlink(positions)
        defer { unlink(positions) }
        if access(data + "/" + positionsName, F_OK) == 0 {
            try StateFile.copy(data + "/" + positionsName, to: positions)
        }

        var sources = try sources(in: data)
        if let file = try OpenFile.open(state) { sources.append(("state.sqlite", file, file.size)) }
        if let file = try OpenFile.open(positions) { sources.append((positionsName, file, file.size)) }

        var manifest = JSONWriter()
        manifest.beginObject()
        manifest.field("format", format)
        manifest.field("created_at", now)
        manifest.field("files", sources.count)
        manifest.endObject()
        try archive.add(manifestName, bytes: Array(manifest.buffer.readableBytesView))
        for source in sources { try archive.add(source.name, file: source.file, size: source.size) }
        let summary = Summary(files: sources.count, bytes: sources.reduce(0) { $0 + $1.size })
        try archive.finish()
        guard rename(temporary, target) == 0 else { throw FileBytes.failure("write", target) }
        try FileBytes.syncFolder(of: target)
        return summary
    }

    /// About how large a backup made now would be, in bytes.
    static func expectedBytes(of data: String) throws(ToolError) -> Int64 {
        var sizes = try sources(in: data).map(\.size)
        // What SQLite has not moved into the file yet is a part of it.
        for name in ["state.sqlite", "state.sqlite-wal", positionsName, positionsName + "-wal"] {
            if let file = try OpenFile.open(data + "/" + name) { sizes.append(file.size) }
        }
        let perFile = Int64(2 * TarHeader.blockBytes)
        return sizes.reduce(0, +) + perFile * Int64(sizes.count + 4)
    }

    /// What is saved of the log and its snapshots, with how many bytes of each.
    ///
    /// - Parameter meanwhile: called when the log was opened and before the snapshots are; for tests.
    static func sources(
        in data: String, meanwhile: () -> Void = {}
    ) throws(ToolError) -> [(name: String, file: OpenFile, size: Int64)] {
        var log = try opened(try logFiles(data), in: data)
        meanwhile()
        let snapshots = try opened(snapshotFiles(data), in: data)
        // What the log began meanwhile: a snapshot may reach into it.
        let known = Set(log.map(\.name))
        log += try opened(try logFiles(data).filter { !known.contains($0) }, in: data)
        let version = try opened([FolderVersion.fileName], in: data)
        return (version + log + snapshots).map { ($0.name, $0.file, $0.file.size) }
    }

    /// The log's own files, oldest segment first.
    static func logFiles(_ data: String) throws(ToolError) -> [String] {
        guard access(data + "/log", F_OK) == 0 else { return [] }
        var names: [String] = ["log/meta.json"]
        for topic in try FolderListing.names(data + "/log").sorted() {
            // Without its report a hole that a repair left would look like damage.
            if topic.hasPrefix("repair-"), topic.hasSuffix(".json") {
                names.append("log/\(topic)")
                continue
            }
            guard let inside = try? FolderListing.names(data + "/log/" + topic) else { continue }
            // Side files are made again from their segments; what outlives its segment can't be.
            let there = Set(inside)
            let kept = inside.filter { name in
                name.hasSuffix(".log") || (name.hasSuffix(".ids") && !there.contains(String(name.dropLast(4)) + ".log"))
            }
            names += kept.sorted().map { "log/\(topic)/\($0)" }
        }
        return names
    }

    private static func snapshotFiles(_ data: String) -> [String] {
        let names = (try? FolderListing.names(data + "/snapshots")) ?? []
        return names.filter {
            !$0.hasPrefix(".") && !$0.hasSuffix(".new") && !$0.hasSuffix(".tmp") && !$0.hasSuffix(".damaged")
        }.sorted()
            .map { "snapshots/\($0)" }
    }

    /// A segment that retention took since it was listed is no part of the log any more. Retention takes the oldest
    /// first, so the newest are opened first: what is missed is a beginning, never a hole.
    ///
    /// - Throws: `ToolError` with code `file` for a file that is there and cannot be read.
    private static func opened(
        _ names: [String], in data: String
    ) throws(ToolError) -> [(name: String, file: OpenFile)] {
        var files: [(name: String, file: OpenFile)] = []
        for name in names.reversed() {
            if let file = try OpenFile.open(data + "/" + name) { files.append((name, file)) }
        }
        return files.reversed()
    }
}

/// A file that stays readable though its name may go.
final class OpenFile: Sendable {
    let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Nil where there is none.
    ///
    /// - Throws: `ToolError` with code `file` for one that may not be read, and for what is no file.
    static func open(_ path: String) throws(ToolError) -> OpenFile? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileBytes.failure("read", path)
        }
        let file = OpenFile(descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ToolError(.file, "\(path) is not a file")
        }
        return file
    }

    /// How long it is now.
    var size: Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
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
