/// How many verdicts on single objects may still be told: so many an hour, on average and at once. Pure.
struct VerdictBudget: Sendable {
    private let perHour: Double
    private var left: Double
    private var at: Int64?

    init(perHour: Int) {
        self.perHour = Double(max(perHour, 0))
        left = self.perHour
    }

    /// Takes so many, if there are as many.
    ///
    /// - Parameter now: milliseconds; a clock that is set back gives nothing, and goes on from there.
    mutating func take(_ count: Int, now: Int64) -> Bool {
        if let at { left = min(perHour, left + perHour * Double(max(0, now - at)) / 3_600_000) }
        at = now
        guard Double(count) <= left else { return false }
        left -= Double(count)
        return true
    }
}
