import FluxEvents
import FluxLog
import NIOCore

/// Which stretch of time is counted, in bars of which length.
struct RateQuery: Sendable {
    /// Bars of one answer.
    static let maximumBars = 400

    let since: Timestamp
    let until: Timestamp
    /// Milliseconds.
    let bar: Int64
    /// Where counting by type goes on, backward: the offset behind the newest that is not counted yet.
    var start: Int64?
    /// Whether types are counted; without them nothing is read.
    var types = true

    init(since: Timestamp, until: Timestamp, barSeconds: Int) throws(Problem) {
        self.since = since
        self.until = max(since, until)
        bar = Int64(barSeconds) * 1000
        guard count <= Self.maximumBars else {
            throw .badParameter(
                "bar",
                "That time has \(count) bars of \(barSeconds) s, and an answer has at most \(Self.maximumBars): ask for longer bars, or for less time."
            )
        }
    }

    /// Bars begin at whole multiples of their length, so that the same moment lies in the same bar whatever was asked for.
    private var first: Int64 { since.milliseconds / bar * bar }

    var count: Int64 { until.milliseconds <= since.milliseconds ? 0 : (until.milliseconds - 1 - first) / bar + 1 }

    /// Where a bar begins; the first and the last are cut to the stretch.
    func begin(of index: Int) -> Timestamp {
        Timestamp(milliseconds: max(since.milliseconds, first + Int64(index) * bar))
    }

    func index(of time: Timestamp) -> Int { Int((time.milliseconds - first) / bar) }
}

/// How much happened when.
struct HistoryRates: Sendable {
    struct Bar: Sendable {
        var start: Timestamp
        /// All that a list of this time shows.
        var total: Int64
        /// What this request counted of it.
        var byType: [String: Int64] = [:]
    }

    var bars: [Bar] = []
    /// Where counting by type goes on; nil where all is counted.
    var next: Int64?
    /// How many records were looked at.
    var scanned = 0
}

extension HistoryReader {
    /// Further types of one answer are counted together, as `EventCounts.otherType`.
    static let maximumRateTypes = 100

    /// How many events each bar has, which needs no reading; and of what types they are, newest first, as far as one
    /// request may look.
    func rates(_ query: RateQuery) async throws -> HistoryRates {
        let bounds = log.bounds()
        var edges: [Int64] = []
        for index in 0...Int(query.count) {
            let time = index < Int(query.count) ? query.begin(of: index) : query.until
            edges.append(min(bounds.head, max(bounds.earliest, try await log.offset(at: time))))
        }
        try await statistics.counted(through: edges.last ?? 0)
        let counts = statistics.now
        var rates = HistoryRates()
        for (index, (low, high)) in zip(edges, edges.dropFirst()).enumerated() {
            rates.bars.append(.init(start: query.begin(of: index), total: counts.listed(in: low..<max(low, high))))
        }
        guard let low = edges.first, let high = edges.last else { return rates }
        let start = min(high, query.start ?? high)
        if query.types {
            try await countTypes(into: &rates, query, from: start, to: low)
        } else if start > low {
            rates.next = start
        }
        return rates
    }

    private func countTypes(
        into rates: inout HistoryRates, _ query: RateQuery, from start: Int64, to end: Int64
    ) async throws {
        var named: Set<String> = []
        // Neighbours are mostly of one type: its name is made once.
        var last: (raw: ByteBuffer?, type: String)?
        var position = start
        while position > end {
            try Task.checkCancellation()
            let chunk = try await log.readBackward(before: position, maxBytes: Self.scanBytes)
            for stored in chunk.records.reversed() where stored.offset < position && stored.offset >= end {
                guard rates.scanned < maxScanEvents else {
                    rates.next = stored.offset + 1
                    return
                }
                rates.scanned += 1
                let raw = stored.record.header(RecordHeaderName.type)
                if last?.raw != raw || last == nil {
                    let type = EventCounts.type(raw)
                    let isNamed = named.contains(type) || named.count < Self.maximumRateTypes
                    if isNamed { named.insert(type) }
                    last = (raw, isNamed ? type : EventCounts.otherType)
                }
                let index = query.index(of: stored.recordedAt)
                guard let type = last?.type, type != EventType.inventory.rawValue, rates.bars.indices.contains(index)
                else { continue }
                rates.bars[index].byType[type, default: 0] += 1
            }
            if chunk.next == position, chunk.gap == nil { return }
            position = min(chunk.next, chunk.gap?.from ?? .max)
        }
    }
}
