import FluxEvents

/// The time that retention by age goes by: the wall clock's, as long as it can be believed. What a clock that is wrong
/// for an hour makes look old must not be gone when it is right again.
///
/// A clock that is much further on than the log's newest record and the time since then explain is doubted. Until it is
/// right, or has been doubted for long enough, time goes on from where it was believed last. A value, without a clock.
struct RetentionClock: Sendable, Equatable {
    /// What has to outlive a restart: under a wrong clock the log's newest record is soon as wrong as the clock.
    struct Doubt: Sendable, Equatable {
        /// The time that is believed instead of the wall clock's.
        var believed: Timestamp
        /// How long the server has run in doubt, in milliseconds.
        var waited: Int64
    }

    enum Change: Equatable {
        case none
        /// The wall clock is so many milliseconds too far on.
        case doubted(ahead: Int64)
        /// The wall clock is right again.
        case settled
        /// The wall clock was doubted for long enough.
        case accepted
    }

    /// No clock is doubted for less, in milliseconds.
    static let leastTolerance: Int64 = 60_000
    /// The longest that retention by age waits for a clock, in milliseconds. Shorter than a day where records are to go
    /// sooner than that.
    static let longestPatience: Int64 = 86_400_000

    /// How far on a clock may be: so much too soon may records go, a tenth of their age.
    let tolerance: Int64
    let patience: Int64
    private(set) var now: Timestamp
    private(set) var waited: Int64?
    private var uptime: Int64

    /// - Parameters:
    ///   - age: after which records go, in milliseconds.
    ///   - believed: when the newest record was recorded.
    ///   - uptime: milliseconds of a clock that nobody sets.
    init(age: Int64, believed: Timestamp, doubt: Doubt?, uptime: Int64) {
        self.tolerance = max(Self.leastTolerance, age / 10)
        self.patience = min(Self.longestPatience, age)
        self.now = doubt?.believed ?? believed
        self.waited = doubt?.waited
        self.uptime = uptime
    }

    var doubt: Doubt? { self.waited.map { Doubt(believed: self.now, waited: $0) } }

    mutating func look(wall: Timestamp, uptime: Int64) -> Change {
        let passed = max(0, uptime - self.uptime)
        self.uptime = uptime
        let expected = Timestamp(milliseconds: self.now.milliseconds + passed)
        let ahead = wall.milliseconds - expected.milliseconds
        let before = self.waited
        guard ahead > self.tolerance else {
            self.now = wall
            self.waited = nil
            return before == nil ? .none : .settled
        }
        guard let before else {
            self.now = expected
            self.waited = 0
            return .doubted(ahead: ahead)
        }
        guard before + passed < self.patience else {
            self.now = wall
            self.waited = nil
            return .accepted
        }
        self.now = expected
        self.waited = before + passed
        return .none
    }
}
