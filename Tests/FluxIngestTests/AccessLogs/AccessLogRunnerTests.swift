import FluxEvents
import FluxLog
import FluxStores
import Testing

@testable import FluxIngest

@Suite struct AccessLogRunnerTests {
    private static let time: Int64 = Timestamp.now().milliseconds / 1000 - 3 * 86_400

    private static func with(
        _ logs: FakeLogBucket = FakeLogBucket(), detail: AccessDetail = .each, _ body: (LogWorld) async throws -> Void
    ) async throws {
        let world = try LogWorld(logs: logs, detail: detail)
        do { try await body(world) } catch {
            await world.end()
            throw error
        }
        await world.end()
    }

    private static func put(_ world: LogWorld, at time: Int64, _ ids: [String], unique: String = "A") {
        world.logs.put(
            "log/" + LogText.name(time, unique), ids.map { LogText.line(id: $0, key: "data/\($0)") }.joined())
    }

    @Test func filesAreReadOnceInTheOrderOfTheirNames() async throws {
        try await Self.with { world in
            Self.put(world, at: Self.time + 60, ["b"])
            Self.put(world, at: Self.time, ["a", "a"])
            try await world.runner.look()
            try await world.runner.look()
            #expect(world.logs.reads == [Self.time, Self.time + 60].map { "log/" + LogText.name($0, "A") })
            // Late, but within the hour; the third line was in another file already.
            Self.put(world, at: Self.time + 30, ["c"], unique: "B")
            Self.put(world, at: Self.time + 90, ["d", "a", "b"])
            try await world.runner.look()
            #expect(try await world.told().map { String($0.prefix(6)) } == ["data/a", "data/b", "data/c", "data/d"])
            let data = await world.data
            #expect(data.files == 4 && data.lines == 7 && data.trouble == nil)
            #expect(data.through == Timestamp(milliseconds: 1_795_996_800_000))
            // Another start knows what was read.
            world.restart()
            try await world.runner.look()
            #expect(world.logs.reads.count == 4)
            #expect(await world.data.through == data.through)
        }
    }

    @Test func whatIsDeliveredWithAnOldNameIsFoundOnceADay() async throws {
        try await Self.with { world in
            Self.put(world, at: Self.time, ["a"])
            try await world.runner.look()
            Self.put(world, at: Self.time - 86_400, ["late"])
            try await world.runner.look()
            #expect(try await world.told().count == 1)
            // The first look of a run is at the last seven days whole.
            world.restart()
            try await world.runner.look()
            #expect(try await world.told().count == 2)
        }
    }

    @Test(arguments: [AccessDetail.each, .hour, .day])
    func leftBetweenTellingAndMarkingAFileSaysNothingTwice(_ detail: AccessDetail) async throws {
        try await Self.with(detail: detail) { world in
            Self.put(world, at: Self.time, (0..<2500).map { "k\($0)" })
            try await world.runner.look()
            #expect(try await world.told().count == 2500)
            // As it was before the mark: the file is begun and no more.
            try await world.forgetMarks()
            world.restart()
            try await world.runner.look()
            #expect(world.logs.reads.count == 2)
            #expect(try await world.told().count == 2500)
        }
    }

    @Test func leftInTheMiddleOfTellingAFileIsToldToItsEndAndNothingTwice() async throws {
        try await Self.with(detail: .hour) { world in
            Self.put(world, at: Self.time, (0..<2500).map { "k\($0)" })
            let log = RefusingLog(world.embedded.topic("events"))
            log.breakAfter(1)
            world.restart(log: log)
            await #expect(throws: (any Error).self) { try await world.runner.look() }
            #expect(try await world.told().count == 1000)
            // In the same process, and with another detail, which holds from the next file on.
            log.mend()
            try await world.runner.look()
            #expect(try await world.told().count == 2500)
            world.options.accessDetail = .each
            Self.put(world, at: Self.time + 1, ["x", "x2"])
            world.restart()
            try await world.runner.look()
            #expect(try await world.told().count == 2502)
            #expect(try await Set(world.fold.events().map(\.event.id)).count == 2502)
        }
    }

    @Test func aFullDiskIsWaitedFor() async throws {
        try await Self.with { world in
            Self.put(world, at: Self.time, ["a"])
            let log = RefusingLog(world.embedded.topic("events"))
            log.refuse(3)
            world.restart(log: log)
            try await world.runner.look()
            #expect(try await world.told().count == 1 && log.tried == 4)
            #expect(await world.runner.blocked == nil)
        }
    }

    @Test func aLargeFileIsReadInPieces() async throws {
        try await Self.with(detail: .day) { world in
            let (count, agent) = (3000, String(repeating: "x", count: 2000))
            world.logs.put(
                "log/" + LogText.name(Self.time), (0..<count).map { LogText.line(id: "R\($0)", agent: agent) }.joined())
            try await world.runner.look()
            #expect(try await world.told() == ["data/a arn:aws:iam::1:user/u \(count) \(count * 100)"])
            #expect(world.logs.largest == AccessLogRunner.pieceBytes)
        }
    }

