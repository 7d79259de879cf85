import FluxEvents

/// The `EventLog` of one topic of the embedded engine.
final class EmbeddedTopic: EventLog {
    let state: TopicState
    private let number: Int
    private let reader: TopicReader
    private let writer: LogWriter
    private let pool: ReadPool
    private let identify: EmbeddedLogConfiguration.Identify?
    private let key: (UInt64, UInt64)
    private let maxRecordBytes: Int
    private let sharedHeads: [UInt64: Int64]

    init(
        number: Int, state: TopicState, reader: TopicReader, writer: LogWriter, pool: ReadPool,
        configuration: EmbeddedLogConfiguration, meta: LogMeta
    ) {
        self.number = number
        self.state = state
        self.reader = reader
        self.writer = writer
        self.pool = pool
        self.identify = configuration.dedupEvents > 0 ? configuration.identify : nil
        self.key = meta.dedupKey
        self.maxRecordBytes = configuration.maxRecordBytes
        self.sharedHeads = meta.ancestors.reduce(into: [:]) { $0[$1.epoch] = $1.heads[state.name] }
    }

    var topic: String { self.state.name }

    func bounds() -> LogBounds { self.state.bounds }

    func sharedHead(withEpoch epoch: UInt64) -> Int64? { self.sharedHeads[epoch] }

    func append(_ records: [Record]) async throws(LogError) -> [Appended] {
        guard !records.isEmpty else { return [] }
        var hashes: [RecordHash] = []
        if self.identify != nil { hashes.reserveCapacity(records.count) }
        for (index, record) in records.enumerated() {
            let bytes = RecordBatchEncoder.recordBytes(content: record.bytes, offsetDelta: LogFormat.maxGroupRecords)
            guard bytes <= self.maxRecordBytes else {
                throw LogError(
                    .tooLarge,
                    "record \(index) of the append takes \(bytes) bytes, the limit is \(self.maxRecordBytes): send it in "
                        + "pieces, or refer to where it lies")
            }
            guard let identify = self.identify else { continue }
            hashes.append(identify(record, self.key).map { RecordHash(high: $0.0, low: $0.1) } ?? .none)
        }
        let request = IdentifiedRecords(records, hashes: hashes)
        let result: Result<AppendAnswer, LogError> = await withCheckedContinuation { continuation in
            self.writer.append(
                AppendRequest(
                    topic: self.number, records: request, complete: { continuation.resume(returning: $0) }))
        }
        return try result.get().appended
    }

    func read(from offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        try await self.onPool { (reader) throws(LogError) in try reader.read(from: offset, maxBytes: maxBytes) }
    }

    func read(
        from offset: Int64, maxBytes: Int, _ take: @escaping @Sendable (Result<LogChunk, LogError>) -> Void
    ) {
        self.run(take) { (reader) throws(LogError) in try reader.read(from: offset, maxBytes: maxBytes) }
    }

    func readBackward(before offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk {
        try await self.onPool { (reader) throws(LogError) in
            try reader.readBackward(before: offset, maxBytes: maxBytes)
        }
    }

    func offset(at time: Timestamp) async throws(LogError) -> Int64 {
        try await self.onPool { (reader) throws(LogError) in try reader.offset(at: time) }
    }

    private func onPool<T: Sendable>(
        _ body: @escaping @Sendable (TopicReader) throws(LogError) -> T
    ) async throws(LogError) -> T {
        let result: Result<T, LogError> = await withCheckedContinuation { continuation in
            self.run({ continuation.resume(returning: $0) }, body)
        }
        return try result.get()
    }

    private func run<T: Sendable>(
        _ take: @escaping @Sendable (Result<T, LogError>) -> Void,
        _ body: @escaping @Sendable (TopicReader) throws(LogError) -> T
    ) {
        let reader = self.reader
        let isTaken = self.pool.run {
            let result: Result<T, LogError>
            do throws(LogError) {
                result = .success(try body(reader))
            } catch {
                result = .failure(error)
            }
            take(result)
        }
        if !isTaken { take(.failure(LogWriter.closed)) }
    }

    func follow(_ deliver: @escaping @Sendable (LogChunk) -> Void) -> LogFollower {
        let state = self.state
        let (id, start) = state.follow(deliver)
        return LogFollower(start: start, onCancel: { state.unfollow(id) })
    }

    func hold(name: String, at offset: Int64) { self.state.hold(name, at: offset) }
    func release(name: String) { self.state.hold(name, at: nil) }
}
