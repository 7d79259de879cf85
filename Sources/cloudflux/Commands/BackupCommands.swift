import ArgumentParser
import FluxAccess
import FluxEvents
import FluxLog
import FluxTools

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the whole data folder into one file, consistent, also while the server runs.",
        discussion: Examples.text(
            "One tar file with a checksum of each part, that only its owner may read: it holds the hashes of passwords and tokens.",
            "cloudflux backup /backups/flux-$(date +%F).tar --data .cloudflux"))
    @Argument(help: "The file to make; it must not exist.", completion: .file()) var file: String
    @Flag(help: "One JSON object: file, files, bytes.") var json = false
    @OptionGroup var data: DataOption

    func run() async throws {
        let folder = try data.existing
        // One of an earlier version is saved as it is; of a later one nobody here knows all that belongs to it.
        _ = try FolderStanding(of: folder)
        let summary = try await FluxTools.Backup.make(of: folder, at: file, now: .now()) {
            try StateFile.copy(folder + "/state.sqlite", to: $0)
        }
        if json { return try Terminal.output(ArchiveText.json(summary, "file", file)) }
        try Terminal.output("\(summary.files) files, \(EventLine.bytes(summary.bytes)) saved in \(file)")
    }
}

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data folder from a backup; every byte is checked.",
        discussion: Examples.text(
            "The folder must not exist. Readers with old cursors are told of the reset.",
            "cloudflux restore /backups/flux.tar --data .cloudflux-restored",
            "cloudflux serve --data .cloudflux-restored"))
    @Argument(help: "The backup.", completion: .file()) var file: String
    @Flag(help: "One JSON object: data, files, bytes.") var json = false
    @OptionGroup var data: DataOption

    func run() throws {
        let summary = try FluxTools.Restore.run(from: file, to: data.path) { folder in
            try LogMaintenance.startNewEpoch(directory: folder)
        }
        if json { return try Terminal.output(ArchiveText.json(summary, "data", data.path)) }
        try Terminal.output(
            "\(summary.files) files, \(EventLine.bytes(summary.bytes)) restored to \(data.path). Readers with old cursors are told of the reset."
        )
    }
}

enum ArchiveText {
    static func json(_ summary: FluxTools.Backup.Summary, _ name: String, _ path: String) -> String {
        var out = JSONWriter()
        out.object { out in
            out.field(name, path)
            out.field("files", summary.files)
            out.field("bytes", summary.bytes)
        }
        return out.line
    }
}
