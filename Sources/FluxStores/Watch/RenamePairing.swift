/// Puts the two halves of a rename together by their cookie. A half that stays alone for `wait` was a move out of what
/// is watched; a second half without a first was a move in. Pure.
public struct RenamePairing<Half: Sendable>: Sendable {
    /// How long a first half waits for its second (milliseconds). The kernel gives both at once, so this is generous.
    public static var wait: Int64 { 100 }
    /// First halves that may wait at once; beyond it the oldest is taken as moved out.
    public static var maximumWaiting: Int { 10_000 }

    private var waiting: [UInt32: (half: Half, deadline: Int64)] = [:]
    private var order: [UInt32] = []

    public init() {}

    /// A first half. Gives what had to be given up to make room.
    public mutating func left(cookie: UInt32, _ half: Half, now: Int64) -> Half? {
        waiting[cookie] = (half, now + Self.wait)
        order.append(cookie)
        guard waiting.count > Self.maximumWaiting else { return nil }
        return popOldest()
    }

    /// A second half: gives its first, if that still waits.
    public mutating func arrived(cookie: UInt32) -> Half? {
        waiting.removeValue(forKey: cookie)?.half
    }

    /// The halves that waited long enough, oldest first.
    public mutating func expired(now: Int64) -> [Half] {
        var halves: [Half] = []
        while let cookie = order.first {
            if let entry = waiting[cookie] {
                guard entry.deadline <= now else { break }
                halves.append(entry.half)
                waiting[cookie] = nil
            }
            order.removeFirst()
        }
        return halves
    }

    public var nextDeadline: Int64? { waiting.values.lazy.map(\.deadline).min() }

    private mutating func popOldest() -> Half? {
        while !order.isEmpty {
            if let entry = waiting.removeValue(forKey: order.removeFirst()) { return entry.half }
        }
        return nil
    }
}
