import FluxEvents
import NIOCore

/// What a repair does with one segment.
struct SegmentRepair {
    /// Of a file that takes a damaged one's place, until it does.
    static let replacement = ".repair"
    /// Of a file with a name that is not taken yet.
    static let addition = ".new"

    private let folder: String
    private let topic: String
    private let walk: SegmentWalk
    private let nextBase: Int64?
    /// Offsets below this one are in an earlier file.
    private let covered: Int64
    /// The runs that are kept; the first stays in the file's name if it starts at its base.
    private let kept: [SegmentWalk.Run]
    private let isSalvage: Bool
    /// Where the damaged file is put.
    let aside: String

    private var path: String { self.walk.segment.file }
    private var base: Int64 { self.walk.segment.base }

    /// - Parameter names: of the folder's files, so that nothing that was set aside before is replaced.
    init(
        folder: String, topic: String, walk: SegmentWalk, nextBase: Int64?, covered: Int64, kept: [SegmentWalk.Run],
        names: Set<String>, isSalvage: Bool
    ) {
        self.folder = folder
        self.topic = topic
        self.walk = walk
        self.nextBase = nextBase
        self.covered = covered
        self.kept = kept
        self.isSalvage = isSalvage
        let name = LogFormat.name(base: walk.segment.base, "log")
        self.aside = folder + "/" + LogMaintenance.asideName(of: name, beside: names)
    }

    /// What is lost with the bytes that are left out. Bytes whose offsets are all held elsewhere are no loss.
    var losses: [LogRepair.Loss] {
        var losses: [LogRepair.Loss] = []
        var position: Int64 = 0
        var offset = max(self.base, self.covered)
        for run in self.kept {
            if run.from > offset { losses.append(self.loss(position, run.position, offset, run.from)) }
            position = run.end
            offset = run.to
        }
        let end = self.walk.segment.bytes
        if let nextBase = self.nextBase {
            if end > position, nextBase > offset { losses.append(self.loss(position, end, offset, nextBase)) }
        } else if end > position, !self.isSalvage || self.walk.bad.contains(where: { $0.position >= position }) {
            losses.append(self.loss(position, end, offset, nil))
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
        // Later runs first: as long as the damaged file has its name, the log is no worse than before.
        for run in self.kept.reversed() where run.from != self.base {
            let path = self.folder + "/" + LogFormat.name(base: run.from, "log")
            try self.copy(run, of: source, to: path + Self.addition, files)
            try files.rename(path + Self.addition, to: path)
        }
        // The first stays there even if it is empty, so that readers of its offsets are told of a gap. Where an earlier
        // file holds them there is none to tell of.
        let first = self.kept.first { $0.from == self.base }
        let isReplaced = first != nil || self.base >= self.covered
        if isReplaced { try self.copy(first, of: source, to: self.path + Self.replacement, files) }
        try files.syncDirectory(self.folder)
        try files.rename(self.path, to: self.aside)
        if isReplaced { try files.rename(self.path + Self.replacement, to: self.path) }
        for ending in ["index", "timeindex", "ids"] {
            try files.removeIfThere(self.folder + "/" + LogFormat.name(base: self.base, ending))
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

    /// A crash may have left a segment between its two renames.
    static func finishEarlier(_ folder: String, _ files: any FileSystem) throws(FileFailure) {
        let names = Set(try files.list(folder))
        for name in names.sorted() {
            if name.hasSuffix(".log" + Self.addition) { try files.unlink(folder + "/" + name) }
            guard name.hasSuffix(".log" + Self.replacement) else { continue }
            let final = String(name.dropLast(Self.replacement.count))
            if names.contains(final) || !names.contains(final + LogMaintenance.aside) {
                try files.unlink(folder + "/" + name)
            } else {
                try files.rename(folder + "/" + name, to: folder + "/" + final)
            }
        }
        try files.syncDirectory(folder)
    }
}
