import NIOCore

/// When the readers of an event loop are given what is new: a value without a clock.
///
/// A flush costs a system call a reader, for one event as for a hundred. So what comes soon after a flush waits a
/// little and shares the next one; the more a flush costs, the longer. What comes after quiet goes out at once.
struct FlushRhythm: Sendable {
    /// What to do with something new.
    enum Action: Sendable, Hashable {
        case flush
        case flushLater(NIODeadline)
    }

    /// The longest pause that light flushes make (`LiveConfiguration.flushInterval`).
    let interval: TimeAmount
    private var next = NIODeadline.uptimeNanoseconds(0)

    /// From the beginning of one flush to that of the next, in multiples of what it has taken: flushing takes 2 % of an
    /// event loop, as long as that keeps nobody waiting for longer than `interval`.
    static let lightPause: Int64 = 50
    /// A flush so expensive that `interval` leaves hardly any time is followed by a pause as long as itself, but no
    /// longer than this: readers on this machine need the processor too, to take what they were given.
    static let longestRest = TimeAmount.milliseconds(100)

    init(interval: TimeAmount) {
        self.interval = interval
    }

    /// Something came, and nothing was waiting.
    func arrived(at now: NIODeadline) -> Action {
        now >= next ? .flush : .flushLater(next)
    }

    /// A flush is over.
    mutating func flushed(from began: NIODeadline, to ended: NIODeadline) {
        let cost = ended - began
        next = max(began + min(cost * Self.lightPause, interval), ended + min(cost, Self.longestRest))
    }
}
