/// Tells copies of an object onto itself from those that read it. Pure.
///
/// A copy gives two lines with one request id, in any order, mostly in one file. So the line of the source waits to the end
/// of its file for that of the target; targets are remembered beyond, for a source that comes in a later file. Where the
/// source comes in an earlier one, it is a read: nothing that was told is taken back.
struct CopyBook: Sendable {
    /// Sources that wait, and targets that are remembered (up to twice as many); past so many the oldest are done with.
    static let maximum = 10_000

    private struct Source {
        var key: UInt64
        var read: LoggedRead
    }

    private var waiting: [UInt64: Source] = [:]
    private var order: [UInt64] = []
    private var targets: [UInt64: UInt64] = [:]
    private var targetOrder: [UInt64] = []

    /// An object was copied; gives what is known to be reads now.
    ///
    /// - Parameters:
    ///   - request: the request's id, hashed.
    ///   - key: the object's key, hashed.
    mutating func source(_ read: LoggedRead, request: UInt64, key: UInt64) -> [LoggedRead] {
        if targets[request] == key { return [] }
        waiting[request] = Source(key: key, read: read)
        order.append(request)
        return order.count > Self.maximum ? endFile() : []
    }

    /// An object was made by a copy.
    mutating func target(request: UInt64, key: UInt64) {
        if waiting[request]?.key == key { waiting[request] = nil }
        guard targets.updateValue(key, forKey: request) == nil else { return }
        targetOrder.append(request)
        if targetOrder.count > 2 * Self.maximum {
            for old in targetOrder.prefix(Self.maximum) { targets[old] = nil }
            targetOrder.removeFirst(Self.maximum)
        }
    }

    /// A file has ended: what still waits are reads.
    mutating func endFile() -> [LoggedRead] {
        defer { leaveFile() }
        return order.compactMap { waiting.removeValue(forKey: $0)?.read }
    }

    /// A file was left before its end, and is read again.
    mutating func leaveFile() {
        waiting = [:]
        order = []
    }
}
