import Synchronization

/// Lets so many exports run at a time, and counts what became of them.
final class ExportGate: Sendable {
    struct Counts: Sendable, Equatable {
        /// That run now.
        var running = 0
        /// That were given to their last byte.
        var whole: UInt64 = 0
        /// That ended before, mostly because their client left.
        var cut: UInt64 = 0
        /// For which there was no place.
        var refused: UInt64 = 0
    }

    private let state = Mutex(Counts())
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var counts: Counts { state.withLock { $0 } }

    /// Takes a place; nil where there is none.
    func enter() -> ExportPlace? {
        let hasPlace = state.withLock { counts in
            guard counts.running < limit else {
                counts.refused += 1
                return false
            }
            counts.running += 1
            return true
        }
        return hasPlace ? ExportPlace(gate: self) : nil
    }

    fileprivate func leave(whole: Bool) {
        state.withLock { counts in
            counts.running -= 1
            if whole { counts.whole += 1 } else { counts.cut += 1 }
        }
    }
}

/// A place among the running exports, given back once, also where the answer is never written.
final class ExportPlace: Sendable {
    private let gate: ExportGate
    private let left = Once()

    fileprivate init(gate: ExportGate) {
        self.gate = gate
    }

    /// - Parameter whole: whether everything was given.
    func leave(whole: Bool = false) {
        if left.first() { gate.leave(whole: whole) }
    }

    deinit { leave() }
}
