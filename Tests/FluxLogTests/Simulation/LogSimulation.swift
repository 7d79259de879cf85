import FluxEvents
import FluxTesting
import Foundation
import Logging
import NIOCore
import Synchronization

@testable import FluxLog

/// One seed of the simulation: lives of a log on a fake disk, each with appends, retention and reads, one fault at a
/// random call, and a random end; and a model that says what must be there afterwards.
struct LogSimulation {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What is known of one topic.
    struct Model {
        /// Acknowledged, or shown to a reader.
        var known: [Int64: Record] = [:]
        var offsets: [String: Int64] = [:]
        /// Asked for and answered `.fatal`: may be there. What was refused otherwise is not in here: must not be there.
        var open: [String: Record] = [:]
        var head: Int64 = 0
        var earliest: Int64 = 0
        var fence: Int64 = 0
        var recordedAt = Int64.min
    }

    let seed: UInt64
    var generator: SeededRandom
    let disk: FakeDisk
    let clock = TestClock()
    var configuration: EmbeddedLogConfiguration
    var models: [Model] = [Model(), Model()]
    let fences = Fences()
    var nextID = 0
    /// Identities of removed segments may be gone.
    var mayForget = false
    var log: [String] = []

    final class Fences: Sendable {
        let values = Mutex<[String: Int64]>([:])
    }

    init(seed: UInt64) {
        self.seed = seed
        self.generator = SeededRandom(seed: seed)
        self.disk = FakeDisk(seed: seed &+ 1)
        self.configuration = EmbeddedLogConfiguration()
        self.configuration.identify = identifyByID
        self.configuration.diskReserveBytes = 0
        self.configuration.segmentBytes = [1024, 2048, 6000, 1 << 20][Int.random(in: 0..<4, using: &self.generator)]
        self.configuration.dedupEvents = [5, 40, 100_000][Int.random(in: 0..<3, using: &self.generator)]
        self.configuration.retentionBytes = Bool.random(using: &self.generator) ? 4000 : nil
        let clock = self.clock
        let fences = self.fences
        self.configuration.clock = { clock.now }
        self.configuration.retentionFence = { topic in fences.values.withLock { $0[topic] ?? 0 } }
    }

    mutating func run() throws {
        do {
            for life in 0..<6 {
                try self.live(life)
                try self.end(life)
            }
            // Whatever happened: at last it opens without a fault, and everything is there.
            let core = try self.open()
            try self.verify(core)
            core.close()
        } catch {
            let last =
                (ProcessInfo.processInfo.environment["FLUXLOG_SEED"] == nil ? self.log.suffix(20) : self.log[...])
                .joined(separator: "\n  ")
            throw Failure(description: "seed \(self.seed): \(error)\n  last steps:\n  \(last)")
        }
    }

