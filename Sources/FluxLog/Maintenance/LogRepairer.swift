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
        // Before the lock, which would make a file where there is no log.
        let folders = try self.folders(directory, files)
        let lock = try LogCore.lock(directory, files)
        defer { lock.unlock() }
        let meta: LogMeta?
        var isMetaBroken = false
        do throws(LogError) {
            meta = try self.meta(directory, files)
        } catch {
            guard error.code == .damaged else { throw error }
            meta = nil
            isMetaBroken = true
        }
        let repairs = try self.plan(folders, mode, directory, files)
        if let meta, repairs.allSatisfy(\.isSound) { return LogRepair(epoch: meta.epoch) }
        do throws(FileFailure) {
            var repair = LogRepair(epoch: 0)
            if meta == nil { repair.mended.append(try self.makeRoomForMeta(directory, files, isBroken: isMetaBroken)) }
            let heads = repairs.reduce(into: [String: Int64]()) { $0[$1.topic] = $1.head }
            repair.epoch = try self.newEpoch(meta, heads: heads, directory, files)
            repair.losses = repairs.flatMap(\.losses)
            if !repair.losses.isEmpty {
                let name = "repair-" + repair.epochText + ".json"
                try files.replace(name, in: directory + "/log", with: Array(self.text(repair.losses).utf8))
                repair.report = directory + "/log/" + name
            }
            for segment in repairs.flatMap(\.segments).reversed() { try segment.apply(files) }
            for segment in repairs.flatMap(\.segments) where segment.losses.isEmpty {
                repair.mended.append("no event is lost with what was left out of the file that is now \(segment.aside)")
            }
            return repair
        } catch {
            throw LogError(
                .io, "the repair of \(directory) stopped; nothing is lost by it, run it again when the cause is gone",
                underlying: error)
        }
    }

    private static func plan(
        _ folders: [String], _ mode: RepairMode, _ directory: String, _ files: any FileSystem
    ) throws(LogError) -> [TopicRepair] {
        do throws(FileFailure) {
            let reports = try RepairReports(directory + "/log", files)
            var repairs: [TopicRepair] = []
            for folder in folders {
                let path = directory + "/log/" + folder
                let topic = String(folder.dropLast(2))
                try SegmentRepair.finishEarlier(path, files)
                repairs.append(
                    try TopicRepair(
                        folder: path, topic: topic, reports: reports.ranges(of: topic), mode: mode, files: files))
            }
            return repairs
        } catch {
            throw self.unreadable(error)
        }
    }

    /// Sets a `meta.json` that can't be read aside. Returns what is to be told of it.
    private static func makeRoomForMeta(
        _ directory: String, _ files: any FileSystem, isBroken: Bool
    ) throws(FileFailure) -> String {
        let folder = directory + "/log"
        let path = folder + "/" + LogMeta.fileName
        guard isBroken else { return "\(path) was missing; a new one was made" }
        let aside = folder + "/" + self.asideName(of: LogMeta.fileName, beside: Set(try files.list(folder)))
        try files.rename(path, to: aside)
        try files.syncDirectory(folder)
        return "\(path) could not be read; a new one was made, the old one is now \(aside)"
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
            "kept_as": \(loss.keptAs.map { "\"\(self.escaped($0))\"" } ?? "null"), "position": \(loss.position), \
            "bytes": \(loss.bytes), "reason": "\(self.escaped(loss.reason))"}
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
