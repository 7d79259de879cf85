import FluxEvents
import FluxLog
import NIOCore

/// The counts of all events ever recorded, folded from the log: a value that follows records in order.
///
/// Inventory is counted apart, because streams and lists leave it out; so `listed` is what somebody who saw every event
/// has seen, and equals the sum over `byType`.
struct EventCounts: Sendable, Hashable {
    /// Types that are counted by name; further ones are counted together as `otherType`.
    static let maximumTypes = 1_000
    static let otherType = "other"
    /// How far back `perSecond` looks, in seconds.
    static let window: Int64 = 10

    /// The log's epoch that the offsets are of.
    private(set) var epoch: UInt64
    /// Everything before this offset is counted.
    private(set) var position: Int64
    /// By type, without inventory.
    private(set) var byType: [String: Int64] = [:]
    private(set) var inventory: Int64 = 0
    /// Events that were trimmed, or damaged, before they could be counted; they are in `listed` and in no type.
    private(set) var uncounted: Int64
    /// Offsets that lists leave out: inventory and what cannot be read.
    private(set) var unlisted = OffsetRuns()
    /// Events a second of the last `window` seconds and the current one: second since 1970 -> count.
    private var seconds: [Int64: Int64] = [:]

    /// Begins at the earliest offset that is kept.
    init(epoch: UInt64, earliest: Int64) {
        self.epoch = epoch
        position = earliest
        uncounted = earliest
    }

    /// All events ever, without inventory.
    var listed: Int64 { byType.values.reduce(uncounted, +) }

    /// Counts the records of a chunk. Records before `position` were counted already.
    mutating func fold(_ chunk: LogChunk) {
        if let gap = chunk.gap, gap.to > position {
            uncounted += gap.to - max(gap.from, position)
            unlisted.append(from: max(gap.from, position), to: gap.to)
            position = gap.to
        }
        // Neighbours are mostly of one type and one second: each such run is counted once.
        var run: (raw: ByteBuffer?, type: String, second: Int64, count: Int64)?
        for stored in chunk.records where stored.offset >= position {
            let second = stored.recordedAt.milliseconds / 1000
            if let same = run, same.second == second, stored.record.header(RecordHeaderName.type, is: same.raw) {
                run?.count += 1
            } else {
                let raw = stored.record.header(RecordHeaderName.type)
                if let run { count(run.count, of: run.type, in: run.second) }
                run = (raw, Self.type(raw), second, 1)
            }
            if run?.type == EventType.inventory.rawValue {
                unlisted.append(from: stored.offset, to: stored.offset + 1)
            }
            position = stored.offset + 1
        }
        if let run { count(run.count, of: run.type, in: run.second) }
        position = max(position, chunk.next)
        if seconds.count > 4 * Int(Self.window), let newest = seconds.keys.max() {
            seconds = seconds.filter { $0.key >= newest - Self.window }
        }
    }

    /// Forgets the places of events that retention removed; their counts stay.
    mutating func trim(below earliest: Int64) {
        unlisted.trim(below: earliest)
    }

    /// Events a second over the last whole seconds of the window.
    func perSecond(at now: Timestamp) -> Double {
        let current = now.milliseconds / 1000
        let recent = seconds.reduce(into: Int64(0)) { sum, one in
            if one.key < current, one.key >= current - Self.window { sum += one.value }
        }
        return (Double(recent) / Double(Self.window) * 100).rounded() / 100
    }

    /// How many events a list of these offsets shows.
    func listed(in range: Range<Int64>) -> Int64 {
        range.isEmpty ? 0 : Int64(range.count) - unlisted.count(in: range)
    }

    private mutating func count(_ number: Int64, of type: String, in second: Int64) {
        guard type != EventType.inventory.rawValue else {
            inventory += number
            return
        }
        let name = byType[type] != nil || byType.count < Self.maximumTypes ? type : Self.otherType
        byType[name, default: 0] += number
        seconds[second, default: 0] += number
    }

    /// The type in a record's header, as CloudFlux names it.
    static func type(_ header: ByteBuffer?) -> String {
        header.map { EventType(cloudEventsName: String(buffer: $0)).rawValue } ?? "unknown"
    }
}

extension EventCounts {
    /// The newest layout of the file.
    static let fileVersion: Int64 = 1

    /// The file's text.
    func file() -> ByteBuffer {
        JSONTree.object([
            ("version", .integer(Self.fileVersion)), ("epoch", .string(String(epoch, radix: 16))),
            ("position", .integer(position)), ("inventory", .integer(inventory)), ("uncounted", .integer(uncounted)),
            ("by_type", .object(byType.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
            ("unlisted", .array(unlisted.runs.map { .array([.integer($0.from), .integer($0.to)]) })),
        ]).bytes
    }

    /// Reads a file's text; nil where it is not one that can be gone on from.
    init?(file: ByteBuffer) {
        guard let root = try? JSONDocument.parse(file).root, root["version"]?.int64 == Self.fileVersion,
            let epoch = root["epoch"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let position = root["position"]?.int64, position >= 0, let inventory = root["inventory"]?.int64,
            let uncounted = root["uncounted"]?.int64, let types = root["by_type"], let runs = root["unlisted"]
        else { return nil }
        self.init(epoch: epoch, earliest: 0)
        self.position = position
        self.inventory = inventory
        self.uncounted = uncounted
        for (type, count) in types.members {
            guard let count = count.int64, count >= 0 else { return nil }
            byType[type] = count
        }
        for run in runs.elements {
            guard let from = run[0]?.int64, let to = run[1]?.int64, from < to, from >= unlisted.runs.last?.to ?? 0
            else {
                return nil
            }
            unlisted.append(from: from, to: to)
        }
    }
}
