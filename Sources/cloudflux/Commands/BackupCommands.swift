import ArgumentParser
import FluxAccess
import FluxEvents
import FluxLog
import FluxTools

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the whole data folder into one file, consistent, also while the server runs.",
        discussion: "  cloudflux backup /backups/flux-$(date +%F).tar --data .cloudflux")
    @Argument(help: "The file to make; it must not exist.") var file: String
    @OptionGroup var data: DataOption

    func run() async throws {
        let summary = try await data.withAccess { access in
            try await FluxTools.Backup.make(of: data.path, at: file, now: .now()) { try await access.copy(to: $0) }
        }
        try Terminal.output("\(summary.files) files, \(EventLine.bytes(summary.bytes)) saved in \(file)")
    }
}

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data folder from a backup; every byte is checked.",
        discussion: "  cloudflux restore /backups/flux.tar --data .cloudflux-restored")
    @Argument(help: "The backup.") var file: String
    @OptionGroup var data: DataOption

    func run() throws {
        let summary = try FluxTools.Restore.run(from: file, to: data.path) { folder in
            try LogMaintenance.startNewEpoch(directory: folder)
        }
        try Terminal.output(
            "\(summary.files) files, \(EventLine.bytes(summary.bytes)) restored to \(data.path). Readers with old cursors are told of the reset."
        )
    }
}
