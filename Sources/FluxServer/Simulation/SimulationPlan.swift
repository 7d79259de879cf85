import FluxEvents
import FluxTiering
import NIOCore

/// What is played: reads of objects that exist. Pure.
struct SimulationPlan: Sendable {
    /// What a request may ask for.
    struct Request: Sendable, Hashable {
        /// Objects, 1–100.
        var objects = 10
        /// Seconds of what is played in one; nil: so that there is something to see.
        var speed: Double?
        var seed: UInt64 = 1

        static let objects: ClosedRange<Int64> = 1...100
        static let speeds: ClosedRange<Double> = 1...10_000_000
    }

    /// An object that may be chosen.
    struct Candidate: Sendable, Hashable {
        var object: ObjectRef
        var size: Int64?
        /// Seconds since 1970.
        var reads: [Double] = []
        /// What is believed of its reads, where none was recorded.
        var belief = RateBelief.unknown
    }

    struct Step: Sendable {
        /// After the start.
        var after: Duration
        var object: ObjectRef
        var data: ByteBuffer
    }

    let steps: [Step]
    /// How many different objects are read.
    let objects: Int
    /// How many of the reads were recorded.
    let recorded: Int
    let speed: Double

    /// - Parameter candidates: those with recorded reads are taken first, and of equals whom the seed says.
    init(_ request: Request, of candidates: [Candidate]) {
        var random = SplitMix(seed: request.seed)
        // In an order of their own, so that the seed alone decides.
        let sorted = candidates.sorted {
            $0.object.recordKey.readableBytesView.lexicographicallyPrecedes($1.object.recordKey.readableBytesView)
        }
        let (known, unknown) = (sorted.filter { !$0.reads.isEmpty }, sorted.filter(\.reads.isEmpty))
        let chosen = Array(
            (known.shuffled(using: &random) + unknown.shuffled(using: &random)).prefix(request.objects))
        let simulation = ReadSimulation(
            chosen.map { $0.reads.isEmpty ? .believed($0.belief) : .recorded($0.reads) }, speed: request.speed,
            seed: random.next())
        steps = simulation.steps.map { step in
            let object = chosen[step.object]
            return Step(
                after: .milliseconds(Int64(step.after * 1000)), object: object.object,
                data: ObjectEventData(
                    object: object.object, operation: "read", sizeBytes: object.size, accessCount: 1,
                    details: ["based_on": .string(step.isRecorded ? "recorded" : "forecast")]
                ).data())
        }
        objects = Set(simulation.steps.map(\.object)).count
        recorded = simulation.steps.count(where: \.isRecorded)
        speed = simulation.speed
    }

    /// What a person is told.
    var message: String {
        func count(_ number: Int, _ name: String) -> String { "\(number) \(name)\(number == 1 ? "" : "s")" }
        let source =
            recorded == steps.count
            ? "as they were recorded"
            : recorded == 0
                ? "drawn from how often objects like them are read, as none of theirs was recorded"
                : "\(recorded) as they were recorded, the rest drawn from how often objects like them are read"
        return "Playing \(count(steps.count, "read")) of \(count(objects, "object")), \(source)."
    }
}

extension SimulationPlan.Step {
    /// The event, as it is appended to the topic of simulated events.
    func event(simulation: String, number: Int, now: Timestamp) -> Event {
        Event(
            id: "\(simulation)-\(number)", source: "/simulation", type: .download, subject: object.keyText, time: now,
            correlationID: simulation, data: data, key: object.withoutVersion.recordKey)
    }
}
