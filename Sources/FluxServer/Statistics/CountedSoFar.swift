import FluxLog

/// The counts, and what has come from the log since they were made: kept until somebody asks or enough has come, so that
/// a log that grows event by event wakes nobody for each.
struct CountedSoFar: Sendable {
    private(set) var counts: EventCounts
    private var waiting: [LogChunk] = []

    private var waitingRecords = 0

    /// So much is counted without being asked for.
    static let enoughChunks = 64
    static let enoughRecords = 1_024
    /// More chunks than this are not kept; what is dropped is read from the log again.
    static let maximumWaiting = 128

    init(_ counts: EventCounts) {
        self.counts = counts
    }

    /// Keeps what came; true where it should be counted now.
    mutating func add(_ chunk: LogChunk) -> Bool {
        if waiting.count == Self.maximumWaiting {
            waiting.removeAll(keepingCapacity: true)
            waitingRecords = 0
        }
        waiting.append(chunk)
        waitingRecords += chunk.records.count
        return waiting.count >= Self.enoughChunks || waitingRecords >= Self.enoughRecords
    }

    /// Counts what has come, as far as it joins on to what is counted; where it does not, the offset up to which the log
    /// must be read first.
    mutating func fold() -> Int64? {
        let whole = waiting.prefix { chunk in
            guard chunk.from <= counts.position else { return false }
            counts.fold(chunk)
            waitingRecords -= chunk.records.count
            return true
        }
        waiting.removeFirst(whole.count)
        return waiting.first?.from
    }

    /// Counts what was read from the log at `position`.
    mutating func fold(read chunk: LogChunk) { counts.fold(chunk) }

    mutating func trim(below earliest: Int64) { counts.trim(below: earliest) }
}
