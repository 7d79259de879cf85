import FluxEvents

/// One append that waits for the writer.
struct AppendRequest: Sendable {
    var topic: Int
    var records: IdentifiedRecords
    /// Called once, on the writer's thread.
    var complete: @Sendable (Result<AppendAnswer, LogError>) -> Void
}

/// Where the records of an append lie. As a rule all are new, one behind the other: then who waits makes the list of
/// answers, and the one thread that writes needs no memory for it.
enum AppendAnswer: Sendable {
    case new(first: Appended, count: Int)
    case mixed([Appended])

    /// One a record, in order.
    var appended: [Appended] {
        switch self {
        case .mixed(let appended): return appended
        case .new(let first, let count):
            return (0..<Int64(count)).map { place in
                var one = first
                one.offset += place
                return one
            }
        }
    }
}
