/// `--access-detail`: what an event of reads stands for.
public enum AccessDetail: String, Sendable, Hashable {
    /// Each read, and by the hour beyond `automaticReads` a day and store.
    case automatic
    /// Each read, however many there are.
    case each
    /// All reads of an object by one requester in an hour, as far as one log file tells of them.
    case hour
    /// The same in a UTC day.
    case day

    /// So many reads of a day and store are told each by itself where nothing else was asked for.
    public static let automaticReads: Int64 = 1_000_000

    /// What holds for one log file.
    enum Unit: String, Sendable, Hashable {
        case each, hour, day

        /// The hour or the day that a time lies in.
        func slot(of time: Int64) -> Int64 { time / (self == .day ? 86_400 : 3600) }
    }

    /// - Parameter before: how many reads were told of files that were delivered on the same day.
    func unit(after before: Int64) -> Unit {
        switch self {
        case .automatic: before < Self.automaticReads ? .each : .hour
        case .each: .each
        case .hour: .hour
        case .day: .day
        }
    }
}
