import FluxEvents
import NIOCore

/// What earlier repairs had to leave out, as their reports `log/repair-EPOCH.json` say.
struct RepairReports: Sendable {
    /// A report that is larger is not read.
    static let maximumBytes: Int64 = 64 << 20

    /// The reports' file names.
    var names: [String] = []
    /// Reports that could not be understood: path and reason. The holes that they explain stay damage.
    var unreadable: [(path: String, reason: String)] = []
    private var byTopic: [String: [Range<Int64>]] = [:]

    /// Reads all reports of a log's folder. One that can't be read is no reason not to start.
    init(_ logDirectory: String, _ files: any FileSystem) throws(FileFailure) {
        for name in try files.list(logDirectory).sorted() where Self.isReport(name) {
            self.names.append(name)
            let path = logDirectory + "/" + name
            guard let size = try files.size(of: path), size <= Self.maximumBytes,
                let bytes = try files.readWhole(path, limit: Self.maximumBytes)
            else {
                self.unreadable.append((path, "it is larger than \(Self.maximumBytes) bytes"))
                continue
            }
            do {
                try self.add(bytes)
            } catch {
                self.unreadable.append((path, error.message))
            }
        }
    }

    static func isReport(_ name: String) -> Bool { name.hasPrefix("repair-") && name.hasSuffix(".json") }

    private mutating func add(_ bytes: ByteBuffer) throws(JSONError) {
        guard let lost = try JSONDocument.parse(bytes).root["lost"], lost.kind == .array else { return }
        for loss in lost.elements {
            // Where the end isn't known, nothing that was kept lies behind: new records take these offsets.
            guard let topic = loss["topic"]?.string, let from = loss["from"]?.int64, let to = loss["to"]?.int64,
                from >= 0, from < to
            else { continue }
            self.byTopic[topic, default: []].append(from..<to)
        }
    }

    /// The ranges of one topic.
    func ranges(of topic: String) -> RepairedRanges { RepairedRanges(self.byTopic[topic] ?? []) }
}

/// Runs of offsets that repairs left out.
struct RepairedRanges: Sendable, Equatable {
    /// Ascending; they neither touch nor overlap.
    let ranges: [Range<Int64>]

    init(_ ranges: [Range<Int64>] = []) {
        var joined: [Range<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        self.ranges = joined
    }

    /// The parts of a range that no repair left out.
    func unexplained(_ range: Range<Int64>) -> [Range<Int64>] {
        var parts: [Range<Int64>] = []
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (reason, to) = self.reason(from: offset, to: range.upperBound)
            if reason == .damage { parts.append(offset..<to) }
            offset = to
        }
        return parts
    }

    /// Why what begins at `offset` is missing, and how far, at most to `end`, that reason goes.
    func reason(from offset: Int64, to end: Int64) -> (reason: GapReason, to: Int64) {
        guard let range = self.ranges.first(where: { $0.upperBound > offset }) else { return (.damage, end) }
        if range.lowerBound <= offset { return (.repair, min(range.upperBound, end)) }
        return (.damage, min(range.lowerBound, end))
    }

    /// Why what ends before `end` is missing, and from where on, at least from `offset`, that reason holds.
    func reason(backTo offset: Int64, before end: Int64) -> (reason: GapReason, from: Int64) {
        guard let range = self.ranges.last(where: { $0.lowerBound < end }) else { return (.damage, offset) }
        if range.upperBound >= end { return (.repair, max(range.lowerBound, offset)) }
        return (.damage, max(range.upperBound, offset))
    }
}
