import FluxEvents
import FluxLog
import FluxStores
import Logging
import NIOCore

extension AccessLogRunner {
    /// Bytes of a file that are read at once: a large file is never held whole.
    static var pieceBytes: Int { 4 << 20 }
    /// Files whose beginning is asked for ahead: most are small, and asking takes longer than reading.
    static var filesAhead: Int { 4 }

    /// Reads files in their order.
    func read(_ files: [LogFile], _ sources: SourcesFile) async throws {
        var ahead: [Task<ByteBuffer, any Error>] = []
        defer { for task in ahead { task.cancel() } }
        for (number, file) in files.enumerated() {
            while ahead.count < Self.filesAhead, number + ahead.count < files.count {
                ahead.append(beginning(of: files[number + ahead.count]))
            }
            let first = ahead.removeFirst()
            do {
                try await read(file, beginning: first, sources)
                refusals.succeeded()
            } catch let error as StoreError where error.code == .notFound {
                // A rule of its bucket removed it meanwhile. Where the bucket itself is gone the next listing says so.
                continue
            } catch let error as StoreError where error.code == .denied || error.code == .refused {
                if !refusals.refused(Self.text(file.key), error.message) { throw error }
            }
            try Task.checkCancellation()
        }
    }

    private func beginning(of file: LogFile) -> Task<ByteBuffer, any Error> {
        let bucket = bucket
        return Task { try await bucket.read(file.key, from: 0, count: Int(min(file.size, Int64(Self.pieceBytes)))) }
    }

    private func read(
        _ file: LogFile, beginning: Task<ByteBuffer, any Error>, _ sources: SourcesFile
    ) async throws {
        var piece = try await withTaskCancellationHandler {
            try await beginning.value
        } onCancel: {
            beginning.cancel()
        }
        let unit = try await sources.begin(store: setup.position, file, setup.options.accessDetail)
        let memory = memory
        copies.leaveFile()
        var reader = ReadAggregator(
            file: file.key, unit: unit, scope: setup.scope, storeID: setup.storeID,
            events: ReadEvents(source: setup.source, bucket: String(decoding: setup.scope.bucket, as: UTF8.self)),
            copies: copies, isTold: { memory.contains($0) })
        var offset: Int64 = 0
        while offset < file.size {
            guard piece.readableBytes > 0 else {
                throw StoreError(
                    code: .refused, message: "The log file “\(Self.text(file.key))” is shorter than its bucket says.")
            }
            offset += Int64(piece.readableBytes)
            try await tell(piece.withUnsafeReadableBytes { reader.feed($0) })
            guard offset < file.size else { break }
            let count = Int(min(file.size - offset, Int64(Self.pieceBytes)))
            piece = try await bucket.read(file.key, from: offset, count: count)
        }
        try await tell(reader.finish())
        try await sources.mark(store: setup.position, file, reads: reader.reads, through: reader.through)
        copies = reader.copies
        note(reader, file)
    }

    private func note(_ reader: ReadAggregator, _ file: LogFile) {
        data.files += 1
        data.lines += reader.lines
        data.unreadableLines += reader.unreadable.count
        if let through = reader.through {
            data.through = max(data.through ?? .earliest, Timestamp(milliseconds: through * 1000))
        }
        guard unreadable == nil, let reason = reader.unreadable.reason else { return }
        unreadable = (Self.text(file.key), reason)
        logger.warning(
            "lines of a log file are none of an access log and are passed over; this is said once",
            metadata: [
                "store": "\(setup.storeURL)", "file": "\(Self.text(file.key))", "lines": "\(reader.unreadable.count)",
                "reason": "\(reason)",
            ])
    }

    private static func text(_ key: [UInt8]) -> String { String(decoding: key.prefix(255), as: UTF8.self) }

    // MARK: Telling

    /// Returns when all of a batch is on disk. As long as the log has no room it is tried again.
    private func tell(_ batch: ReadAggregator.Batch) async throws {
        unfolded = try await teller.append(batch.events, unfolded: unfolded) { [self] words in
            await setBlocked(words)
        }
        // Not before: what is left in the middle is told again, and by then nobody may think that it was told.
        memory.insert(batch.requests)
    }

    private func setBlocked(_ words: String?) async {
        guard words != blocked else { return }
        blocked = words
        await publish()
    }
}
