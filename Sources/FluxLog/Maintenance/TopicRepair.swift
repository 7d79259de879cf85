import FluxEvents

/// What a repair does with one topic: planned whole before anything is changed.
struct TopicRepair {
    let topic: String
    /// Segments that are not left as they are.
    private(set) var segments: [SegmentRepair] = []
    /// Offsets that no file holds, and that no report explains.
    private(set) var missing: [Range<Int64>] = []
    /// Where the topic ends afterwards.
    private(set) var head: Int64 = 0
    private var explained: RepairedRanges
    private var unheld: [Range<Int64>] = []

    var isSound: Bool { self.segments.isEmpty && self.missing.isEmpty }

    var losses: [LogRepair.Loss] {
        let gone = self.missing.map { range in
            LogRepair.Loss(
                topic: self.topic, keptAs: nil, position: 0, bytes: 0, from: range.lowerBound, to: range.upperBound,
                reason: LogReport.missing)
        }
        return (self.segments.flatMap(\.losses) + gone).sorted { $0.from < $1.from }
    }

    init(
        folder: String, topic: String, reports: RepairedRanges, mode: LogMaintenance.RepairMode,
        files: any FileSystem
    ) throws(FileFailure) {
        self.topic = topic
        self.explained = reports
        let names = Set(try files.list(folder))
        let bases = try LogMaintenance.bases(folder, files)
        self.head = bases.first ?? 0
        var isCut = false
        for (index, base) in bases.enumerated() {
            let nextBase = index + 1 < bases.count ? bases[index + 1] : nil
            let path = folder + "/" + LogFormat.name(base: base, "log")
            guard let walk = try LogMaintenance.walk(path, base: base, files) else { continue }
            if base > self.head, mode == .cut, !reports.unexplained(self.head..<base).isEmpty { isCut = true }
            let hasDamage = walk.bad.contains { bad in
                // A tail, or what was reserved, is none.
                bad.to != nil || bad.isForeign || (nextBase != nil && bad.from != nextBase)
            }
            // Of offsets that two files hold, the earlier file is believed, as readers do.
            var kept: [SegmentWalk.Run] = []
            for run in walk.runs where nextBase.map({ run.from < $0 }) ?? true {
                if let run = try Self.part(of: run, from: self.head, path, files) { kept.append(run) }
            }
            if isCut { kept = [] }
            if mode == .cut, hasDamage { kept = kept.first.map { $0.from == base ? [$0] : [] } ?? [] }
            if hasDamage || isCut || base < self.head {
                self.segments.append(
                    SegmentRepair(
                        folder: folder, topic: topic, walk: walk, nextBase: nextBase, covered: self.head, kept: kept,
                        names: names, isSalvage: mode == .salvage))
                if mode == .cut { isCut = true }
            }
            self.reach(base)
            for run in kept {
                self.reach(run.from)
                self.head = max(self.head, run.to)
            }
        }
        let lost = self.segments.flatMap(\.losses).compactMap { loss in loss.to.map { loss.from..<$0 } }
        self.explained = RepairedRanges(reports.ranges + lost)
        self.missing = self.unheld.flatMap { self.explained.unexplained($0) }
    }

    /// Nothing holds the offsets from the head to this one.
    private mutating func reach(_ offset: Int64) {
        guard offset > self.head else { return }
        self.unheld.append(self.head..<offset)
        self.head = offset
    }

    /// The groups of a run that start at or past an offset.
    private static func part(
        of run: SegmentWalk.Run, from offset: Int64, _ path: String, _ files: any FileSystem
    ) throws(FileFailure) -> SegmentWalk.Run? {
        guard run.from < offset else { return run }
        guard run.to > offset else { return nil }
        let file = try files.open(path, create: false, write: false)
        var scanner = SegmentScanner(file, from: run.position, offset: run.from, end: run.end)
        while case .group(let header, let position, _) = try scanner.next() {
            guard header.baseOffset >= offset else { continue }
            return SegmentWalk.Run(position: position, end: run.end, from: header.baseOffset, to: run.to)
        }
        return nil
    }
}
