public import FluxEvents

/// One topic of a durable, replayable log: the spine that every other room reads or appends to.
///
/// Offsets rise by one a record and are never given twice within an epoch. What `bounds()`, `read` and `follow` show is
/// what an append was answered for: it is on disk in the durability mode of the log.
///
/// No call blocks the caller's executor: appends wait for the log's own writer thread, reads run on the log's own
/// small thread pool.
public protocol EventLog: Sendable {
    /// The topic's name, for example `events`.
    var topic: String { get }

    /// What can be read now. Cheap; any thread.
    func bounds() -> LogBounds

    /// How far an earlier epoch of this log, one that a restore or a repair ended, had the same records: each below this
    /// offset is the same, or was lost to damage. Nil where this log does not go on from that epoch.
    func sharedHead(withEpoch epoch: UInt64) -> Int64?

    /// Appends the records in order and returns when they are on disk, one answer a record.
    ///
    /// A record whose identity is in the duplicate window is not stored again: it is answered with the first one's
    /// offset, after that one's sync. An empty array is answered with an empty array.
    ///
    /// The append is refused as a whole with `.diskFull`, `.tooLarge`, `.closed` or `.fatal`. Only after a crash or
    /// `.fatal` may a part of it be there; trying again with the same identities completes it.
    /// Cancelling the task doesn't take the append back.
    func append(_ records: [Record]) async throws(LogError) -> [Appended]

    /// Reads forward: the records from `offset` on, in whole groups, until `maxBytes` is reached; at least one group if
    /// there is one. At the head the chunk is empty.
    ///
    /// - Parameters:
    ///   - offset: where to start. Below the earliest offset, or inside damage, the chunk says what is missing in
    ///     `gap` and goes on behind it. Above the head it throws `.outOfRange`.
    ///   - maxBytes: of encoded records; the first group comes even when it is larger (a group is at most 1 MiB).
    func read(from offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk

    /// Reads forward, and gives the chunk to `take` on the thread that has read it: no hand-over between reading and
    /// what is made of it. `take` is called once, may use the processor, and must not wait: a few threads read for
    /// everybody.
    func read(
        from offset: Int64, maxBytes: Int, _ take: @escaping @Sendable (Result<LogChunk, LogError>) -> Void)

    /// Reads backward: the groups that end at `offset`, their records in ascending order, at least one group if there
    /// is one. `next` is the offset of the first record: give it as `offset` to go on. `reachedHead` is false.
    ///
    /// A gap lies between `offset` and the records. An empty chunk without a gap means the start was reached.
    func readBackward(before offset: Int64, maxBytes: Int) async throws(LogError) -> LogChunk

    /// The first offset whose record was recorded at or after `time`; the head if there is none.
    func offset(at time: Timestamp) async throws(LogError) -> Int64

    /// Calls `deliver` with each durable group, once, in order, on the log's own thread right after its sync.
    ///
    /// The first group delivered starts at the returned follower's `start`, which was the head at the moment of
    /// registration: whoever reads up to `start` and follows from there misses nothing and sees nothing twice.
    /// `bounds().head` already covers a group when it is delivered. `deliver` must not block; it may still be running,
    /// once, when `cancel()` returns.
    func follow(_ deliver: @escaping @Sendable (LogChunk) -> Void) -> LogFollower

    /// A named reader asks retention to keep everything at and past `offset`. Saying it again moves the hold.
    /// Holds don't outlive the process, and never stand against the disk reserve.
    func hold(name: String, at offset: Int64)

    /// Ends the hold of that name, if there is one.
    func release(name: String)
}

extension EventLog {
    public func sharedHead(withEpoch epoch: UInt64) -> Int64? { nil }

    public func read(
        from offset: Int64, maxBytes: Int, _ take: @escaping @Sendable (Result<LogChunk, LogError>) -> Void
    ) {
        Task {
            do throws(LogError) {
                take(.success(try await read(from: offset, maxBytes: maxBytes)))
            } catch {
                take(.failure(error))
            }
        }
    }
}
