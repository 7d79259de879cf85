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
        let plans: [Plan]
        var heads: [String: Int64] = [:]
        do throws(FileFailure) {
            var all: [Plan] = []
            for topic in topics {
                let path = directory + "/log/" + topic
                let name = String(topic.dropLast(2))
                try self.finishEarlier(path, files)
                let plans = try self.plans(path, topic: name, mode, files)
                heads[name] = try self.head(path, after: plans, files)
                all += plans
            }
            plans = all
        } catch {
            throw LogError(.io, "can't read the log in \(directory): check the disk", underlying: error)
        }
        if plans.isEmpty, let meta { return LogRepair(losses: [], epoch: meta.epoch, report: nil) }
        let epoch = try self.newEpoch(meta, heads: heads, directory, files)
        do throws(FileFailure) {
            var losses: [LogRepair.Loss] = []
            for plan in plans { losses += plan.losses() }
            let name = "repair-" + String(epoch, radix: 16) + ".json"
            try files.replace(name, in: directory + "/log", with: Array(self.text(losses).utf8))
            for plan in plans.reversed() { try plan.apply(files) }
            return LogRepair(losses: losses, epoch: epoch, report: directory + "/log/" + name)
        } catch {
            throw LogError(
                .io, "the repair of \(directory) stopped; nothing is lost by it, run it again when the cause is gone",
                underlying: error)
        }
    }

    /// What is to be done with one segment.
    private struct Plan {
        var folder: String
        var topic: String
        var walk: SegmentWalk
        var nextBase: Int64?
        /// The runs that are kept; the first stays in the file's name if it starts at its base.
        var kept: [SegmentWalk.Run]

        var path: String { self.walk.segment.file }
        var aside: String { self.path + ".damaged" }

        func losses() -> [LogRepair.Loss] {
            var losses: [LogRepair.Loss] = []
            var position: Int64 = 0
            var offset = self.walk.segment.base
            for run in self.kept {
                if run.from > offset || run.position > position {
                    losses.append(self.loss(position, run.position, offset, run.from))
                }
                position = run.end
                offset = run.to
            }
            if self.walk.segment.bytes > position {
                losses.append(self.loss(position, self.walk.segment.bytes, offset, self.nextBase))
            }
            return losses
        }

        private func loss(_ position: Int64, _ end: Int64, _ from: Int64, _ to: Int64?) -> LogRepair.Loss {
            let reason = self.walk.bad.first { $0.position >= position && $0.position < end }?.reason
            return LogRepair.Loss(
                topic: self.topic, keptAs: self.aside, position: position, bytes: end - position, from: from, to: to,
                reason: reason ?? "cut behind damage")
        }

        func apply(_ files: any FileSystem) throws(FileFailure) {
            let source = try files.open(self.path, create: false, write: false)
            let base = self.walk.segment.base
            // Later runs first: as long as the damaged file has its name, the log is no worse than before.
            for run in self.kept.reversed() where run.from != base {
                let path = self.folder + "/" + LogFormat.name(base: run.from, "log")
                try self.copy(run, of: source, to: path + ".repair", files)
                try files.rename(path + ".repair", to: path)
            }
            // The first stays there even if it is empty, so that readers of its offsets are told of a gap.
            let first = self.kept.first { $0.from == base }
            try self.copy(first, of: source, to: self.path + ".repair", files)
            try files.syncDirectory(self.folder)
            try files.rename(self.path, to: self.aside)
            try files.rename(self.path + ".repair", to: self.path)
            for ending in ["index", "timeindex", "ids"] {
                try files.removeIfThere(self.folder + "/" + LogFormat.name(base: base, ending))
            }
            try files.syncDirectory(self.folder)
        }

        private func copy(
            _ run: SegmentWalk.Run?, of source: any LogFile, to path: String, _ files: any FileSystem
        ) throws(FileFailure) {
            let file = try files.open(path, create: true, write: true)
            try file.truncate(to: 0)
            var done: Int64 = 0
            let length = run.map { $0.end - $0.position } ?? 0
            while done < length, let run {
                let count = Int(min(1 << 20, length - done))
                let bytes = try source.readBuffer(at: run.position + done, count: count)
                guard bytes.readableBytes == count else {
                    throw FileFailure(call: "pread", path: self.path, errno: 5, reason: "the file became shorter")
                }
                try file.write(Array(bytes.readableBytesView), at: done)
                done += Int64(count)
            }
            try file.sync()
        }
    }

    /// A crash may have left a segment between its two renames.
    private static func finishEarlier(_ folder: String, _ files: any FileSystem) throws(FileFailure) {
        let names = Set(try files.list(folder))
        for name in names.sorted() where name.hasSuffix(".log.repair") {
            let final = String(name.dropLast(".repair".count))
            if names.contains(final) || !names.contains(final + ".damaged") {
                try files.unlink(folder + "/" + name)
            } else {
                try files.rename(folder + "/" + name, to: folder + "/" + final)
            }
        }
        try files.syncDirectory(folder)
    }

    /// Where a topic will end when its plans are done.
    private static func head(
        _ folder: String, after plans: [Plan], _ files: any FileSystem
    ) throws(FileFailure) -> Int64 {
        guard let last = try self.bases(folder, files).last else { return 0 }
        let path = folder + "/" + LogFormat.name(base: last, "log")
        if let plan = plans.last(where: { $0.path == path }) { return plan.kept.last?.to ?? last }
        return try self.walk(path, base: last, files)?.nextOffset ?? last
    }

    private static func plans(
        _ folder: String, topic: String, _ mode: RepairMode, _ files: any FileSystem
    ) throws(FileFailure) -> [Plan] {
        let bases = try self.bases(folder, files)
        var plans: [Plan] = []
        for (index, base) in bases.enumerated() {
            let nextBase = index + 1 < bases.count ? bases[index + 1] : nil
            let path = folder + "/" + LogFormat.name(base: base, "log")
            guard let walk = try self.walk(path, base: base, files) else { continue }
            let hasDamage = walk.bad.contains { bad in
                // A tail, or what was reserved, is none.
                bad.to != nil || (nextBase != nil && bad.from != nextBase)
            }
            var kept = walk.runs.filter { run in nextBase.map { run.from < $0 } ?? true }
            if mode == .cut {
                if !plans.isEmpty { kept = [] }
                if hasDamage { kept = kept.first.map { $0.from == base ? [$0] : [] } ?? [] }
            }
            guard hasDamage || (mode == .cut && !plans.isEmpty) else { continue }
            plans.append(Plan(folder: folder, topic: topic, walk: walk, nextBase: nextBase, kept: kept))
        }
        return plans
    }

    private static func text(_ losses: [LogRepair.Loss]) -> String {
        let lines = losses.map { loss in
            """
              {"topic": "\(loss.topic)", "from": \(loss.from), "to": \(loss.to.map { "\($0)" } ?? "null"), \
            "kept_as": "\(self.escaped(loss.keptAs))", "position": \(loss.position), "bytes": \(loss.bytes), \
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
