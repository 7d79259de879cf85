import NIOCore
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
        var bytes = ByteBuffer()
        write(to: &bytes)
        return String(buffer: bytes)
    }

    /// The same, without a string.
    static func write(to bytes: inout ByteBuffer) {
        var name = UInt64.random(in: 0...UInt64.max)
        for _ in 0..<16 {
            name = name << 4 | name >> 60
            let digit = UInt8(name & 15)
            bytes.writeInteger(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}

/// Says true the first time only.
final class Once: Sendable {
    private let done = Atomic(false)

    func first() -> Bool { !done.exchange(true, ordering: .acquiringAndReleasing) }
}
