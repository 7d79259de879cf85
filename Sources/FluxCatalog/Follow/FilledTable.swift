import Synchronization

/// Something that is kept in memory beside the file: filled from it once, then kept up to date by what is folded.
protocol FoldedTable: Sendable {
    /// About how much memory it takes.
    var bytes: Int { get }

    /// Takes in what a transaction changed; false where it is of no use any more, and is to be filled anew.
    mutating func apply(_ outcome: FoldOutcome) -> Bool
}

/// Holds such a table of a running catalogue, and fills it when it is first needed.
final class FilledTable<Table: FoldedTable>: Sendable {
    private enum Phase {
        /// Nobody has asked for it yet, or what there was is of no use.
        case unused
        /// Being filled; what is folded meanwhile waits here.
        case filling([FoldOutcome])
        case ready(Table)
        /// Would take more memory than it may.
        case tooLarge
    }

    private let phase = Mutex<Phase>(.unused)
    /// One fill at a time; whoever needs the table waits here.
    private let filling = Mutex<Void>(())
    private let limit: Int

    /// - Parameter limit: bytes; past it there is no table.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes in what a transaction changed. Called after each commit, in order.
    func apply(_ outcome: FoldOutcome) {
        phase.withLock { phase in
            switch phase {
            case .unused, .tooLarge: break
            case .filling(var waiting):
                phase = .unused
                waiting.append(outcome)
                phase = .filling(waiting)
            case .ready(var table):
                // Taken out first, so that its arrays are changed in place and not copied.
                phase = .unused
                if table.apply(outcome) { phase = table.bytes > limit ? .tooLarge : .ready(table) }
            }
        }
    }

    /// What `take` finds in the table, if it is there already. Under the lock: a fold that met a second holder of the table
    /// would have to copy all of it.
    func current<T: Sendable>(_ take: (Table) -> T?) -> T? {
        phase.withLock { phase in
            if case .ready(let table) = phase { return take(table) }
            return nil
        }
    }

    /// The same, with the table filled by `read` if need be, or anew where `take` finds nothing in the one there is; nil
    /// where it would take too much memory. Blocks: not for a thread of Swift's own pool.
    ///
    /// - Parameter read: the table, nil where it would be too large, and the position that it stands for.
    func filled<T: Sendable>(_ take: (Table) -> T?, _ read: () throws -> (Table?, Int64)) throws -> T? {
        if let known = current(take) { return known }
        return try filling.withLock { _ in
            if let known = current(take) { return known }
            guard begin() else { return nil }
            do {
                let (table, position) = try read()
                return finish(table, position: position) ? current(take) : nil
            } catch {
                reset()
                throw error
            }
        }
    }

    var isTooLarge: Bool {
        phase.withLock { phase in
            if case .tooLarge = phase { return true }
            return false
        }
    }

    /// Forgets the table: the rows were replaced. It is filled anew when it is needed.
    func reset() {
        phase.withLock { $0 = .unused }
    }

    private func begin() -> Bool {
        phase.withLock { phase in
            if case .tooLarge = phase { return false }
            phase = .filling([])
            return true
        }
    }

    private func finish(_ table: Table?, position: Int64) -> Bool {
        phase.withLock { phase in
            // The rows were replaced meanwhile: what was read is of no use.
            guard case .filling(let waiting) = phase else { return false }
            guard var table else {
                phase = .tooLarge
                return false
            }
            phase = .unused
            for outcome in waiting where outcome.position > position {
                guard table.apply(outcome) else { return false }
            }
            phase = .ready(table)
            return true
        }
    }
}
