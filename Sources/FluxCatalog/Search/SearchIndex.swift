import GRDB
import Synchronization

/// The search table of a running catalogue: filled from the file once, then kept up to date by the fold.
final class SearchIndex: Sendable {
    private enum Phase {
        /// Nobody has searched yet.
        case unused
        /// Being filled; what is folded meanwhile waits here.
        case filling([FoldOutcome])
        case ready(SearchTable)
        /// Would take more memory than it may.
        case tooLarge
    }

    private let phase = Mutex<Phase>(.unused)
    /// One fill at a time; whoever needs the table waits here.
    private let filling = Mutex<Void>(())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes in what a transaction changed. Called after each commit, in order.
    func apply(_ outcome: FoldOutcome) {
        guard !outcome.changes.isEmpty else { return }
        phase.withLock { phase in
            switch phase {
            case .unused, .tooLarge: break
            case .filling(var waiting):
                phase = .unused
                waiting.append(outcome)
                phase = .filling(waiting)
            case .ready(var table):
                // Taken out first, so that the arrays are changed in place and not copied.
                phase = .unused
                table.apply(outcome.changes)
                phase = table.bytes > limit ? .tooLarge : .ready(table)
            }
        }
    }

    /// The table, filled if need be with what `reader` has; nil where it would be too large.
    func view(_ reader: any DatabaseReader) throws -> SearchView? {
        if let known = current { return known }
        return try filling.withLock { _ in
            if let known = current { return known }
            guard begin() else { return nil }
            do {
                let (table, position) = try Self.read(reader, limit: limit)
                return finish(table, position: position)
            } catch {
                phase.withLock { $0 = .unused }
                throw error
            }
        }
    }

    /// The table, if it is there already.
    var current: SearchView? {
        phase.withLock { phase in
            if case .ready(let table) = phase { return table.view }
            return nil
        }
    }

    var isTooLarge: Bool {
        phase.withLock { phase in
            if case .tooLarge = phase { return true }
            return false
        }
    }

    /// About how much memory the table takes; nil while there is none.
    var bytes: Int? {
        phase.withLock { phase in
            if case .ready(let table) = phase { return table.bytes }
            return nil
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

    private func finish(_ table: SearchTable?, position: Int64) -> SearchView? {
        phase.withLock { phase in
            // The rows were replaced meanwhile: what was read is of no use, and the next search fills it anew.
            guard case .filling(let waiting) = phase else { return nil }
            guard var table else {
                phase = .tooLarge
                return nil
            }
            for outcome in waiting where outcome.position > position { table.apply(outcome.changes) }
            phase = .ready(table)
            return table.view
        }
    }

    private static func read(_ reader: any DatabaseReader, limit: Int) throws -> (SearchTable?, Int64) {
        try reader.read { db in
            let position = try CatalogPosition.read(db)?.position ?? 0
            var table = SearchTable()
            let expected = max(0, try Int.fetchOne(db, sql: "SELECT sum(objects) FROM shelf") ?? 0)
            if expected > limit / SearchChunk.rowBytes { return (nil, position) }
            let rows = try SearchRows(db)
            while try rows.next(into: &table) {
                if table.count % SearchChunk.capacity == 0, table.bytes > limit { return (nil, position) }
            }
            return (table.bytes > limit ? nil : table, position)
        }
    }
}
