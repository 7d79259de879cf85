import Dispatch
import FluxEvents
import FluxLog
import FoundationEssentials
import GRDB
import Logging
import Synchronization

extension Catalog {
    /// What was read ahead, decoded.
    private struct Piece: Sendable {
        var observations: [Observed]
        var next: Int64
        var gap: LogGap?
        var reachedHead: Bool
    }

    /// Follows the log until it is cancelled: reads by position, near the head takes what the log delivers, folds each
    /// piece with the position in one transaction, makes snapshots. Makes one more on the way out where that is worth it.
    ///
    /// It stays, with the state saying why, where it cannot go on: waiting for room on the disk, or stopped for good.
    /// So a catalogue that has stopped does not end a group of services.
    public func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (pressing, press) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let followed = FollowedEvents(at: log.bounds().head, limit: configuration.followedObjects)
        let follower = log.follow { chunk in
            // At an ordinary rate nobody is woken but who folds, and that one not more often than it wants to.
            if followed.deliver(chunk) { press.yield() }
            wake.yield()
        }
        defer { follower.cancel() }
        async let _: Void = {
            for await _ in pressing { followed.look() }
        }()
        defer { press.finish() }
        var warmed = false
        DispatchQueue.global(qos: .utility).async { self.examineSnapshots() }
        setState(.behind(events: 0))
        do {
            var piece = try await next(from: position, followed)
            while !Task.isCancelled, !isStopped {
                if let gap = piece.gap {
                    try await cross(gap)
                    piece = try await next(from: position, followed)
                    continue
                }
                if piece.reachedHead {
                    let began = ContinuousClock.now
                    try await foldPersistently(piece)
                    if position >= log.bounds().head {
                        setState(.following)
                        if !warmed {
                            warmed = true
                            warm()
                        }
                    }
                    snapshotIfGrown(by: configuration.snapshotEvents)
                    var iterator = wakes.makeAsyncIterator()
                    // What was delivered since this piece was taken has left a wake, or will.
                    _ = await iterator.next()
                    // What comes one by one in quick succession is folded together, unless somebody waits for it.
                    let rest = configuration.foldInterval - (ContinuousClock.now - began)
                    if rest > .zero, progress.withLock({ $0.waiters.isEmpty }) { try await Task.sleep(for: rest) }
                    try await passForeign(followed, until: began + configuration.foreignDelay)
                    piece = try await next(from: position, followed)
                } else {
                    if case .following = state {} else { setState(.behind(events: 0)) }
                    // The next piece is read and decoded while SQLite writes this one.
                    let current = piece
                    async let ahead = next(from: current.next, followed)
                    try await foldPersistently(current)
                    snapshotIfGrown(by: configuration.snapshotEvents)
                    piece = try await ahead
                }
            }
        } catch let error as CatalogError {
            stop(error)
        } catch is CancellationError {
        } catch let error as LogError where error.code == .closed {
        } catch {
            stop(CatalogError(.logUnreadable, "The catalogue cannot read the log: \(error)", underlying: error))
        }
        if isStopped { await untilCancelled(wakes) }
        await snapshotAtStop()
        setState(.idle)
        // Who waits for a fold that nobody makes any more would hold up the stop.
        let waiting = progress.withLock { $0.waiters.takeAll() }
        for continuation in waiting { continuation.resume(throwing: CancellationError()) }
    }

    /// Waits while all that is new leaves the catalogue as it is, and nobody waits for it to be read: a transaction that
    /// says no more than that costs as much as one that folds something.
    private func passForeign(_ followed: FollowedEvents, until end: ContinuousClock.Instant) async throws {
        let interval = configuration.foldInterval
        while interval > .zero, ContinuousClock.now < end {
            guard progress.withLock({ $0.waiters.isEmpty }), followed.isForeign(from: position) else { return }
            try await Task.sleep(for: interval)
        }
    }

    /// What is folded next: what was delivered, else one read, and far behind the head several.
    private func next(from offset: Int64, _ followed: FollowedEvents) async throws -> Piece {
        if let (observations, next) = followed.take(from: offset) {
            return Piece(observations: observations, next: next, reachedHead: true)
        }
        var piece = try await readPiece(from: offset)
        var reads = 1
        while !piece.reachedHead, piece.gap == nil, reads < configuration.catchUpReads {
            let more = try await readPiece(from: piece.next)
            // What lies before a gap is folded first; then the gap is met again.
            if more.gap != nil { break }
            piece.observations += more.observations
            piece.next = more.next
            piece.reachedHead = more.reachedHead
            reads += 1
        }
        return piece
    }

    private func readPiece(from offset: Int64) async throws -> Piece {
        while true {
            do {
                let chunk = try await log.read(from: offset, maxBytes: configuration.foldBytes)
                return Piece(
                    observations: ObservationDecoder.decode(chunk.records), next: chunk.next, gap: chunk.gap,
                    reachedHead: chunk.reachedHead)
            } catch {
                guard error.code == .io else { throw error }
                setState(.waiting(reason: "The catalogue cannot read the log at event \(offset): \(error.message)"))
                try await Task.sleep(for: configuration.retryDelay)
            }
        }
    }

    // MARK: Folding

    /// Folds a piece; a disk that is full or may not be written is waited for.
    private func foldPersistently(_ piece: Piece) async throws {
        guard piece.next > position else { return }
        while true {
            do {
                return try await fold(piece)
            } catch let error as CatalogError {
                guard [.diskFull, .readOnly, .storage].contains(error.code) else { throw error }
                if case .waiting = state {} else { logger.warning("\(error.message)") }
                setState(.waiting(reason: error.message))
                try await Task.sleep(for: configuration.retryDelay)
            }
        }
    }

    private func fold(_ piece: Piece) async throws {
        let (outcome, state): (FoldOutcome, CatalogPosition?)
        do {
            (outcome, state) = try await pool.write { [configuration] db in
                let outcome = try CatalogWriter.fold(
                    db, piece.observations, next: piece.next, configuration: configuration)
                try CatalogDatabase.fitWriteAheadLog(db)
                return (outcome, try CatalogPosition.read(db))
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw failed(error, "Updating the catalogue")
        }
        index.apply(outcome)
        hottestReads.apply(outcome)
        advance(to: piece.next, state)
    }

    private func advance(to next: Int64, _ state: CatalogPosition?) {
        let ready = progress.withLock { progress in
            progress.position = next
            progress.unreadable = state?.unreadable ?? progress.unreadable
            progress.beginsAt = state?.beginsAt ?? progress.beginsAt
            if case .waiting = progress.state { progress.state = .behind(events: 0) }
            return progress.waiters.take(before: next)
        }
        for continuation in ready { continuation.resume() }
    }

    // MARK: Gaps

    /// Damage stops the catalogue. What a repair left out is passed over: a person knows of it. Events that retention removed before they were folded mean beginning anew: from the
    /// newest snapshot that the log can continue, else from the earliest event.
    private func cross(_ gap: LogGap) async throws {
        if gap.reason == .repair {
            try await foldPersistently(Piece(observations: [], next: gap.to, reachedHead: false))
            progress.withLock { $0.leftOut += gap.count }
            logger.notice(
                "Events \(gap.from) to \(gap.to - 1) were lost before a repair of the log; the catalogue goes on behind them. The stores' next comparison tells what is different in them."
            )
            return
        }
        guard gap.reason == .retention else {
            throw CatalogError(
                .logDamaged,
                "The catalogue has stopped at event \(gap.from): the log is damaged there (\(gap.count) events cannot "
                    + "be read). Run `cloudflux log verify`, then `cloudflux log repair` with the server stopped.")
        }
        let bounds = log.bounds()
        logger.warning(
            "The log no longer has events \(gap.from) to \(gap.to - 1), which the catalogue had not read; it begins anew."
        )
        let earliest = bounds.earliest
        let copy = path + ".anew"
        defer { CatalogDatabase.remove(copy) }
        let name = CatalogOpening.candidates(snapshots, log).first {
            (try? snapshots.restore($0, to: copy, as: bounds.epoch, upgrades: true)) ?? false
        }
        do {
            try await pool.writeWithoutTransaction { db in
                try Self.replace(db, with: name == nil ? nil : copy, epoch: bounds.epoch, earliest: earliest)
            }
        } catch {
            throw failed(error, "Beginning the catalogue anew")
        }
        index.reset()
        hottestReads.reset()
        let state = try? await pool.read { try CatalogPosition.read($0) }
        advance(to: state?.position ?? earliest, state)
    }

    /// Puts a snapshot's rows, or none, in the place of all rows.
    private static func replace(_ db: Database, with snapshot: String?, epoch: UInt64, earliest: Int64) throws {
        if let snapshot { try db.execute(sql: "ATTACH DATABASE ? AS snapshot", arguments: [snapshot]) }
        defer { if snapshot != nil { try? db.execute(sql: "DETACH DATABASE snapshot") } }
        try db.inTransaction {
            for table in CatalogSchema.tableNames { try db.execute(sql: "DROP TABLE main.\(table)") }
            try CatalogSchema.create(db, epoch: epoch, position: earliest)
            if snapshot != nil {
                for table in CatalogSchema.tableNames {
                    try db.execute(sql: "DELETE FROM main.\(table)")
                    try db.execute(sql: "INSERT INTO main.\(table) SELECT * FROM snapshot.\(table)")
                }
                if var state = try CatalogPosition.read(db) {
                    state.epoch = epoch
                    try state.write(db)
                }
            }
            return .commit
        }
    }

    // MARK: States

    /// Does nothing once the catalogue has stopped: that is for good.
    private func setState(_ state: CatalogState) {
        progress.withLock { progress in
            if case .stopped = progress.state { return }
            progress.state = state
        }
    }

    private var isStopped: Bool {
        if case .stopped = progress.withLock({ $0.state }) { return true }
        return false
    }

    /// Our error for what SQLite threw, whoever asked it. Damage ends the fold, and has the next start replace the file.
    func failed(_ error: any Error, _ doing: String) -> CatalogError {
        let error = CatalogDatabase.error(error, doing, path: path)
        if error.code == .damaged { stop(error) }
        return error
    }

    private func stop(_ error: CatalogError) {
        let (isNew, isNewDamage, waiting) = progress.withLock { progress in
            let isNewDamage = error.code == .damaged && !progress.isDamaged
            progress.isDamaged = progress.isDamaged || isNewDamage
            if case .stopped = progress.state { return (false, isNewDamage, progress.waiters.takeAll()) }
            progress.state = .stopped(reason: error.message)
            return (true, isNewDamage, progress.waiters.takeAll())
        }
        if isNewDamage {
            FileTools.mark(directory + "/" + CatalogOpening.damagedMark)
        }
        if isNew || isNewDamage { logger.error("The catalogue has stopped: \(error.message)") }
        for continuation in waiting { continuation.resume(throwing: error) }
    }

    private func untilCancelled(_ wakes: AsyncStream<Void>) async {
        for await _ in wakes where Task.isCancelled { break }
    }
}
