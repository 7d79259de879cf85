import FluxEvents

/// One pass of the writer over appends of one topic: which records become which groups, which are duplicates, and which
/// group each answer waits for.
struct Pass {
    struct Group {
        var records: [EncodedRecord] = []
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
        var needs = -1
        let first = self.appended(self.nextOffset, isDuplicate: false)
        var mixed: [Appended]?
        for (place, record) in request.records.enumerated() {
            if let offset = self.store.window.appendNew(record.hash) {
                // Of one that is still in flight, it is answered after that one's sync. Groups go in order, so waiting
                // for the newest is waiting for the one it is in.
                if offset >= self.store.head { needs = self.groups.count - 1 }
                if mixed == nil { mixed = AppendAnswer.new(first: first, count: place).appended }
                mixed?.append(self.appended(offset, isDuplicate: true))
                self.duplicates += 1
                continue
            }
            self.put(record)
            needs = self.groups.count - 1
            mixed?.append(self.appended(self.nextOffset, isDuplicate: false))
            self.nextOffset += 1
        }
        let answer = mixed.map { .mixed($0) } ?? AppendAnswer.new(first: first, count: request.records.count)
        self.waiters.append(Waiter(complete: request.complete, answer: answer, needs: needs))
    }

    private func appended(_ offset: Int64, isDuplicate: Bool) -> Appended {
        Appended(partition: self.store.state.partition, offset: offset, recordedAt: self.time, isDuplicate: isDuplicate)
    }

    private mutating func put(_ record: EncodedRecord) {
        var last = self.groups.count - 1
        if last >= 0 {
            let bytes = RecordBatchEncoder.recordBytes(
                content: record.content.count, offsetDelta: self.groups[last].records.count)
            if self.groups[last].bytes + bytes > LogFormat.maxGroupBytes
                || self.groups[last].records.count >= LogFormat.maxGroupRecords
            {
                last = -1
            }
        }
        if last < 0 {
            self.groups.append(Group())
            self.bytes += Int64(RecordBatchHeader.bytes)
            last = self.groups.count - 1
        }
        let bytes = RecordBatchEncoder.recordBytes(
            content: record.content.count, offsetDelta: self.groups[last].records.count)
        self.groups[last].records.append(record)
        self.groups[last].bytes += bytes
        self.bytes += Int64(bytes)
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
