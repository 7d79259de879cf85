import Glibc

/// Reads to be played again: those that were recorded of an object, at their distances, and for an object without any those
/// that come at random at the rate that is believed of it. The same seed gives the same reads. Pure.
public struct ReadSimulation: Sendable {
    public enum Source: Sendable, Hashable {
        /// When it was read: seconds since 1970, in any order.
        case recorded([Double])
        case believed(RateBelief)
    }

    public struct Step: Sendable, Hashable {
        /// Seconds after the start.
        public var after: Double
        /// The place of its source.
        public var object: Int
        public var isRecorded: Bool
    }

    /// The longest run (seconds), and the most reads.
    public static let maximumSeconds = 60.0
    public static let maximumReads = 1_000
    /// Reads that a speed that nobody asked for is to show.
    private static let wantedReads = 100
    /// Where nobody asked, the last of them comes a little before the end.
    private static let wantedSeconds = 55.0

    /// Ascending.
    public private(set) var steps: [Step] = []
    /// Seconds of what is played in one.
    public private(set) var speed: Double

    /// - Parameters:
    ///   - speed: nil: so that there is something to see. One at which nothing would happen is raised to that as well.
    public init(_ sources: [Source], speed wanted: Double?, seed: UInt64) {
        var random = SplitMix(seed: seed)
        let begin = sources.compactMap { if case .recorded(let times) = $0 { times.min() } else { nil } }.min() ?? 0
        var story: [Step] = []
        for (object, source) in sources.enumerated() {
            switch source {
            case .recorded(let times):
                story += times.map { Step(after: $0 - begin, object: object, isRecorded: true) }
            case .believed(let belief):
                let rate = belief.draw(using: &random) / 86_400
                var time = 0.0
                // One that is hardly ever read is read all the same, once in a while.
                for _ in 0..<Self.maximumReads {
                    time += -log(Double.random(in: .ulpOfOne..<1, using: &random)) / max(rate, 1e-9)
                    story.append(Step(after: time, object: object, isRecorded: false))
                }
            }
        }
        story.sort { ($0.after, $0.object) < ($1.after, $1.object) }
        story = Array(story.prefix(Self.maximumReads))
        let least = story.isEmpty ? 1 : story[min(Self.wantedReads, story.count) - 1].after / Self.wantedSeconds
        speed = wanted ?? max(1, least)
        if let first = story.first, first.after / speed > Self.maximumSeconds { speed = max(speed, least) }
        for step in story where step.after / speed <= Self.maximumSeconds {
            steps.append(Step(after: step.after / speed, object: step.object, isRecorded: step.isRecorded))
        }
    }
}
