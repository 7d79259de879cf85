import FluxIngest
import Glibc

/// How far the comparison of a store is, redrawn in place on a terminal; nothing where standard error is no terminal.
final class ProgressBar: Sendable {
    static let shared = ProgressBar()

    let show: @Sendable (StoreOptions.Progress) -> Void = { progress in
        guard Terminal.isErrorTerminal else { return }
        let what = progress.isInventory ? "indexing" : "comparing"
        var line = "\r\u{1B}[K\(what) \(Terminal.printable(progress.url)): "
        if let total = progress.total, total > 0 {
            let share = min(1, Double(progress.done) / Double(total))
            let filled = Int(share * 20)
            line += "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled) + "] "
            line += "\(progress.done) of about \(total)"
        } else {
            line += "\(progress.done) objects"
        }
        if progress.finished { line += ", done\n" }
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
