import FluxEvents
import NIOCore

/// `DIR/version.json`: of which version a data folder is, and which cloudflux made it so.
///
/// One number for the whole folder. It is raised with every change after which earlier code would misread, or lose,
/// something; what is made again from the log (the catalogue, the statistics) does not count. Folders from before the
/// file are of version 1.
public struct FolderVersion: Sendable, Equatable {
    public static let fileName = "version.json"
    /// Of the folders that this code makes.
    public static let current = 2
    private static let maximumBytes = 4096

    public var number: Int
    /// The version of cloudflux that made the folder, or upgraded it to this version.
    public var writtenBy: String

    public init(_ number: Int = current, writtenBy: String) {
        self.number = number
        self.writtenBy = writtenBy
    }

    /// Nil where there is no such file.
    ///
    /// - Throws: `ToolError` with code `file` for one that cannot be read, or understood.
    public static func read(in folder: String) throws(ToolError) -> FolderVersion? {
        let path = folder + "/" + fileName
        guard let file = try OpenFile.open(path) else { return nil }
        guard let bytes = FileBytes.chunk(of: file.descriptor, bytes: maximumBytes) else {
            throw FileBytes.failure("read", path)
        }
        guard let root = try? JSONDocument.parse(ByteBuffer(bytes: bytes)).root,
            let number = root["version"]?.int64, number > 0
        else {
            throw ToolError(
                .file,
                "\(path) cannot be understood, so nobody knows how to read the folder; restore a backup, or write "
                    + "{\"version\": N} into it if you know which it is of")
        }
        return FolderVersion(Int(number), writtenBy: String((root["written_by"]?.string ?? "?").prefix(40)))
    }

    /// Replaces the file; it is on disk when this returns.
    func write(in folder: String) throws(ToolError) {
        var out = JSONWriter()
        out.beginObject()
        out.field("version", number)
        out.field("written_by", writtenBy)
        out.endObject()
        let path = folder + "/" + Self.fileName
        try FileBytes.replace(path, with: String(buffer: out.buffer) + "\n")
        try FileBytes.syncFolder(of: path)
    }

    /// Refuses a folder of a later version, for commands that may work on earlier ones.
    ///
    /// - Throws: `ToolError` with code `newerVersion`.
    public static func refuseNewer(_ folder: String) throws(ToolError) {
        guard let found = try read(in: folder), found.number > current else { return }
        throw ToolError(
            .newerVersion,
            "\(folder) is a data folder of version \(found.number), written by cloudflux \(found.writtenBy); this one "
                + "knows versions up to \(current). Nothing was changed: use cloudflux \(found.writtenBy) or a later "
                + "one, or restore a backup of an earlier version")
    }
}
