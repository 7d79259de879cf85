import FluxEvents
import NIOCore

/// A day in the life of some made-up files, drawn from a seed: the same request gives the same plan. Pure.
struct SimulationPlan: Sendable {
    /// What a request may ask for.
    struct Request: Sendable, Hashable {
        /// Made-up files, 1–100.
        var objects = 10
        /// Seconds of the made-up day that pass in one real second, 1–10,000; the day has an hour.
        var speed = 60.0
        var seed: UInt64 = 1

        static let objects: ClosedRange<Int64> = 1...100
        static let speeds: ClosedRange<Double> = 1...10_000
    }

    struct Step: Sendable {
        /// After the start.
        var after: Duration
        var type: EventType
        var object: ObjectRef
        var data: ByteBuffer
    }

    /// Longest run in real time.
    static let maximumDuration: Duration = .seconds(60)
    static let maximumEvents = 1_000
    /// Length of the made-up time, in its own seconds.
    private static let story = 3_600.0

    var steps: [Step] = []
    /// How many different files are told of.
    var files: Int { Set(steps.map(\.object)).count }

    init(_ request: Request) {
        var random = SplitMix(state: request.seed)
        let length = min(Self.story / request.speed, 60.0)
        var drafts: [(at: Double, type: EventType, object: ObjectRef, data: ByteBuffer)] = []
        for index in 0..<request.objects {
            let file = MadeUpFile(index: index, random: &random)
            drafts += file.story(random: &random)
        }
        drafts.sort { $0.at < $1.at }
        steps = drafts.prefix(Self.maximumEvents).map { draft in
            Step(
                after: .milliseconds(Int64(draft.at * length * 1000)), type: draft.type, object: draft.object,
                data: draft.data)
        }
    }
}

/// A small generator whose stream is the same everywhere (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// One made-up file and what happens to it. Its bucket and source say that it is simulated.
private struct MadeUpFile {
    static let source = "/simulation"
    private static let folders = ["reports", "images", "backups", "logs", "models", "exports"]
    private static let endings = ["pdf", "jpg", "tar.gz", "log", "parquet", "csv"]
    private static let providers: [(Provider, String)] = [(.aws, "S3"), (.azure, "Blob"), (.gcp, "GCS")]

    var object: ObjectRef
    var size: Int64
    var isHot: Bool

    init(index: Int, random: inout SplitMix) {
        let kind = Int.random(in: 0..<Self.folders.count, using: &random)
        let (provider, _) = Self.providers[Int.random(in: 0..<Self.providers.count, using: &random)]
        let number = Int.random(in: 1000...9999, using: &random)
        let name = "\(Self.folders[kind])/\(Self.folders[kind].dropLast())-\(number)-\(index).\(Self.endings[kind])"
        object = ObjectRef(
            provider: provider, account: "", bucket: "simulated-\(Self.folders[kind])", key: Array(name.utf8),
            version: nil)
        size = Int64.random(in: 2_000...900_000_000, using: &random)
        isHot = Int.random(in: 0..<10, using: &random) < 3
    }

    /// Things that happen, each at a share (0–1) of the time.
    func story(random: inout SplitMix) -> [(at: Double, type: EventType, object: ObjectRef, data: ByteBuffer)] {
        var events: [(at: Double, type: EventType, object: ObjectRef, data: ByteBuffer)] = []
        func add(_ at: Double, _ type: EventType, _ members: [(String, JSONTree)]) {
            events.append((at, type, object, data(members)))
        }
        let born = Double.random(in: 0..<0.3, using: &random)
        add(born, .upload, [("operation", "create"), ("size_bytes", .integer(size))])
        let reads = Int.random(in: isHot ? 3...8 : 0...2, using: &random)
        for read in 0..<reads {
            add(
                Double.random(in: born..<0.9, using: &random), .download,
                [("operation", "read"), ("size_bytes", .integer(size)), ("access_count", .integer(Int64(read + 1)))])
        }
        if isHot {
            add(
                0.9, .patternDetected,
                [
                    ("access_count", .integer(Int64(reads))), ("data_temperature", "HOT"),
                    ("pattern_type", "file_access"),
                ])
        } else {
            let saved = Double(max(1, size / 40_000_000)) + 0.25
            add(
                0.92, .patternDetected,
                [
                    ("access_count", .integer(Int64(reads))), ("data_temperature", "COLD"),
                    ("pattern_type", "file_access"),
                ])
            add(
                0.95, .savingsFound,
                [
                    ("amount", .raw("\(Int(saved)).25")), ("currency", "USD"), ("current_tier", "HOT"),
                    ("recommended_tier", "COLD"),
                ])
        }
        if Int.random(in: 0..<8, using: &random) == 0 { add(0.97, .delete, [("operation", "delete")]) }
        return events
    }

    private func data(_ members: [(String, JSONTree)]) -> ByteBuffer {
        JSONTree.object(
            [
                ("file_name", .string(object.keyText)), ("provider", .string(object.provider.rawValue)),
                ("bucket", .string(object.bucket)),
            ] + members
        ).bytes
    }
}

extension SimulationPlan.Step {
    /// The event, as it is appended to the topic of simulated events.
    func event(simulation: String, number: Int, now: Timestamp) -> Event {
        Event(
            id: "\(simulation)-\(number)", source: "/simulation", type: type, subject: object.keyText, time: now,
            correlationID: simulation, data: data, key: object.recordKey)
    }
}