    private func open() throws -> LogCore {
        try LogCore(
            directory: "/d", configuration: self.configuration, files: self.disk,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
    }

    private mutating func live(_ life: Int) throws {
        if Int.random(in: 0..<5, using: &self.generator) > 0 {
            let isErrno = Bool.random(using: &self.generator)
            let number = [EIO, ENOSPC, EDQUOT, EMFILE][Int.random(in: 0..<4, using: &self.generator)]
            let call = Int.random(in: 1...(life == 0 ? 80 : 160), using: &self.generator)
            self.disk.fail(call: call, isErrno ? .errno(number) : .crash)
            self.log.append("life \(life): call \(call) will \(isErrno ? "fail with \(number)" : "be the last")")
        }
        let core: LogCore
        do {
            core = try self.open()
        } catch let error as LogError {
            // Only a fault may keep it closed, and a fault is never taken for damage.
            guard self.disk.hitFault != nil, error.code != .damaged, error.code != .locked else { throw error }
            self.log.append("did not open: \(error.code)")
            return
        }
        try self.verify(core)
        let delivered = Mutex<[[LogChunk]]>([[], []])
        for (number, topic) in core.topics.enumerated() {
            _ = topic.state.follow { chunk in delivered.withLock { $0[number].append(chunk) } }
        }
        let starts = self.models.map(\.head)
        for _ in 0..<Int.random(in: 1...14, using: &self.generator) where !self.disk.isDead {
            switch Int.random(in: 0..<10, using: &self.generator) {
            case 0: try self.trim(core)
            case 1: try self.verify(core)
            case 2: self.clock.advance(Int64.random(in: -400_000...500_000, using: &self.generator))
            default: try self.append(core)
            }
        }
        if !self.disk.isDead { try self.verify(core) }
        for (number, chunks) in delivered.withLock({ $0 }).enumerated() {
            var next = starts[number]
            for chunk in chunks {
                guard chunk.from == next else { throw Failure(description: "follower got \(chunk.from), not \(next)") }
                next = chunk.next
            }
            guard next == self.models[number].head else {
                throw Failure(description: "follower got up to \(next) of \(self.models[number].head)")
            }
        }
        if self.disk.unreserved > 0 { throw Failure(description: "a segment was written outside of what was reserved") }
        if !self.disk.isDead, Bool.random(using: &self.generator) {
            self.log.append("close")
            core.close()
        }
    }

    private mutating func end(_ life: Int) throws {
        self.noteForgetting()
        // Also at the fatal call only the process may have died: then unsynced bytes are still shown by the page cache.
        if Bool.random(using: &self.generator) {
            self.log.append("power cut")
            self.disk.crash()
        } else {
            self.log.append("kill")
            self.disk.kill()
        }
    }

    // MARK: Steps

    private mutating func append(_ core: LogCore) throws {
        var requests: [AppendRequest] = []
        let results = Mutex<[Int: Result<[Appended], LogError>]>([:])
        for number in 0..<Int.random(in: 1...5, using: &self.generator) {
            let topic = Int.random(in: 0..<4, using: &self.generator) == 0 ? 1 : 0
            var records: [Record] = []
            for _ in 0..<Int.random(in: 1...4, using: &self.generator) {
                var name = "id\(self.nextID)"
                if self.nextID > 0, Int.random(in: 0..<3, using: &self.generator) == 0 {
                    name = "id\(max(0, self.nextID - Int.random(in: 1...20, using: &self.generator)))"
                } else {
                    self.nextID += 1
                }
                // The content follows from the id, so that every copy of an id has the same.
                records.append(record(name, size: (Int(name.dropFirst(2)) ?? 0) * 37 % 700))
            }
            let sized = IdentifiedRecords(
                records,
                hashes: records.map { record in
                    identifyByID(record, core.meta.dedupKey).map { RecordHash(high: $0.0, low: $0.1) } ?? .none
                })
            requests.append(
                AppendRequest(topic: topic, records: sized) { result in
                    results.withLock { $0[number] = result.map(\.appended) }
                })
        }
        core.commit(requests)
        let answers = results.withLock { $0 }
        for (number, request) in requests.enumerated() {
            guard let answer = answers[number] else { throw Failure(description: "an append was not answered") }
            try self.check(answer, of: request, core)
        }
    }

    private mutating func check(
        _ answer: Result<[Appended], LogError>, of request: AppendRequest, _ core: LogCore
    ) throws {
        switch answer {
        case .success(let appended):
            guard appended.count == request.records.records.count else {
                throw Failure(description: "\(appended.count) answers for \(request.records.records.count) records")
            }
            for (record, one) in zip(request.records.records, appended) { try self.check(one, record, request.topic) }
            self.log.append(
                "append \(request.records.records.map { id(of: $0) }) in \(request.topic) -> \(appended.map(\.offset))")
        case .failure(let error):
            self.log.append("append \(request.records.records.map { id(of: $0) }) -> \(error.code)")
            guard self.disk.hitFault != nil || self.disk.isDead else { throw error }
            for record in request.records.records {
                let name = id(of: record)
                // One that is known may have left the window, and so be stored once more.
                if error.code == .fatal { self.models[request.topic].open[name] = record }
            }
        }
    }

    private mutating func check(_ one: Appended, _ record: Record, _ topic: Int) throws {
        let name = id(of: record)
        let known = self.models[topic].offsets[name]
        if one.isDuplicate {
            guard known == one.offset else {
                throw Failure(description: "\(name) is a duplicate of \(one.offset), the model says \(known ?? -1)")
            }
            return
        }
        guard one.offset == self.models[topic].head else {
            throw Failure(description: "\(name) got offset \(one.offset), not \(self.models[topic].head)")
        }
        self.noteForgetting()
        if let known, known >= self.models[topic].earliest || !self.mayForget,
            self.models[topic].head - known <= Int64(self.configuration.dedupEvents)
        {
            throw Failure(description: "\(name) of offset \(known) was stored again at \(one.offset)")
        }
        guard one.recordedAt.milliseconds >= self.models[topic].recordedAt else {
            throw Failure(description: "\(name) was recorded before the one in front of it")
        }
        self.models[topic].recordedAt = one.recordedAt.milliseconds
        self.models[topic].known[one.offset] = record
        self.models[topic].offsets[name] = one.offset
        self.models[topic].open[name] = nil
        self.models[topic].head = one.offset + 1
    }

    /// Only what a fault kept from being read, or a full disk from being written, may be forgotten with its segment.
    private mutating func noteForgetting() {
        guard let fault = self.disk.hitFault else { return }
        let isRead = ["pread", "open", "fstat", "stat"].contains { fault.hasPrefix($0 + " ") }
        if fault.hasSuffix(".ids") || isRead { self.mayForget = true }
    }

    private mutating func trim(_ core: LogCore) throws {
        for number in self.models.indices {
            let fence = Int64.random(
                in: self.models[number]
                    .fence...max(
                        self.models[number].fence, self.models[number].head), using: &self.generator)
            self.models[number].fence = fence
            self.fences.values.withLock { $0[self.configuration.topics[number]] = fence }
        }
        core.applyRetention()
        self.log.append("retention, fences \(self.models.map(\.fence))")
        for number in self.models.indices { try self.checkBounds(core, number) }
    }

    private mutating func checkBounds(_ core: LogCore, _ number: Int) throws {
        let bounds = core.topics[number].state.bounds
        guard bounds.earliest <= self.models[number].fence || bounds.earliest == 0 else {
            throw Failure(description: "retention went to \(bounds.earliest), past the fence")
        }
        guard bounds.earliest >= self.models[number].earliest else {
            throw Failure(description: "the start went back from \(self.models[number].earliest) to \(bounds.earliest)")
        }
        self.models[number].earliest = bounds.earliest
    }

    // MARK: What must be there

    private mutating func verify(_ core: LogCore) throws {
        for number in self.models.indices {
            // Reads meet the fault as well; that one is told, and tried again.
            let before = self.disk.hitFault != nil
            do {
                try self.verify(core, number)
            } catch let error as LogError {
                guard error.code == .io, !before, self.disk.hitFault != nil else { throw error }
                if self.disk.isDead { return }
                try self.verify(core, number)
            }
        }
    }

    private mutating func verify(_ core: LogCore, _ number: Int) throws {
        let state = core.topics[number].state
        let reader = TopicReader(state: state, files: self.disk)
        // A crash while retention removed files may bring a removed segment back.
        var model = self.models[number]
        let bounds = state.bounds
        guard bounds.earliest <= max(model.fence, 0) else {
            throw Failure(description: "starts at \(bounds.earliest), the fence is \(model.fence)")
        }
        model.earliest = bounds.earliest
        var next = bounds.earliest
        var lastTime = Int64.min
        var ids: [String: Int64] = [:]
        while true {
            let chunk = try reader.read(from: next, maxBytes: Int.random(in: 1...3000, using: &self.generator))
            if let gap = chunk.gap {
                throw Failure(
                    description: "gap \(gap), \(state.damage), \(state.view.segments.map(\.base)) \(state.view.bytes)")
            }
            for stored in chunk.records {
                guard stored.offset == next else { throw Failure(description: "read \(stored.offset), not \(next)") }
                guard stored.recordedAt.milliseconds >= lastTime else {
                    throw Failure(description: "time runs back at \(next)")
                }
                lastTime = stored.recordedAt.milliseconds
                try Self.check(stored, &model, window: Int64(self.configuration.dedupEvents), &ids)
                next += 1
            }
            guard chunk.next == next else { throw Failure(description: "next is \(chunk.next), not \(next)") }
            if chunk.reachedHead { break }
        }
        guard next == bounds.head, next >= model.head else {
            throw Failure(description: "head \(next), bounds say \(bounds.head), acknowledged up to \(model.head)")
        }
        model.head = next
        model.recordedAt = max(model.recordedAt == Int64.min ? lastTime : min(model.recordedAt, lastTime), lastTime)
        self.models[number] = model
        try self.verifyBackward(reader, model)
        try self.verifyTimes(reader, model)
    }

    private static func check(
        _ stored: StoredRecord, _ model: inout Model, window: Int64, _ ids: inout [String: Int64]
    ) throws {
        let name = id(of: stored.record)
        if let first = ids[name], stored.offset - first <= window {
            throw Failure(description: "\(name) is there twice, at \(first) and \(stored.offset)")
        }
        ids[name] = stored.offset
        if let known = model.known[stored.offset] {
            guard known == stored.record else {
                throw Failure(description: "offset \(stored.offset) is \(name), not \(id(of: known))")
            }
            return
        }
        guard stored.offset >= model.head, model.open[name] == stored.record else {
            throw Failure(description: "\(name) at \(stored.offset) was never asked for, or refused")
        }
        model.open[name] = nil
        model.known[stored.offset] = stored.record
        model.offsets[name] = stored.offset
    }

    private mutating func verifyBackward(_ reader: TopicReader, _ model: Model) throws {
        var before = Int64.random(in: model.earliest...model.head, using: &self.generator)
        for _ in 0..<3 {
            let chunk = try reader.readBackward(
                before: before, maxBytes: Int.random(in: 1...3000, using: &self.generator))
            if before == model.earliest {
                guard chunk.records.isEmpty else { throw Failure(description: "records before the start") }
                return
            }
            guard chunk.gap == nil, chunk.records.last?.offset == before - 1, chunk.next == chunk.records.first?.offset
            else {
                throw Failure(
                    description: "backward from \(before) gave \(chunk.from), gap \(String(describing: chunk.gap))")
            }
            for stored in chunk.records where model.known[stored.offset] != stored.record {
                throw Failure(description: "backward gave something else at \(stored.offset)")
            }
            before = chunk.next
        }
    }

    private mutating func verifyTimes(_ reader: TopicReader, _ model: Model) throws {
        guard model.head > model.earliest else { return }
        let offset = Int64.random(in: model.earliest..<model.head, using: &self.generator)
        guard let time = try reader.read(from: offset, maxBytes: 1).records.first?.recordedAt else { return }
        let found = try reader.offset(at: time)
        let at = try reader.read(from: found, maxBytes: 1).records.first
        guard found <= offset, at?.recordedAt == time else {
            throw Failure(description: "time of \(offset) found \(found)")
        }
        if found > model.earliest {
            let previous = try reader.readBackward(before: found, maxBytes: 1).records.last
            guard let previous, previous.recordedAt < time else {
                throw Failure(description: "time of \(offset) found \(found), which is not the first")
            }
        }
    }
}
