import FluxEvents

/// One pass of the writer over appends of one topic: which records become which groups, which are duplicates, and which
/// group each answer waits for.
struct Pass {
    struct Group {
        var records: [Record] = []
        var hashes: [RecordHash?] = []
        var bytes = RecordBatchHeader.bytes
    }

    private struct Answer {
        var offset: Int64
        var isDuplicate: Bool
    }

    private struct Waiter {
        var request: AppendRequest
        var answers: [Answer]
        /// The group that must be on disk first; -1 for none.
        var needs: Int
    }

    let store: TopicStore
    private(set) var groups: [Group] = []
    /// Of all groups, encoded.
    private(set) var bytes: Int64 = 0
    private(set) var duplicates = 0
    private var waiters: [Waiter] = []
    private var nextOffset: Int64

    init(store: TopicStore) {
        self.store = store
        self.nextOffset = store.head
    }

    var waiting: Int { self.waiters.count }

    mutating func add(_ request: AppendRequest) {
        var waiter = Waiter(request: request, answers: [], needs: -1)
        waiter.answers.reserveCapacity(request.records.count)
        for (record, hash) in zip(request.records, request.hashes) {
            if let hash, let offset = self.store.window.offset(of: hash) {
                // Of one that is still in flight, it is answered after that one's sync. Groups go in order, so waiting
                // for the newest is waiting for the one it is in.
                if offset >= self.store.head { waiter.needs = self.groups.count - 1 }
                waiter.answers.append(Answer(offset: offset, isDuplicate: true))
                self.duplicates += 1
                continue
            }
            self.store.window.append(hash)
            self.put(record, hash)
            waiter.needs = self.groups.count - 1
            waiter.answers.append(Answer(offset: self.nextOffset, isDuplicate: false))
            self.nextOffset += 1
        }
        self.waiters.append(waiter)
    }

    private mutating func put(_ record: Record, _ hash: RecordHash?) {
        var last = self.groups.count - 1
        if last >= 0 {
            let bytes = RecordBatchEncoder.recordBytes(record, offsetDelta: self.groups[last].records.count)
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
        let bytes = RecordBatchEncoder.recordBytes(record, offsetDelta: self.groups[last].records.count)
        self.groups[last].records.append(record)
        self.groups[last].hashes.append(hash)
        self.groups[last].bytes += bytes
        self.bytes += Int64(bytes)
    }

    /// Answers, in order, the appends that wait for no later group than this one.
    mutating func answer(upTo group: Int, at time: Timestamp) {
        self.waiters.removeAll { waiter in
            guard waiter.needs <= group else { return false }
            let partition = self.store.state.partition
            waiter.request.complete(
                .success(
                    waiter.answers.map {
                        Appended(
                            partition: partition, offset: $0.offset, recordedAt: time, isDuplicate: $0.isDuplicate)
                    }))
            return true
        }
    }

    mutating func failAll(_ error: LogError) {
        for waiter in self.waiters { waiter.request.complete(.failure(error)) }
        self.waiters.removeAll()
    }
}