    @Test func beyondTheDailyNumberReadsAreToldByTheHour() async throws {
        try await Self.with(detail: .automatic) { world in
            Self.put(world, at: Self.time, ["a"])
            try await world.runner.look()
            try await world.sources.addReads(
                AccessDetail.automaticReads, store: "st_a logs", day: world.logs.modified.day)
            world.logs.put(
                "log/" + LogText.name(Self.time + 1), LogText.line(id: "1") + LogText.line(id: "2"))
            try await world.runner.look()
            #expect(try await world.told().last == "data/a arn:aws:iam::1:user/u 2 200")
        }
    }

    @Test func whatCannotBeReadIsToldAndTheRestGoesOn() async throws {
        try await Self.with { world in
            world.logs.put("log/README", "hello")
            Self.put(world, at: Self.time, ["a"])
            world.logs.put(
                "log/" + LogText.name(Self.time + 1), "this\nis no log\n" + LogText.line(id: "b", key: "data/b"))
            world.logs.put("log/" + LogText.name(Self.time + 2), "", storageClass: "DEEP_ARCHIVE")
            let broken = "log/" + LogText.name(Self.time + 3)
            world.logs.put(broken, "x")
            world.logs.fail(broken, StoreError(code: .denied, message: "It may not be read."))
            Self.put(world, at: Self.time + 4, ["c"])
            try await world.runner.look()
            await world.runner.publish()
            #expect(try await world.told().count == 3)
            let trouble = try #require(await world.data.trouble)
            for words in [
                "1 objects under s3://logs/log/ have no name of a log file", "“log/README”", "2 lines of log files",
                "1 log files under s3://logs/log/ lie in an archive", "1 log files could not be read",
                "It may not be read.",
            ] { #expect(trouble.contains(words), "\(words) in \(trouble)") }
            // It may be read again.
            world.logs.fail(broken, nil)
            try await world.runner.look()
            #expect(await world.data.files == 4)
            #expect(await world.data.unreadableLines == 3)
        }
    }

    @Test func aBucketThatLetsNothingBeReadIsNotAskedForEachFile() async throws {
        try await Self.with { world in
            for number in 0..<20 {
                let key = "log/" + LogText.name(Self.time + Int64(number))
                world.logs.put(key, "x")
                world.logs.fail(key, StoreError(code: .denied, message: "allow s3:GetObject"))
            }
            await #expect(throws: StoreError.self) { try await world.runner.look() }
            #expect(await world.runner.refusals.count == FileRefusals.maximum)
        }
    }

    @Test func filesPartedByDateAreReadOfTheStoresBucketAlone() async throws {
        try await Self.with { world in
            let stamp = LogText.name(Self.time)
            let folder = stamp.prefix(10).replacing("-", with: "/")
            for (account, bucket) in [
                ("123456789012", "my-bucket"), ("923456789012", "my-bucket"), ("123456789012", "other"),
            ] {
                world.logs.put(
                    "log/\(account)/eu-west-1/\(bucket)/\(folder)/\(stamp)",
                    LogText.line(id: account + bucket, key: "data/\(account)"))
            }
            try await world.runner.look()
            try await world.runner.look()
            #expect(
                try await Set(world.told().map { String($0.prefix(17)) }) == ["data/123456789012", "data/923456789012"])
            #expect(world.logs.reads.count == 2)
        }
    }

    @Test func runningItLooksAgainAndSaysWhatIsWrong() async throws {
        try await Self.with { world in
            let board = StatusBoard(
                StoreStatus(
                    id: "st_a", url: "", provider: "aws", bucket: "", state: .watching, addedAt: .now(), origin: .api))
            let runner = world.runner
            let task = Task { await runner.run { board.status.accessData = $0 } }
            let deadline = Monotonic.now() + 240_000
            while board.status.accessData == nil, Monotonic.now() < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
            Self.put(world, at: Self.time, ["a"])
            while board.status.accessData?.files != 1, Monotonic.now() < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
            task.cancel()
            await task.value
            #expect(board.status.accessData?.files == 1)
            #expect(try await world.told().count == 1)
        }
    }

    @Test func filesThatNoListingAsksForAreForgotten() async throws {
        try await Self.with(
            FakeLogBucket(modified: Timestamp(milliseconds: Timestamp.now().milliseconds - 20 * 86_400_000))
        ) {
            world in
            let old = Self.time - 20 * 86_400
            for hour in 0..<100 { Self.put(world, at: old + Int64(hour) * 3600, ["k\(hour)"]) }
            try await world.runner.look()
            #expect(try await world.sources.remembered() == 100)
            world.restart()
            try await world.runner.look()
            // What lies near the newest name is listed again, and so has to be remembered.
            let left = try await world.sources.remembered()
            #expect(left >= 49 && left < 60)
            world.restart()
            try await world.runner.look()
            #expect(try await world.told().count == 100)
            #expect(world.logs.reads.count == 100)
        }
    }
}
