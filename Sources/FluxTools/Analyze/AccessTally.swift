import FluxEvents
import FluxIngest
import Glibc

/// Counts who read what and when, from the lines of access logs in any order. Pure.
///
/// Everything is numbered as it first comes; one row for each (object, requester, quarter of a day) is all that grows with the
/// reads.
struct AccessTally {
    struct Object {
        /// Seconds since 1970; the first is past the last where nothing was read.
        var first = Int64.max
        var last = Int64.min
        var reads: Int64 = 0
        var bytes: Int64 = 0
        /// When it was first written, as far as the logs tell.
        var written = Int64.max
        /// An inventory has it.
        var isListed = false
        /// Bytes, and the class by its number, as an inventory says.
        var size: Int64?
        var storageClass: Int?
    }

    /// What one requester read of one object in a quarter of a day (UTC).
    struct Row {
        var object: UInt32
        var requester: UInt32
        /// Quarters of days since 1970.
        var quarter: Int32
        var reads: UInt32
        /// In 65,536ths: whole numbers come to the same sum in whatever order files are read. Full at 65,536 reads.
        var parts: UInt32

        /// How often all of the object was read, parts by their bytes.
        var fullReads: Double { Double(parts) / 65_536 }
    }

    /// One read, its parts numbered.
    struct Read {
        var object: Int
        var requester: Int
        var time: Int64
        var bytes: Int64
        var fullReads: Double
    }

    /// Rows are numbered with 32 bits; ids of requests past so many are not told apart.
    static let maximumReads = Int(UInt32.max)
    /// Seconds of a quarter of a day.
    private static let quarter: Int64 = 21_600

    private(set) var buckets = ByteIndex()
    /// Keys, decoded; their salt is the number of the bucket.
    private(set) var keys = ByteIndex()
    private(set) var objects: [Object] = []
    private(set) var requesters: [String] = []
    private(set) var rows: [Row] = []
    /// The times that the lines span (seconds since 1970).
    private(set) var span: ClosedRange<Int64>?
    private(set) var lines = 0
    private(set) var unreadable = 0
    private(set) var duplicates = 0
    /// Lines of inventories.
    private(set) var listed = 0
    private(set) var storageClasses: [String] = []

    private var places = RowPlaces()
    private var rawRequesters = ByteIndex()
    private var requesterNumbers: [Int] = []
    private var requesterByName: [String: Int] = [:]
    private var seen = IDTable(maximum: Self.maximumReads)
    private var copies = CopyPairs()
    private let seed = ByteHash.randomSeed()

    /// Adds a line of a server access log, without its end; false where it is none.
    mutating func add(line: UnsafeRawBufferPointer) -> Bool {
        guard let parsed = try? AccessLogLine(line) else {
            unreadable += 1
            return false
        }
        lines += 1
        note(parsed.time)
        switch parsed.meaning(in: line) {
        case .other: break
        case .write:
            let object = object(bucket: part(line, parsed.bucket), loggedKey: part(line, parsed.key))
            objects[object].written = min(objects[object].written, parsed.time)
        case .copyTarget:
            let object = object(bucket: part(line, parsed.bucket), loggedKey: part(line, parsed.key))
            objects[object].written = min(objects[object].written, parsed.time)
            if let read = copies.target(object, of: hash(part(line, parsed.requestID))) { count(read) }
        case .copySource:
            let id = hash(part(line, parsed.requestID))
            guard seen.insert(id) else {
                duplicates += 1
                return true
            }
            var read = read(parsed, line)
            read.fullReads = 1
            if let read = copies.source(read, of: id) { count(read) }
        case .read:
            guard seen.insert(hash(part(line, parsed.requestID))) else {
                duplicates += 1
                return true
            }
            count(read(parsed, line))
        }
        return true
    }

    /// Adds a read that something else than a line tells of.
    ///
    /// - Parameter fullReads: 1 where it is not known how much of the object was read.
    mutating func add(
        requestID: String, bucket: String, key: [UInt8], requester: String, time: Int64, bytes: Int64, fullReads: Double
    ) {
        lines += 1
        note(time)
        var id = requestID
        guard seen.insert(id.withUTF8 { hash(UnsafeRawBufferPointer($0)) }) else {
            duplicates += 1
            return
        }
        var name = bucket
        let number = name.withUTF8 { buckets.number(of: UnsafeRawBufferPointer($0)) }
        let object = key.withUnsafeBytes { self.object($0, bucket: number) }
        count(
            Read(
                object: object, requester: self.requester(requester), time: time, bytes: bytes, fullReads: fullReads))
    }

    /// Adds a line of an inventory; false where it is none.
    mutating func add(inventory line: UnsafeRawBufferPointer) -> Bool {
        guard var found = InventoryLine(line) else {
            unreadable += 1
            return false
        }
        listed += 1
        guard found.isThere else { return true }
        let bucket = found.bucket.withUTF8 { buckets.number(of: UnsafeRawBufferPointer($0)) }
        let object = found.key.withUnsafeBytes { self.object($0, bucket: bucket) }
        objects[object].isListed = true
        objects[object].size = found.size ?? objects[object].size
        if let modified = found.modified { objects[object].written = min(objects[object].written, modified) }
        if let name = found.storageClass {
            let number = storageClasses.firstIndex(of: name) ?? storageClasses.count
            if number == storageClasses.count { storageClasses.append(name) }
            objects[object].storageClass = number
        }
        return true
    }

    /// Adds a record that says nothing of reads.
    mutating func addOther() { lines += 1 }

    /// Adds something that was no line of a log at all.
    mutating func addUnreadable() { unreadable += 1 }

