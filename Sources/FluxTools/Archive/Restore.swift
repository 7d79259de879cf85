import Crypto
import FluxEvents
import Glibc
import NIOCore

/// Unpacks a backup into a data folder that does not exist yet, and checks every byte on the way.
public enum Restore {
    /// - Parameter renewEpoch: gives the log, where there is one, a new epoch, so that cursors of the old one are noticed.
    /// - Throws: `ToolError` with code `refused` where the folder exists, `archive` where the backup is not whole,
    ///   `newerVersion` where a later version made it. In every case of failure the folder is not there afterwards.
    public static func run(
        from backup: String, to data: String, renewEpoch: (String) throws -> Void
    ) throws -> Backup.Summary {
        guard access(data, F_OK) != 0 else {
            throw ToolError(
                .refused, "\(data) exists already; restore into a folder that does not, then start the server on it")
        }
        guard let source = try OpenFile.open(backup) else {
            throw ToolError(.file, "there is no file \(backup); name a backup that `cloudflux backup` made")
        }
        let staging = data + ".restoring"
        try removeTree(staging)
        guard mkdir(staging, 0o700) == 0 else { throw FileBytes.failure("make", staging) }
        do {
            let summary = try unpack(source, to: staging)
            try refuseNewer(staging, in: backup)
            if access(staging + "/log", F_OK) == 0 { try renewEpoch(staging) }
            try syncTree(staging)
            guard rename(staging, data) == 0 else { throw FileBytes.failure("make", data) }
            try FileBytes.syncFolder(of: data)
            return summary
        } catch {
            try? removeTree(staging)
            throw error
        }
    }

    private static func unpack(_ source: OpenFile, to folder: String) throws(ToolError) -> Backup.Summary {
        var offset: Int64 = 0
        var sums: [String: String] = [:]
        var claimed: String?
        var summary = Backup.Summary(files: 0, bytes: 0)
        while let header = try TarHeader(block: try bytes(source, &offset, TarHeader.blockBytes)) {
            if header.path == Backup.sumsName {
                guard header.size <= 16 * 1024 * 1024 else { throw cut }
                claimed = String(decoding: try bytes(source, &offset, Int(header.size)), as: UTF8.self)
                try checkEnd(source, offset + Int64(TarHeader.padding(header.size)))
                break
            }
            sums[header.path] = try extract(header, source, &offset, to: folder)
            if header.path != Backup.manifestName {
                summary.files += 1
                summary.bytes += header.size
            }
        }
        guard let claimed, sums[Backup.manifestName] != nil else { throw cut }
        for line in claimed.split(separator: "\n") {
            let name = String(line.dropFirst(66))
            guard sums.removeValue(forKey: name) == String(line.prefix(64)) else {
                throw ToolError(.archive, "the backup is damaged: \(name) is not what was saved")
            }
        }
        guard sums.isEmpty else { throw cut }
        try checkManifest(folder + "/" + Backup.manifestName)
        unlink(folder + "/" + Backup.manifestName)
        return summary
    }

    private static func checkManifest(_ path: String) throws(ToolError) {
        guard let bytes = FileBytes.read(path, limit: 65_536),
            let format = (try? JSONDocument.parse(ByteBuffer(bytes: bytes)))?.root["format"]?.int64
        else { throw cut }
        guard format > Int64(Backup.format) else { return }
        throw ToolError(
            .newerVersion,
            "the backup has the layout \(format), and this cloudflux knows \(Backup.format) at most; nothing was restored: "
                + "use the one that made it, or a later one")
    }

    private static func refuseNewer(_ folder: String, in backup: String) throws(ToolError) {
        guard let found = try FolderVersion.read(in: folder), found.number > FolderVersion.current else { return }
        throw ToolError(
            .newerVersion,
            "\(backup) is of a data folder of version \(found.number), written by cloudflux \(found.writtenBy); this one "
                + "knows versions up to \(FolderVersion.current). Nothing was restored: use cloudflux \(found.writtenBy) "
                + "or a later one")
    }

    private static let cut = ToolError(
        .archive, "the backup is not whole, or no backup of CloudFlux; nothing was restored")

    /// Behind the sums come two blocks of zeros, or more (tar fills up to its record), and nothing else.
    private static func checkEnd(_ source: OpenFile, _ start: Int64) throws(ToolError) {
        let rest = source.size - start
        guard rest >= Int64(2 * TarHeader.blockBytes) else { throw cut }
        var offset = start
        guard rest <= maximumEndBytes, try bytes(source, &offset, Int(rest)).allSatisfy({ $0 == 0 }) else {
            throw ToolError(
                .archive,
                "something stands behind the end of the backup, so it is not the file that was written; nothing was "
                    + "restored")
        }
    }

    /// Tar's record of 20 blocks.
    private static let maximumEndBytes = Int64(20 * TarHeader.blockBytes)

    private static func extract(
        _ header: TarHeader, _ source: OpenFile, _ offset: inout Int64, to folder: String
    ) throws(ToolError) -> String {
        let parts = header.path.split(separator: "/").map(String.init)
        var path = folder
        for part in parts.dropLast() {
            path += "/" + part
            mkdir(path, 0o700)
        }
        path += "/" + (parts.last ?? "")
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw FileBytes.failure("make", path) }
        defer { close(file) }
        var hash = SHA256()
        var left = header.size
        while left > 0 {
            let chunk = try bytes(source, &offset, Int(min(left, Int64(ArchiveWriter.chunkBytes))))
            hash.update(data: chunk)
            guard chunk.withUnsafeBytes({ FileBytes.writeAll($0, to: file) }) else {
                throw FileBytes.failure("write", path)
            }
            left -= Int64(chunk.count)
        }
        guard fsync(file) == 0 else { throw FileBytes.failure("sync", path) }
        offset += Int64(TarHeader.padding(header.size))
        return Hex.text(hash.finalize())
    }

    private static func bytes(
        _ source: OpenFile, _ offset: inout Int64, _ count: Int
    ) throws(ToolError) -> [UInt8] {
        let start = offset
        let chunk = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    source.descriptor, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(start) + off_t(filled))
                guard got > 0 else { return }
                filled += got
            }
        }
        guard chunk.count == count else { throw cut }
        offset += Int64(count)
        return chunk
    }

    /// Every file was synced as it was written; this makes their names last as well.
    private static func syncTree(_ folder: String) throws(ToolError) {
        for name in try FolderListing.names(folder) {
            var status = stat()
            guard lstat(folder + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            try syncTree(folder + "/" + name)
        }
        try FileBytes.sync(folder: folder)
    }

    /// Removes what an earlier, broken restore left; only below a name that is ours.
    private static func removeTree(_ path: String) throws(ToolError) {
        guard path.hasSuffix(".restoring"), access(path, F_OK) == 0 else { return }
        try removeContents(path)
        guard rmdir(path) == 0 else { throw FileBytes.failure("remove", path) }
    }

    private static func removeContents(_ path: String) throws(ToolError) {
        for name in try FolderListing.names(path) {
            let inner = path + "/" + name
            var status = stat()
            guard lstat(inner, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try removeContents(inner)
                rmdir(inner)
            } else {
                unlink(inner)
            }
        }
    }
}
