import FluxEvents
import FluxStores
import Logging

extension BucketRunner {
    /// How long messages that were taken are hidden (seconds). What a request took whose answer never came, as at a restart,
    /// comes so much later; what takes longer comes twice, and is told once.
    private static var hidden: Int { 30 }
    /// How long a queue is left alone after it could not be asked.
    private static var pause: Duration { .seconds(5) }

    /// Takes messages until the task is cancelled. A message is deleted when what it tells is on disk, and not before.
    func listen(_ queue: SQSQueue) async {
        while !Task.isCancelled, !stopping {
            do {
                let messages = try await queue.receive(wait: 20, hidden: Self.hidden)
                let wasTroubled = notifications.trouble != nil
                notifications.trouble = nil
                let done = try await take(messages)
                if wasTroubled || !done.isEmpty { publish() }
                try await queue.delete(done)
            } catch is CancellationError {
                return
            } catch let error as StoreError where error.code == .cancelled {
                return
            } catch {
                if notifications.trouble == nil {
                    logger.warning("queue cannot be read", metadata: ["store": "\(storeURL)", "error": "\(error)"])
                }
                notifications.trouble = "Notifications: \(error)"
                publish()
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// What of these messages is done with: their receipts.
    private func take(_ messages: [SQSQueue.Message]) async throws -> [String] {
        guard !messages.isEmpty else { return [] }
        var read: [(receipt: String, told: [BucketNotification])] = []
        for message in messages {
            do throws(NotificationReader.Failure) {
                let told = try NotificationReader.read(message.body)
                if let other = told.first(where: { $0.bucket != setup.record.bucket }) {
                    leaveAlone("one is of the bucket “\(other.bucket.prefix(255))”")
                    continue
                }
                read.append((message.receipt, told.filter { $0.key.starts(with: setup.prefix) }))
            } catch {
                leaveAlone(error.description)
            }
        }
        let now = try await look(at: read.flatMap(\.told))
        return try await exclusively {
            for message in read {
                for told in message.told {
                    try await self.tell(told, now: now[told.key] ?? nil, by: .notification(told))
                }
            }
            try await self.flush()
            return read.map(\.receipt)
        }
    }

    /// A message that is none of ours stays in its queue.
    private func leaveAlone(_ why: String) {
        notifications.strange += 1
        if notifications.strange == 1 {
            logger.warning(
                "a message of the queue is left in it", metadata: ["store": "\(storeURL)", "reason": "\(why)"])
        }
        notifications.strangeWhy = why
        publish()
    }

    /// What is there now, of each key that is told of: asked all at once.
    private func look(at told: [BucketNotification]) async throws -> [[UInt8]: BucketObject?] {
        let keys = Set(told.filter(\.isOfInterest).map(\.key))
        let client = client
        return try await withThrowingTaskGroup(of: ([UInt8], BucketObject?).self) { tasks in
            for key in keys { tasks.addTask { (key, try await client.head(key)) } }
            var found: [[UInt8]: BucketObject?] = [:]
            for try await (key, object) in tasks { found[key] = object }
            return found
        }
    }

    /// Tells what CloudTrail's records mean; returns when it is on disk.
    func take(trail told: [BucketNotification]) async throws {
        let now = try await look(at: told)
        try await exclusively {
            for told in told { try await self.tell(told, now: now[told.key] ?? nil, by: .cloudTrail(told)) }
            try await self.flush()
        }
    }

    private func tell(
        _ told: BucketNotification, now: BucketObject?, by detection: BucketEvents.Detection
    ) async throws {
        // Whatever a listing under way has seen of it may be older.
        if listing != nil { touched.insert(told.key) }
        let before = try await lookup(told.key)
        let verdict = NotificationRule.verdict(
            told, before: before, now: now, isOld: notifications.sequencers.isOld(told))
        notifications.sequencers.note(told)
        let clock = Timestamp.now()
        switch verdict {
        case .nothing: return
        case .upload(let object):
            put(events.upload(object, before: before, by: detection, now: clock), object, before: before)
        case .storageClass(let object):
            guard let before else { return }
            put(events.storageClass(object, before: before, by: detection, now: clock), object, before: before)
        case .restore(let object, let status):
            guard let before else { return }
            var until: Timestamp?
            if case .restored(let time) = told.what { until = time }
            tell(events.restore(object, status, until: until, before: before, by: detection, now: clock))
        case .delete(let marker):
            guard let before else { return }
            remove(events.delete(before, marker: marker, by: detection, now: clock), before)
        }
        // What is told next may be of the same key: it needs an offset to be told from this.
        try await flush()
    }

    // MARK: One at a time

    /// Runs what must not mix with anything else that tells: a stretch of a listing, a batch of messages.
    func exclusively<T: Sendable>(_ body: () async throws -> T) async rethrows -> T {
        while isTelling { await withCheckedContinuation { waiting.append($0) } }
        isTelling = true
        defer {
            isTelling = false
            if !waiting.isEmpty { waiting.removeFirst().resume() }
        }
        return try await body()
    }
}

/// How a bucket's queue is doing.
struct BucketQueueState: Sendable {
    var sequencers = SequencerBook()
    /// Messages that are none of ours.
    var strange: Int64 = 0
    var strangeWhy = ""
    /// Why the queue cannot be read now.
    var trouble: String?
}
