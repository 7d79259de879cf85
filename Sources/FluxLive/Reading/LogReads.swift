import FluxEvents
import FluxLog

/// Reads of the log that are under way for one event loop: each range once, whoever waits for it, and only a few at a
/// time, so that many readers never hold more than a few runs that are not yet shared.
struct LogReads {
    /// Where to read in each topic; nil where nothing is needed of it.
    struct Key: Hashable, Sendable {
        var events: Int64?
        var simulated: Int64?
        /// Where the events are to be written at once, for readers of one filter and form.
        var writing: Writing?
    }

    /// What is written of what is read.
    struct Writing: Hashable, Sendable {
        var filter: Filter
        var form: FormKey
    }

    struct Found: Sendable {
        var events: ReadAhead.Run?
        var simulated: ReadAhead.Run?
        /// Instead of a run of the events.
        var pieces: [Piece] = []
    }

    static let maximumUnderWay = 8

    private struct UnderWay {
        var connections: [LiveConnection] = []
        /// How many blocks behind this one are to be read once it is known where it ends.
        var blocksBehind = 0
        /// Where it ends, when it was read and is being written.
        var end: Int64?
    }

    /// What became of the wish to read a block before anybody asks for it.
    enum Ahead: Equatable {
        case begins
        /// It is being read or, where its end is known, written.
        case isUnderWay(end: Int64?)
        case mustWait
    }

    private var waiting: [Key: UnderWay] = [:]
    private var queue: [Key] = []
    private var underWay = 0

    /// Whether somebody waits for what lies at an offset of the events and wants it written in another way: then it is read
    /// once, for all to choose from.
    func isWanted(at offset: Int64, otherwiseThan writing: Writing) -> Bool {
        waiting.keys.contains { $0.events == offset && $0.writing != writing }
    }

    /// Notes who waits; a key to begin with, if one may begin now.
    mutating func add(_ connection: LiveConnection, for key: Key) -> Key? {
        if waiting[key] != nil {
            waiting[key]?.connections.append(connection)
            return nil
        }
        waiting[key] = UnderWay(connections: [connection])
        guard underWay < Self.maximumUnderWay else {
            queue.append(key)
            return nil
        }
        underWay += 1
        return key
    }

    /// Notes that a block is wanted that nobody waits for yet, and so many behind it.
    mutating func addAhead(_ key: Key, blocksBehind: Int) -> Ahead {
        if let there = waiting[key] {
            waiting[key]?.blocksBehind = max(there.blocksBehind, blocksBehind)
            return .isUnderWay(end: there.end)
        }
        guard underWay < Self.maximumUnderWay else { return .mustWait }
        waiting[key] = UnderWay(blocksBehind: blocksBehind)
        underWay += 1
        return .begins
    }

    /// A block was read as far as `end` and is now written. How many behind it are wanted.
    mutating func wasRead(_ key: Key, to end: Int64) -> Int {
        waiting[key]?.end = end
        return waiting[key]?.blocksBehind ?? 0
    }

    /// Who waited, and the next key to begin with.
    mutating func end(_ key: Key) -> ([LiveConnection], Key?) {
        let connections = waiting.removeValue(forKey: key)?.connections ?? []
        guard !queue.isEmpty else {
            underWay -= 1
            return (connections, nil)
        }
        return (connections, queue.removeFirst())
    }

    /// Reads what stands in no other form than the log's.
    static func read(_ key: Key, of context: HubContext, maxBytes: Int) async throws(LogError) -> Found {
        var found = Found()
        if let offset = key.events {
            found.events = try await run(of: context.events, at: offset, isSimulated: false, maxBytes)
        }
        if let offset = key.simulated, let log = context.simulated {
            found.simulated = try await run(of: log, at: offset, isSimulated: true, maxBytes)
        }
        return found
    }

    /// Reads a block and writes what passes as messages, both on the thread of the log that has read.
    ///
    /// - Parameters:
    ///   - end: nothing at or past it is written.
    ///   - wasRead: told where the block ends when it is about to be written, so that the next one can be read meanwhile.
    static func read(
        from offset: Int64, of context: HubContext, passing filter: Filter, as blocks: BlockWriter,
        before end: Int64, maxBytes: Int,
        wasRead: @escaping @Sendable (Int64) -> Void, ended: @escaping @Sendable (Result<Found, LogError>) -> Void
    ) {
        let epoch = context.epoch
        let limits = context.configuration
        context.events.read(from: offset, maxBytes: maxBytes) { result in
            ended(
                result.map { chunk in
                    wasRead(chunk.next)
                    var found = Found()
                    found.pieces = blocks.pieces(of: chunk, passing: filter, before: end, epoch: epoch, limits: limits)
                    if found.pieces.isEmpty { found.events = run(of: chunk, at: offset, isSimulated: false) }
                    return found
                })
        }
    }

    private static func run(
        of log: any EventLog, at offset: Int64, isSimulated: Bool, _ maxBytes: Int
    ) async throws(LogError) -> ReadAhead.Run {
        run(of: try await log.read(from: offset, maxBytes: maxBytes), at: offset, isSimulated: isSimulated)
    }

    private static func run(of chunk: LogChunk, at offset: Int64, isSimulated: Bool) -> ReadAhead.Run {
        ReadAhead.Run(
            entries: LiveEntry.entries(of: chunk, isSimulated: isSimulated), start: offset, next: chunk.next)
    }
}
