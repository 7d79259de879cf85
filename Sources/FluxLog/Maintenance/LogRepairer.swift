import FluxEvents
import NIOCore

extension LogMaintenance {
    /// What a repair keeps.
    public enum RepairMode: Sendable, Hashable {
        /// All sound groups; readers are told of the gaps between them.
        case salvage
        /// What lies in front of the first damage of each topic.
        case cut
    }

    /// What the name of a file that a repair set aside ends with.
    static let aside = ".damaged"

    /// Makes a damaged log usable. Damaged files are set aside as `.damaged`, what was lost is written to
    /// `log/repair-EPOCH.json`, and a new epoch begins. Nothing is changed where nothing is damaged.
    ///
    /// No server may have the folder open. After a crash in the middle it can be run again.
    public static func repair(
        directory: String, mode: RepairMode = .salvage, files: (any FileSystem)? = nil
    ) throws(LogError) -> LogRepair {
        let files = files ?? PosixFileSystem()
        let lock = try LogCore.lock(directory, files)
        defer { lock.unlock() }
        let (meta, topics) = try self.layout(directory, files)
        var repairs: [TopicRepair] = []
        do throws(FileFailure) {
            let reports = try RepairReports(directory + "/log", files)
            for folder in topics {
                let path = directory + "/log/" + folder
                let topic = String(folder.dropLast(2))
                try SegmentRepair.finishEarlier(path, files)
                repairs.append(
                    try TopicRepair(
                        folder: path, topic: topic, reports: reports.ranges(of: topic), mode: mode, files: files))
            }
        } catch {
            throw LogError(.io, "can't read the log in \(directory): check the disk", underlying: error)
        }
        if let meta, repairs.allSatisfy(\.isSound) { return LogRepair(losses: [], epoch: meta.epoch, report: nil) }
        let heads = repairs.reduce(into: [String: Int64]()) { $0[$1.topic] = $1.head }
        let epoch = try self.newEpoch(meta, heads: heads, directory, files)
        do throws(FileFailure) {
            let losses = repairs.flatMap(\.losses)
            let name = "repair-" + String(epoch, radix: 16) + ".json"
            try files.replace(name, in: directory + "/log", with: Array(self.text(losses).utf8))
            for repair in repairs.flatMap(\.segments).reversed() { try repair.apply(files) }
            return LogRepair(losses: losses, epoch: epoch, report: directory + "/log/" + name)
        } catch {
            throw LogError(
                .io, "the repair of \(directory) stopped; nothing is lost by it, run it again when the cause is gone",
                underlying: error)
        }
    }

    /// A name for a file that is set aside, which no file has yet.
    static func asideName(of name: String, beside names: Set<String>) -> String {
        guard names.contains(name + self.aside) else { return name + self.aside }
        var number = 2
        while names.contains(name + self.aside + "-\(number)") { number += 1 }
        return name + self.aside + "-\(number)"
    }

    private static func text(_ losses: [LogRepair.Loss]) -> String {
        let lines = losses.map { loss in
            """
              {"topic": "\(loss.topic)", "from": \(loss.from), "to": \(loss.to.map { "\($0)" } ?? "null"), \
            "kept_as": \(loss.keptAs.map { "\"\(self.escaped($0))\"" } ?? "null"), "position": \(loss.position), "bytes": \(loss.bytes), \
            "reason": "\(self.escaped(loss.reason))"}
            """
        }
        return "{\"lost\": [\n" + lines.joined(separator: ",\n") + "\n]}\n"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
