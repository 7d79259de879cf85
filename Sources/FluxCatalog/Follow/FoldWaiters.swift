/// Those who wait until an offset is folded. Pure but for the continuations that it keeps.
struct FoldWaiters: Sendable {
    private var waiting: [Int: (offset: Int64, continuation: CheckedContinuation<Void, any Error>)] = [:]
    private var nextID = 0
    /// Calls that were cancelled before they began to wait.
    private var cancelled: Set<Int> = []

    var isEmpty: Bool { waiting.isEmpty }

    mutating func ticket() -> Int {
        nextID += 1
        return nextID
    }

    /// Returns false where the ticket was cancelled already.
    mutating func add(_ ticket: Int, _ offset: Int64, _ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        if cancelled.remove(ticket) != nil { return false }
        waiting[ticket] = (offset, continuation)
        return true
    }

    mutating func cancel(_ ticket: Int) -> CheckedContinuation<Void, any Error>? {
        if let found = waiting.removeValue(forKey: ticket) { return found.continuation }
        cancelled.insert(ticket)
        return nil
    }

    mutating func forget(_ ticket: Int) { cancelled.remove(ticket) }

    /// Takes out those whose offset lies before the position.
    mutating func take(before position: Int64) -> [CheckedContinuation<Void, any Error>] {
        guard !waiting.isEmpty else { return [] }
        let ready = waiting.filter { $0.value.offset < position }
        for ticket in ready.keys { waiting[ticket] = nil }
        return ready.values.map(\.continuation)
    }

    mutating func takeAll() -> [CheckedContinuation<Void, any Error>] {
        defer { waiting = [:] }
        return waiting.values.map(\.continuation)
    }
}
