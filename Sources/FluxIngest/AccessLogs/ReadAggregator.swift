import FluxEvents

/// Makes events of one log file's lines, as they come. Pure, but for asking which requests are told already.
struct ReadAggregator: Sendable {
    /// What is to be appended together, and the requests that are told then.
    struct Batch: Sendable {
        var events: [Event] = []
        var requests: [UInt64] = []
    }

    /// Why lines were passed over, and how many.
    struct Unreadable: Sendable, Hashable {
        var count: Int64 = 0
        /// Of the first one.
        var reason: String?
    }

    /// Sums are told after so many lines of a file, so that a large one does not have to fit into memory. Counted from
    /// the file's beginning, whatever was told before: so ids are the same each time.
    static let sectionLines: Int64 = 100_000

    private struct Group: Hashable {
        var key: [UInt8]
        var requester: String
        var slot: Int64
    }

    let file: [UInt8]
    let unit: AccessDetail.Unit
    let scope: ReadScope
    let events: ReadEvents
    private let storeID: String
    private let isTold: @Sendable (UInt64) -> Bool
    private let sectionLines: Int64
    /// Copies, over files.
    private(set) var copies: CopyBook
    private var cutter = LineCutter(maximum: AccessLogLine.maximumBytes)
    private var groups: [Group: Int] = [:]
    private var sums: [(group: Group, sum: ReadSum)] = []
    /// Sections that have ended.
    private var section = 0
    private var batch = Batch()
    /// Requests that are in the batch or in a sum.
    private var pending: Set<UInt64> = []

    private(set) var lines: Int64 = 0
    private(set) var unreadable = Unreadable()
    private(set) var reads: Int64 = 0
    /// The time of the newest line of the store's bucket (seconds since 1970).
    private(set) var through: Int64?

    /// - Parameters:
    ///   - isTold: whether a request is told already.
    ///   - sectionLines: another number than that of all files, for tests.
    init(
        file: [UInt8], unit: AccessDetail.Unit, scope: ReadScope, storeID: String, events: ReadEvents, copies: CopyBook,
        isTold: @escaping @Sendable (UInt64) -> Bool, sectionLines: Int64 = Self.sectionLines
    ) {
        self.file = file
        self.unit = unit
        self.scope = scope
        self.storeID = storeID
        self.events = events
        self.copies = copies
        self.isTold = isTold
        self.sectionLines = sectionLines
    }

    /// Takes a piece of the file; gives what can be told by now.
    mutating func feed(_ piece: UnsafeRawBufferPointer) -> Batch {
        var cutter = cutter
        cutter.feed(piece) { take($0) }
        self.cutter = cutter
        return cut()
    }

    /// The file has ended.
    mutating func finish() -> Batch {
        var cutter = cutter
        cutter.finish { take($0) }
        self.cutter = cutter
        for read in copies.endFile() { note(read) }
        endSection()
        return cut()
    }

    private mutating func cut() -> Batch {
        if unit != .each, !sums.isEmpty {
            // Their requests are told with the sums, and not before.
            let told = batch
            batch = Batch()
            return told
        }
        batch.requests += pending
        pending = []
        defer { batch = Batch() }
        return batch
    }

    // MARK: Lines

    private mutating func take(_ line: UnsafeRawBufferPointer?) {
        lines += 1
        if let line, !line.isEmpty {
            do throws(AccessLogLine.Failure) {
                read(try AccessLogLine(line), line)
            } catch {
                passOver(error.description)
            }
        } else if line == nil {
            passOver("the line is longer than \(AccessLogLine.maximumBytes) bytes")
        }
        if lines % sectionLines == 0 { endSection() }
    }

    private mutating func passOver(_ reason: String) {
        unreadable.count += 1
        unreadable.reason = unreadable.reason ?? reason
    }

    private mutating func read(_ line: AccessLogLine, _ bytes: UnsafeRawBufferPointer) {
        guard scope.isOfBucket(bytes[line.bucket]) else { return }
        through = max(through ?? .min, line.time)
        let meaning = line.meaning(in: bytes)
        guard meaning != .other, meaning != .write else { return }
        let id = RequestMemory.id(store: storeID, request: UnsafeRawBufferPointer(rebasing: bytes[line.requestID]))
        let key = AccessLogKey.decode(bytes[line.key])
        if meaning == .copyTarget {
            copies.target(request: id, key: Self.hash(key))
            return
        }
        guard scope.tells(of: key) else { return }
        let read = LoggedRead(
            key: key, requester: AccessRequester.name(bytes[line.requester], remoteIP: bytes[line.remoteIP]),
            time: line.time, bytes: line.bytesSent ?? 0,
            size: line.objectSize, isPartial: line.status == 206, fullReads: line.fullReads,
            request: Array(bytes[line.requestID]), id: id)
        if meaning == .copySource {
            for read in copies.source(read, request: id, key: Self.hash(key)) { note(read) }
        } else {
            note(read)
        }
    }

    private static func hash(_ key: [UInt8]) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(key)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private mutating func note(_ read: LoggedRead) {
        guard !isTold(read.id), pending.insert(read.id).inserted else { return }
        reads += 1
        guard unit != .each else {
            batch.events.append(events.one(read))
            return
        }
        let group = Group(key: read.key, requester: read.requester, slot: unit.slot(of: read.time))
        if let place = groups[group] {
            sums[place].sum.add(read)
        } else {
            groups[group] = sums.count
            var sum = ReadSum()
            sum.add(read)
            sums.append((group, sum))
        }
    }

    private mutating func endSection() {
        guard unit != .each else { return }
        for (group, sum) in sums {
            batch.events.append(
                events.sum(
                    sum, key: group.key, requester: group.requester, unit: unit, slot: group.slot, file: file,
                    section: section))
        }
        section += 1
        sums = []
        groups = [:]
        batch.requests += pending
        pending = []
    }
}