    /// No more lines come: copies of which only one line was there are what that line says.
    mutating func finish() {
        for read in copies.takeSources() { count(read) }
    }

    func bucket(of object: Int) -> String {
        String(decoding: buckets[Int(keys.salt(object))], as: UTF8.self)
    }

    // MARK: Parts

    private func part(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: line[range])
    }

    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 { ByteHash.hash(bytes, seed: seed) }

    private mutating func note(_ time: Int64) {
        guard let span else {
            span = time...time
            return
        }
        if time < span.lowerBound { self.span = time...span.upperBound }
        if time > span.upperBound { self.span = span.lowerBound...time }
    }

    private mutating func read(_ parsed: AccessLogLine, _ line: UnsafeRawBufferPointer) -> Read {
        Read(
            object: object(bucket: part(line, parsed.bucket), loggedKey: part(line, parsed.key)),
            requester: requester(part(line, parsed.requester), part(line, parsed.remoteIP)), time: parsed.time,
            bytes: parsed.bytesSent ?? 0, fullReads: parsed.fullReads)
    }

    private mutating func object(bucket: UnsafeRawBufferPointer, loggedKey: UnsafeRawBufferPointer) -> Int {
        let bucket = buckets.number(of: bucket)
        guard let start = loggedKey.baseAddress, memchr(start, Int32(UInt8(ascii: "%")), loggedKey.count) != nil else {
            return object(loggedKey, bucket: bucket)
        }
        return AccessLogKey.decode(loggedKey).withUnsafeBytes { object($0, bucket: bucket) }
    }

    private mutating func object(_ key: UnsafeRawBufferPointer, bucket: Int) -> Int {
        let number = keys.number(of: key, salt: UInt32(bucket))
        if number == objects.count { objects.append(Object()) }
        return number
    }

    /// The many spellings of one requester are one.
    private mutating func requester(_ text: UnsafeRawBufferPointer, _ remoteIP: UnsafeRawBufferPointer) -> Int {
        let isAnonymous = text.count == 1
        let raw = rawRequesters.number(of: isAnonymous ? remoteIP : text, salt: isAnonymous ? 1 : 0)
        if raw == requesterNumbers.count {
            requesterNumbers.append(requester(AccessRequester.name(text, remoteIP: remoteIP)))
        }
        return requesterNumbers[raw]
    }

    private mutating func requester(_ name: String) -> Int {
        if let known = requesterByName[name] { return known }
        requesters.append(name)
        requesterByName[name] = requesters.count - 1
        return requesters.count - 1
    }

    private mutating func count(_ read: Read) {
        objects[read.object].first = min(objects[read.object].first, read.time)
        objects[read.object].last = max(objects[read.object].last, read.time)
        objects[read.object].reads += 1
        objects[read.object].bytes &+= read.bytes
        let row = Row(
            object: UInt32(read.object), requester: UInt32(read.requester),
            quarter: Int32(clamping: read.time / Self.quarter), reads: 1,
            parts: UInt32((read.fullReads * 65_536).rounded(.up)))
        if let place = places.place(of: row, in: rows) {
            rows[place].reads &+= 1
            let (sum, isFull) = rows[place].parts.addingReportingOverflow(row.parts)
            rows[place].parts = isFull ? .max : sum
        } else {
            rows.append(row)
        }
    }
}

/// Finds the row of an object, requester and quarter of a day.
private struct RowPlaces {
    private var table = [UInt32](repeating: 0, count: 1024)

    /// Where it stands; nil where it must be appended now.
    mutating func place(of row: AccessTally.Row, in rows: [AccessTally.Row]) -> Int? {
        if rows.count * 2 >= table.count { grow(rows) }
        var slot = Self.slot(row, table.count)
        while table[slot] != 0 {
            let other = rows[Int(table[slot]) - 1]
            if other.object == row.object, other.requester == row.requester, other.quarter == row.quarter {
                return Int(table[slot]) - 1
            }
            slot = (slot + 1) & (table.count - 1)
        }
        table[slot] = UInt32(rows.count + 1)
        return nil
    }

    private mutating func grow(_ rows: [AccessTally.Row]) {
        table = Array(repeating: 0, count: table.count * 2)
        for (number, row) in rows.enumerated() {
            var slot = Self.slot(row, table.count)
            while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
            table[slot] = UInt32(number + 1)
        }
    }

    private static func slot(_ row: AccessTally.Row, _ size: Int) -> Int {
        let mixed = ByteHash.mix(
            UInt64(row.object) << 32 | UInt64(row.requester)
                ^ ByteHash.mix(UInt64(UInt32(bitPattern: row.quarter)) &+ 1))
        return Int(truncatingIfNeeded: mixed) & (size - 1)
    }
}

/// A copy gives two lines with one request id, in any order, maybe in two files.
private struct CopyPairs {
    private var sources: [UInt64: AccessTally.Read] = [:]
    private var targets: [UInt64: Int] = [:]

    /// The read, if it is one for certain.
    mutating func source(_ read: AccessTally.Read, of id: UInt64) -> AccessTally.Read? {
        guard let target = targets.removeValue(forKey: id) else {
            sources[id] = read
            return nil
        }
        return target == read.object ? nil : read
    }

    mutating func target(_ object: Int, of id: UInt64) -> AccessTally.Read? {
        guard let read = sources.removeValue(forKey: id) else {
            targets[id] = object
            return nil
        }
        return read.object == object ? nil : read
    }

    mutating func takeSources() -> [AccessTally.Read] {
        defer { sources = [:] }
        return Array(sources.values)
    }
}
