/// Puts the two halves of a rename together by their cookie. A half that stays alone for `wait` was a move out of what
/// is watched; a second half without a first was a move in. Pure.
public struct RenamePairing<Half: Sendable>: Sendable {
    /// How long a first half waits for its second (milliseconds). The kernel gives both at once, so this is generous.
    public static var wait: Int64 { 100 }
    /// First halves that may wait at once; beyond it the oldest is taken as moved out.
    public static var maximumWaiting: Int { 10_000 }

    private var waiting: [UInt32: (half: Half, deadline: Int64)] = [:]
    /// The cookies in the order they came; those before `start` are done with, and others may have been met since.
    private var order: [UInt32] = []
    private var start = 0

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
        defer { dropMet() }
        return waiting.removeValue(forKey: cookie)?.half
    }

    /// The halves that waited long enough, oldest first.
    public mutating func expired(now: Int64) -> [Half] {
        var halves: [Half] = []
        while let deadline = nextDeadline, deadline <= now, let half = popOldest() { halves.append(half) }
        return halves
    }

    /// When the oldest half has waited long enough. Time does not run backwards, so no other comes before it.
    public var nextDeadline: Int64? {
        start < order.count ? waiting[order[start]]?.deadline : nil
    }

    private mutating func popOldest() -> Half? {
        guard start < order.count else { return nil }
        defer { dropMet() }
        return waiting.removeValue(forKey: order[start])?.half
    }

    /// Goes past what waits no longer, so that the first of the order always waits. Cookies are moved up now and then
    /// only: each costs the same however many there are.
    private mutating func dropMet() {
        while start < order.count, waiting[order[start]] == nil { start += 1 }
        guard start * 2 >= order.count else { return }
        order.removeFirst(start)
        start = 0
    }
}
