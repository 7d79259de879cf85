import FluxEvents

/// One pass of the writer over appends of one topic: which records become which groups, which are duplicates, and which
/// group each answer waits for.
struct Pass {
    struct Group {
        var parts: [IdentifiedRecords.Part] = []
        var count = 0
        var bytes = RecordBatchHeader.bytes
    }

    private struct Waiter {
        var complete: @Sendable (Result<AppendAnswer, LogError>) -> Void
        var answer: AppendAnswer
        /// The group that must be on disk first; -1 for none.
        var needs: Int
    }

    let store: TopicStore
    /// The clock when the pass began.
    let now: Timestamp
    /// When its records are recorded.
    let time: Timestamp
    private(set) var groups: [Group] = []
    /// Of all groups, encoded.
    private(set) var bytes: Int64 = 0
    private(set) var duplicates = 0
    private var waiters: [Waiter] = []
    private var nextOffset: Int64

    init(store: TopicStore, now: Timestamp, time: Timestamp) {
        self.store = store
        self.now = now
        self.time = time
        self.nextOffset = store.head
    }

    var waiting: Int { self.waiters.count }

    mutating func add(_ request: AppendRequest) {
        let records = request.records
        let count = records.records.count
        var needs = -1
        let first = self.appended(self.nextOffset, isDuplicate: false)
        var mixed: [Appended]?
        var place = 0
        while place < count {
            let known = self.store.window.appendNew(records, from: place)
            let new = place..<(known?.place ?? count)
            if !new.isEmpty {
                self.put(records, new)
                needs = self.groups.count - 1
                if mixed != nil {
                    for _ in new {
                        mixed?.append(self.appended(self.nextOffset, isDuplicate: false))
                        self.nextOffset += 1
                    }
                } else {
                    self.nextOffset += Int64(new.count)
                }
            }
            guard let known else { break }
            // Of one that is still in flight, it is answered after that one's sync. Groups go in order, so waiting
            // for the newest is waiting for the one it is in.
            if known.offset >= self.store.head { needs = self.groups.count - 1 }
            if mixed == nil { mixed = AppendAnswer.new(first: first, count: known.place).appended }
            mixed?.append(self.appended(known.offset, isDuplicate: true))
            self.duplicates += 1
            place = known.place + 1
        }
        let answer = mixed.map { .mixed($0) } ?? AppendAnswer.new(first: first, count: count)
        self.waiters.append(Waiter(complete: request.complete, answer: answer, needs: needs))
    }

    private func appended(_ offset: Int64, isDuplicate: Bool) -> Appended {
        Appended(partition: self.store.state.partition, offset: offset, recordedAt: self.time, isDuplicate: isDuplicate)
    }

    /// Puts these records, which are new, into the newest group, and new ones as it gets full.
    private mutating func put(_ records: IdentifiedRecords, _ range: Range<Int>) {
        var start = range.lowerBound
        for place in range {
            let content = records.records[place].bytes
            if !self.hasRoom(content) {
                self.take(records[start..<place])
                start = place
                self.groups.append(Group())
                self.bytes += Int64(RecordBatchHeader.bytes)
            }
            let last = self.groups.count - 1
            let bytes = RecordBatchEncoder.recordBytes(content: content, offsetDelta: self.groups[last].count)
            self.groups[last].count += 1
            self.groups[last].bytes += bytes
            self.bytes += Int64(bytes)
        }
        self.take(records[start..<range.upperBound])
    }

    private func hasRoom(_ content: Int) -> Bool {
        guard !self.groups.isEmpty else { return false }
        let (count, bytes) = (self.groups[self.groups.count - 1].count, self.groups[self.groups.count - 1].bytes)
        return count < LogFormat.maxGroupRecords
            && bytes + RecordBatchEncoder.recordBytes(content: content, offsetDelta: count) <= LogFormat.maxGroupBytes
    }

    private mutating func take(_ part: IdentifiedRecords.Part) {
        if !part.range.isEmpty { self.groups[self.groups.count - 1].parts.append(part) }
    }

    /// Answers, in order, the appends that wait for no later group than this one.
    mutating func answer(upTo group: Int) {
        self.waiters.removeAll { waiter in
            guard waiter.needs <= group else { return false }
            waiter.complete(.success(waiter.answer))
            return true
        }
    }

    mutating func failAll(_ error: LogError) {
        for waiter in self.waiters { waiter.complete(.failure(error)) }
        self.waiters.removeAll()
    }
}
