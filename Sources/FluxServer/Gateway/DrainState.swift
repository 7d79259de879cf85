import Synchronization

/// Whether the server is stopping: it is then not ready, and answers close their connections.
final class DrainState: Sendable {
    private let draining = Atomic(false)

    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func begin() { draining.store(true, ordering: .relaxed) }
}

/// Names of requests: 16 hexadecimal digits, random enough to be found in a log.
enum RequestName {
    static func next() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Says true the first time only.
final class Once: Sendable {
    private let done = Atomic(false)

    func first() -> Bool { !done.exchange(true, ordering: .acquiringAndReleasing) }
}
