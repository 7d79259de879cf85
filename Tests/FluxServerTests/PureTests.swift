import CoreMetrics
import FluxEvents
import FluxLog
import FluxTesting
import FluxTiering
import NIOCore
import Testing

@testable import FluxServer

@Suite struct PureTests {
    @Test func runsOfOffsetsCountLikeASet() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var runs = OffsetRuns()
            var set: Set<Int64> = []
            var next: Int64 = 0
            for _ in 0..<30 {
                next += Int64.random(in: 0...5, using: &random)
                let length = Int64.random(in: 0...4, using: &random)
                runs.append(from: next, to: next + length)
                set.formUnion(next..<(next + length))
                next += length
            }
            if Bool.random(using: &random) {
                let below = Int64.random(in: 0...next, using: &random)
                runs.trim(below: below)
                set = set.filter { $0 >= below }
            }
            for _ in 0..<50 {
                let a = Int64.random(in: 0...next, using: &random)
                let b = Int64.random(in: a...(next + 3), using: &random)
                let expected = Int64(set.count { $0 >= a && $0 < b })
                #expect(runs.count(in: a..<b) == expected, "seed \(seed): \(a)..<\(b)")
            }
        }
    }

    private func record(_ type: String, offset: Int64, second: Int64) -> StoredRecord {
        let event = Event(
            id: "\(offset)", source: "/t", type: EventType(rawValue: type), time: Timestamp(milliseconds: 0),
            data: ByteBuffer(string: "{}"), key: ByteBuffer(string: "k"))
        return StoredRecord(
            partition: 0, offset: offset, recordedAt: Timestamp(milliseconds: second * 1000), record: event.record())
    }

    @Test func countsDoNotCountTwiceAndKnowGaps() {
        var counts = EventCounts(epoch: 5, earliest: 10)
        let records = [
            record("cloud.upload", offset: 10, second: 100), record("system.inventory", offset: 11, second: 100),
            record("com.example.x", offset: 12, second: 101),
        ]
        let chunk = LogChunk(records: records, from: 10, next: 13, reachedHead: true)
        counts.fold(chunk)
        counts.fold(chunk)
        #expect(counts.listed == 12)
        #expect(counts.byType == ["cloud.upload": 1, "com.example.x": 1])
        #expect(counts.inventory == 1)
        #expect(counts.listed(in: 10..<13) == 2)
        let gap = LogGap(from: 13, to: 20, reason: .damage)
        counts.fold(
            LogChunk(
                records: [record("cloud.upload", offset: 20, second: 105)], from: 20, next: 21, gap: gap,
                reachedHead: true))
        #expect(counts.position == 21)
        #expect(counts.listed(in: 10..<21) == 3)
        #expect(counts.perSecond(at: Timestamp(milliseconds: 106_000)) == 0.3)
        #expect(counts.perSecond(at: Timestamp(milliseconds: 200_000)) == 0)
        let again = EventCounts(file: counts.file())
        #expect(again?.byType == counts.byType && again?.position == 21 && again?.unlisted == counts.unlisted)
        #expect(again?.listed == counts.listed && again?.epoch == 5)
        #expect(EventCounts(file: ByteBuffer(string: "{}")) == nil)
        #expect(EventCounts(file: ByteBuffer(string: #"{"version":99}"#)) == nil)
    }

    private func chunk(_ offsets: Range<Int64>) -> LogChunk {
        LogChunk(
            records: offsets.map { record("cloud.upload", offset: $0, second: 1) }, from: offsets.lowerBound,
            next: offsets.upperBound, reachedHead: true)
    }

    @Test func whatCameIsCountedWhenItIsAskedForAndWhatIsMissingIsNamed() {
        var counted = CountedSoFar(EventCounts(epoch: 1, earliest: 0))
        #expect(counted.add(chunk(0..<3)) == false)
        #expect(counted.add(chunk(3..<5)) == false)
        #expect(counted.counts.listed == 0)
        #expect(counted.fold() == nil)
        #expect(counted.counts.listed == 5)
        // 5 to 9 never came.
        #expect(counted.add(chunk(9..<12)) == false)
        #expect(counted.add(chunk(12..<13)) == false)
        #expect(counted.fold() == 9)
        #expect(counted.counts.listed == 5)
        counted.fold(read: chunk(5..<10))
        #expect(counted.fold() == nil)
        #expect(counted.counts.listed == 13)
    }

    @Test func whatIsTooMuchToKeepIsReadFromTheLog() {
        var counted = CountedSoFar(EventCounts(epoch: 1, earliest: 0))
        let most = Int64(CountedSoFar.maximumWaiting)
        let enough = (0...most).filter { counted.add(chunk($0..<$0 + 1)) }
        #expect(enough == Array(Int64(CountedSoFar.enoughChunks) - 1...most - 1))
        #expect(counted.fold() == most)
        counted.fold(read: chunk(0..<most))
        #expect(counted.fold() == nil)
        #expect(counted.counts.listed == most + 1)
        // One large group is enough.
        #expect(counted.add(chunk(most + 1..<most + 1 + Int64(CountedSoFar.enoughRecords))) == true)
        #expect(counted.fold() == nil)
        let next = counted.counts.position
        #expect(counted.add(chunk(next..<next + 1)) == false)
    }

    @Test func refusedConnectionsAreToldTogether() {
        let sockets = SocketCount()
        let start = NIODeadline.uptimeNanoseconds(1)
        #expect(sockets.refusedToTell(at: start) == 1)
        for _ in 0..<1000 { #expect(sockets.refusedToTell(at: start + .seconds(9)) == nil) }
        #expect(sockets.refusedToTell(at: start + .seconds(10)) == 1001)
        #expect(sockets.cuts(.tooMany) == 1002 && sockets.cuts(.stalled) == 0)
    }

    @Test func exportsAreCountedOnceHoweverTheyEnd() throws {
        let gate = ExportGate(limit: 2)
        let whole = try #require(gate.enter())
        var dropped = gate.enter()
        #expect(dropped != nil && gate.enter() == nil)
        #expect(gate.counts == ExportGate.Counts(running: 2, whole: 0, cut: 0, refused: 1))
        whole.leave(whole: true)
        whole.leave()
        // One whose answer is never written.
        dropped = nil
        #expect(gate.counts == ExportGate.Counts(running: 0, whole: 1, cut: 1, refused: 1))
    }

    @Test func typesAreCountedByNameUpToALimit() {
        var counts = EventCounts(epoch: 1, earliest: 0)
        let records = (0..<1_200).map { record("com.example.t\($0)", offset: Int64($0), second: 1) }
        counts.fold(LogChunk(records: records, from: 0, next: 1_200, reachedHead: true))
        #expect(counts.byType.count == EventCounts.maximumTypes + 1)
        #expect(counts.byType["other"] == 200)
        #expect(counts.listed == 1_200)
    }

    @Test func queriesOfAnyBytesAreReadOrRefused() throws {
        let parameters: [Parameter] = [
            .query("a", .text(maximum: 10), ""), .query("n", .integer(1...5), ""), .query("t", .time, ""),
            .query("f", .flag, ""),
        ]
        let alphabet = Array("an=&%+20Ftf;#é\u{0}1")
        for seed in 1...3_000 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            let text = String(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
            do {
                let query = try QueryParameters(Substring(text), for: parameters)
                if let n = query["n"] { #expect((1...5).contains(Int(n) ?? 0), "seed \(seed)") }
                #expect((query["a"]?.count ?? 0) <= 10)
            } catch {
                #expect(error.status == 400, "seed \(seed)")
            }
        }
        let good = try QueryParameters("a=x+%C3%A9&n=3&t=2026-01-01T00:00:00+01:00", for: parameters)
        #expect(good["a"] == "x é")
        #expect(good.integer("n", standard: 1) == 3)
        #expect(good.time("t") == Timestamp(rfc3339: "2025-12-31T23:00:00Z"))
    }

    @Test func aSimulationIsTheSameForTheSameSeedAndWithinItsLimits() {
        let candidates = (0..<120).map { (number: Int) -> SimulationPlan.Candidate in
            let object = ObjectRef(provider: .file, bucket: "/b", key: Array("f\(number)".utf8))
            let reads: [Double] = number < 7 ? [1_000, 1_060, 1_030 + Double(number)] : []
            return SimulationPlan.Candidate(object: object, size: number % 3 == 0 ? nil : 5, reads: reads)
        }
        for seed in [0, 1, 99, 9_007_199_254_740_991] as [UInt64] {
            for speed in [nil, 1.0, 60, 10_000_000] as [Double?] {
                for objects in [1, 10, 100] {
                    let request = SimulationPlan.Request(objects: objects, speed: speed, seed: seed)
                    let plan = SimulationPlan(request, of: candidates)
                    let again = SimulationPlan(request, of: candidates.reversed())
                    #expect(plan.steps.map(\.data) == again.steps.map(\.data))
                    #expect(!plan.steps.isEmpty && plan.steps.count <= ReadSimulation.maximumReads)
                    #expect(plan.steps.allSatisfy { $0.after >= .zero && $0.after <= .seconds(60) })
                    #expect(Set(plan.steps.map(\.object)).isSubset(of: candidates.map(\.object)))
                    // Those with recorded reads come first.
                    if objects == 1 { #expect(plan.recorded == plan.steps.count) }
                    for step in plan.steps {
                        let data = try? JSONDocument.parse(step.data).root
                        let problems = data.map { Schemas.validate(data: $0, type: .download) }
                        #expect(problems?.isEmpty == true, "\(String(buffer: step.data)) \(problems ?? [])")
                    }
                }
            }
        }
    }

    @Test func pathsFindTheirRoutes() {
        let template = PathTemplate("/api/stores/{id}/pause")
        #expect(template.match(PathTemplate.segments(of: "/api/stores/st_1/pause")) == ["id": "st_1"])
        #expect(template.match(PathTemplate.segments(of: "/api/stores/a%2Fb/pause")) == ["id": "a/b"])
        for path in ["/api/stores//pause", "/api/stores/x/pause/", "/api/stores/x", "/api/stores/%zz/pause", "/"] {
            #expect(template.match(PathTemplate.segments(of: Substring(path))) == nil, "\(path)")
        }
    }

    @Test func metricNamesAndLabelsAreMadeFit() {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "HB.requests-sent", dimensions: [("path", "a\"b\\c\nd")]).increment(by: 2)
        registry.makeTimer(label: "took", dimensions: []).recordNanoseconds(1_500_000)
        registry.counter("cloudflux_x_total", help: "X.").increment(by: Int64(-4))
        let text = String(buffer: registry.text())
        #expect(text.contains("cloudflux_hb_requests_sent_total{path=\"a\\\"b\\\\c\\nd\"} 2\n"))
        #expect(text.contains("cloudflux_took_seconds_bucket{le=\"0.0025\"} 1\n"))
        #expect(text.contains("cloudflux_took_seconds_bucket{le=\"0.001\"} 0\n"))
        #expect(text.contains("cloudflux_x_total 0\n"))
    }
}
