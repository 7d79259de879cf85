import FluxEvents
import FluxLog
import Logging

/// Reads pages and spans of history from the log, within a number of records that one request may look at.
struct HistoryReader: Sendable {
    let log: any EventLog
    let statistics: EventStatistics
    let maxScanEvents: Int
    let logger: Logger

    /// Bytes of one read while looking for matches.
    static let scanBytes = 1 << 20

    /// The span of offsets that times and the cursor leave.
    func span(_ query: HistoryQuery) async throws -> Range<Int64> {
        let bounds = log.bounds()
        var low = bounds.earliest
        var high = bounds.head
        if let since = query.since { low = max(low, try await log.offset(at: since)) }
        if let until = query.until { high = min(high, try await log.offset(at: until)) }
        return low..<max(low, high)
    }

    /// One page. `next` is nil exactly where nothing follows.
    func page(_ query: HistoryQuery) async throws -> HistoryPage {
        let span = try await span(query)
        var page = HistoryPage()
        let end = query.order == .ascending ? span.upperBound : span.lowerBound
        var position = query.order == .ascending ? span.lowerBound : span.upperBound
        if let start = query.start {
            position =
                query.order == .ascending
                ? max(position, min(start, span.upperBound)) : min(position, max(start, span.lowerBound))
            if query.order == .ascending, query.since == nil, start < span.lowerBound {
                page.gaps.append(LogGap(from: start, to: span.lowerBound, reason: .retention))
            }
        }
        try await fill(&page, query, from: position, to: end)
        if let next = page.next {
            // Met while it was looked whether anything follows: the next page tells of them.
            page.gaps.removeAll { query.order == .ascending ? $0.from >= next : $0.to <= next }
        }
        page.total = try await total(query, span: span)
        return page
    }

    private func fill(_ page: inout HistoryPage, _ query: HistoryQuery, from start: Int64, to end: Int64) async throws {
        let ascending = query.order == .ascending
        var position = start
        let view = FilterView.ofRecords(simulated: false)
        // Where the next page starts, once this one is full and something more is known to follow.
        var afterLast = start
        while ascending ? position < end : position > end {
            try Task.checkCancellation()
            let bytes = query.isUnrestricted ? min(Self.scanBytes, max(64 << 10, query.limit * 1_024)) : Self.scanBytes
            let chunk =
                ascending
                ? try await log.read(from: position, maxBytes: bytes)
                : try await log.readBackward(before: position, maxBytes: bytes)
            if let gap = chunk.gap, gap.from < max(start, end), gap.to > min(start, end) { page.gaps.append(gap) }
            let records = chunk.records
            for step in 0..<records.count {
                let stored = records[ascending ? step : records.count - 1 - step]
                if ascending ? stored.offset >= end : stored.offset < end { break }
                if ascending ? stored.offset < position : stored.offset >= position { continue }
                guard page.scanned < maxScanEvents else {
                    page.next =
                        page.events.count == query.limit ? afterLast : ascending ? stored.offset : stored.offset + 1
                    return
                }
                page.scanned += 1
                guard query.passes(stored, view), let event = decode(stored) else { continue }
                if page.events.count == query.limit {
                    page.next = afterLast
                    return
                }
                page.events.append(event)
                afterLast = ascending ? stored.offset + 1 : stored.offset
            }
            if chunk.next == position, chunk.gap == nil { return }
            position = ascending ? max(chunk.next, chunk.gap?.to ?? 0) : min(chunk.next, chunk.gap?.from ?? .max)
        }
    }

    /// How many events pass in all, whatever the page: known without reading where nothing restricts, and else only
    /// where it was asked for and `maxScanEvents` suffice.
    private func total(_ query: HistoryQuery, span: Range<Int64>) async throws -> Int64? {
        let timed = query.since != nil || query.until != nil
        guard query.count || (query.isUnrestricted && !timed) else { return nil }
        try await statistics.counted(through: span.upperBound)
        if query.isUnrestricted { return statistics.now.listed(in: span) }
        guard span.count <= maxScanEvents else { return nil }
        var total: Int64 = 0
        let view = FilterView.ofRecords(simulated: false)
        var position = span.lowerBound
        while position < span.upperBound {
            try Task.checkCancellation()
            let chunk = try await log.read(from: position, maxBytes: Self.scanBytes)
            for stored in chunk.records.prefix(chunk.records.index(of: span.upperBound))
            where query.passes(stored, view) {
                if view.isForeign { tellForeign(stored) } else { total += 1 }
            }
            guard chunk.next > position else { break }
            position = chunk.next
        }
        return total
    }

    private func decode(_ stored: StoredRecord) -> StoredEvent? {
        let event = try? StoredEvent(stored, simulated: false)
        if event == nil { tellForeign(stored) }
        return event
    }

    /// What the log holds was written by us, so a record that is no event is told loudly.
    func tellForeign(_ stored: StoredRecord) {
        var reason = ""
        do { _ = try StoredEvent(stored, simulated: false) } catch { reason = "\(error)" }
        logger.error("a record is no event", metadata: ["offset": "\(stored.offset)", "error": "\(reason)"])
    }
}
