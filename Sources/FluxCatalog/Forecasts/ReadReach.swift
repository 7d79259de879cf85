public import FluxEvents

/// How far what is told of a store's reads reaches, where something tells of them from outside.
public enum ReadReach: Sendable, Hashable {
    /// Nothing was read yet: what is in the log may be behind by any time.
    case unknown
    /// All up to this time is in the log.
    case through(Timestamp)
}

extension ForecastWindow {
    private static let day: Int64 = 86_400_000

    /// Of each place with reads, by its id.
    ///
    /// - Parameters:
    ///   - firstDays: the first day with a read in each place.
    ///   - reach: of stores; where nothing is said of one, its reads are known up to its newest day with one.
    static func windows(
        _ directory: FoldDirectory, firstDays: [Int64: Int32], reach: [String: ReadReach], now: Int64
    ) -> [Int64: ForecastWindow] {
        var windows: [Int64: ForecastWindow] = [:]
        for (place, first) in firstDays {
            guard let store = directory.store(of: directory.place(place)) else { continue }
            let through: Int64
            switch reach[store.id] {
            case .unknown: continue
            case .through(let time): through = time.milliseconds
            case nil: through = (Int64(directory.newestDay(place)) + 1) * day
            }
            let from = Int64(first) * day
            windows[place] = ForecastWindow(from: from, through: max(from, min(through, now)))
        }
        return windows
    }
}
