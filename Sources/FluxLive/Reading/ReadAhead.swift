import FluxEvents
import NIOCore

/// What was read of the log for readers that are behind: decoded runs of a topic, and finished pieces of them for one
/// filter and form, so that many readers at the same place cost one read and one encoding. Bounded by bytes; the oldest
/// goes first.
struct ReadAhead {
    /// A run of one topic.
    struct Run {
        var entries: [LiveEntry]
        /// The offset that was asked for, and where reading goes on.
        var start: Int64
        var next: Int64
    }

    struct PieceKey: Hashable {
        var position: Position
        var filter: Filter
        var form: FormKey
    }

    private enum Held {
        case run(isSimulated: Bool, start: Int64)
        case piece(PieceKey)
    }

    private var runs: [[Int64: (run: Run, bytes: Int)]] = [[:], [:]]
    /// The starts of the runs of each topic, ascending.
    private var starts: [[Int64]] = [[], []]
    private var pieces: [PieceKey: Piece] = [:]
    private var order: [Held] = []
    private var gone = 0
    private(set) var bytes = 0
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// The run that holds what lies at `offset`.
    func run(isSimulated: Bool, at offset: Int64) -> Run? {
        let topic = isSimulated ? 1 : 0
        let starts = starts[topic]
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0, let found = runs[topic][starts[low - 1]]?.run, offset < found.next else { return nil }
        return found
    }

    mutating func insert(_ run: Run, isSimulated: Bool) {
        let topic = isSimulated ? 1 : 0
        guard run.next > run.start, runs[topic][run.start] == nil else { return }
        let size = run.entries.reduce(256) { $0 + $1.bytes }
        runs[topic][run.start] = (run, size)
        let place = starts[topic].firstIndex { $0 > run.start } ?? starts[topic].endIndex
        starts[topic].insert(run.start, at: place)
        bytes += size
        order.append(.run(isSimulated: isSimulated, start: run.start))
        trim()
    }

    func piece(_ key: PieceKey) -> Piece? { pieces[key] }

    mutating func insert(_ piece: Piece, for key: PieceKey) {
        guard pieces[key] == nil else { return }
        pieces[key] = piece
        bytes += Self.size(piece)
        order.append(.piece(key))
        trim()
    }

    /// Lets go of what lies before `position`, all but the newest: no reader comes by there any more.
    mutating func forget(before position: Position) {
        let simulated = position.simulated ?? .max
        var kept: [Held] = []
        let newest = order.count - 2
        for index in gone..<order.count {
            let held = order[index]
            let isBehind: Bool
            switch held {
            case .run(let isSimulated, let start):
                let next = runs[isSimulated ? 1 : 0][start]?.run.next ?? 0
                isBehind = next <= (isSimulated ? simulated : position.events)
            case .piece(let key):
                let next = pieces[key]?.next ?? key.position
                isBehind = next.events <= position.events && (next.simulated ?? 0) <= simulated
            }
            if isBehind, index < newest { drop(held) } else { kept.append(held) }
        }
        order = kept
        gone = 0
    }

    mutating func removeAll() {
        self = ReadAhead(limit: limit)
    }

    private static func size(_ piece: Piece) -> Int { piece.bytes.storageCapacity + 512 }

    /// The newest is always kept: it was put in to be used at once.
    private mutating func trim() {
        while bytes > limit, order.count - gone > 2 {
            drop(order[gone])
            gone += 1
        }
        if gone > 256, gone * 2 > order.count {
            order.removeFirst(gone)
            gone = 0
        }
    }

    private mutating func drop(_ held: Held) {
        switch held {
        case .run(let isSimulated, let start):
            let topic = isSimulated ? 1 : 0
            bytes -= runs[topic].removeValue(forKey: start)?.bytes ?? 0
            if let place = starts[topic].firstIndex(of: start) { starts[topic].remove(at: place) }
        case .piece(let key):
            if let piece = pieces.removeValue(forKey: key) { bytes -= Self.size(piece) }
        }
    }
}
