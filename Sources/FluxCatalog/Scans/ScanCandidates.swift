import FluxTiering
import Foundation
import GRDB

/// Looks for scans among the reads of a place that are kept by requester, within one read transaction. What a verdict has taken
/// out is not among them, so no scan is found twice.
struct ScanCandidates {
    /// A scan that is not in the log yet.
    struct Found: Sendable, Hashable {
        var store: String
        var storeURL: String
        var place: Place
        var requester: String
        var prefix: [UInt8]
        /// UTC days since 1970.
        var days: ClosedRange<Int32>
        var objects: Int
        var reads: Int64
    }

    /// Reads of a place that are looked at in one go (100 MB); of more the newest days.
    static let maximumReadings = 2_000_000

    let db: Database
    let directory: FoldDirectory
    let rule: ScanRule

    init(_ db: Database, _ rule: ScanRule) throws {
        self.db = db
        self.rule = rule
        directory = try FoldDirectory.read(db)
    }

    func find() throws -> [Found] {
        var found: [Found] = []
        for place in directory.places.indices {
            guard let store = directory.store(of: directory.places[place]) else { continue }
            found += try scans(place: Int64(place) + 1, store)
        }
        return found
    }

    /// Those who read enough for a scan: their names by id.
    private func requesters(place: Int64) throws -> [Int64: String] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT r.id, r.name FROM requester r JOIN
                (SELECT requester, count(*) AS objects FROM access_requester WHERE place = ? GROUP BY requester) a
                ON a.requester = r.id WHERE r.place = ? AND a.objects >= ?
                """)
        let least = min(rule.minimumObjects, rule.smallStoreObjects)
        var names: [Int64: String] = [:]
        let rows = try Row.fetchCursor(statement, arguments: [place, place, least])
        while let row = try rows.next() { names[row[0]] = row[1] }
        return names
    }

    /// What one requester read of a place.
    private struct Readings {
        /// Descending by day.
        var list: [ScanFinder.Reading] = []
        var counts: [Int64] = []
    }

    private func scans(place: Int64, _ store: StoreRow) throws -> [Found] {
        let names = try requesters(place: place)
        guard !names.isEmpty else { return [] }
        var prefixes = PrefixTable(depth: rule.depth)
        var objects: [Int64: Int] = [:]
        var readings: [Int64: Readings] = [:]
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT a.requester, a.day, a.object, a.reads, a.full_reads, o.key FROM access_requester a
                    JOIN object o ON o.id = a.object WHERE a.place = ? ORDER BY a.day DESC LIMIT ?
                    """), arguments: [place, Self.maximumReadings])
        while let row = try rows.next() {
            let requester: Int64 = row[0]
            guard names[requester] != nil else { continue }
            let id: Int64 = row[2]
            let object: Int
            if let known = objects[id] {
                object = known
            } else {
                object = prefixes.add(ObjectColumns.bytes(row, 5) ?? [])
                objects[id] = object
            }
            let day: Int32 = row[1]
            // When within the day is not kept.
            let reading = ScanFinder.Reading(
                object: object, quarter: day * 4, reads: Double(row[4] as Int64) / Double(ReadFacts.millionths))
            readings[requester, default: Readings()].list.append(reading)
            readings[requester, default: Readings()].counts.append(row[3])
        }
        let known = try prefixes.known(atLeast: rule) { try objectsThere(place: place, below: $0) }
        var finder = ScanFinder(rule, prefixes: ScanFinder.Prefixes(chains: prefixes.chains, known: known))
        var found: [Found] = []
        for (requester, name) in names.sorted(by: { $0.key < $1.key }) {
            guard let read = readings[requester] else { continue }
            let (scans, scanOf) = finder.find(read.list.reversed())
            var reads = [Int64](repeating: 0, count: scans.count)
            for (scan, count) in zip(scanOf.reversed(), read.counts) {
                if let scan { reads[scan] = ObjectRow.sum(reads[scan], count) }
            }
            found += zip(scans, reads).map { scan, reads in
                Found(
                    store: store.id, storeURL: store.url, place: directory.places[Int(place) - 1], requester: name,
                    prefix: prefixes.names[scan.prefix], days: scan.days, objects: scan.objects, reads: reads)
            }
        }
        return found
    }

    /// How many objects there are below a prefix.
    private func objectsThere(place: Int64, below prefix: [UInt8]) throws -> Int64 {
        var count: Int64 = 0
        for shelf in directory.shelves.indices {
            let key = directory.shelves[shelf].key
            guard key.place == place, !key.deleted else { continue }
            guard !prefix.isEmpty else {
                count += directory.shelves[shelf].objects
                continue
            }
            let end = KeyRange.end(of: prefix)
            var arguments: StatementArguments = [shelf + 1, Data(prefix)]
            if let end { arguments += [Data(end)] }
            count +=
                try Int64.fetchOne(
                    db.cachedStatement(
                        sql: """
                            SELECT count(*) FROM object INDEXED BY object_name
                            WHERE shelf = ? AND key >= ? \(end == nil ? "" : "AND key < ?")
                            """), arguments: arguments) ?? 0
        }
        return count
    }
}

/// Numbers the prefixes of keys, to as many slashes as a rule looks at.
struct PrefixTable {
    private let depth: Int
    private var numbers: [[UInt8]: UInt32] = [:]
    private(set) var names: [[UInt8]] = []
    /// As `ScanFinder.Prefixes` wants them.
    private(set) var chains: [UInt32] = []
    /// Different objects below each that anybody read.
    private var read: [Int] = []

    init(depth: Int) {
        self.depth = depth
    }

    /// Adds an object that was not added yet; its number.
    mutating func add(_ key: [UInt8]) -> Int {
        let object = chains.count / (depth + 1)
        var ends = [0]
        for (place, byte) in key.enumerated() where byte == UInt8(ascii: "/") && ends.count <= depth {
            ends.append(place + 1)
        }
        for end in ends {
            let prefix = Array(key[..<end])
            let number = numbers[prefix] ?? UInt32(names.count)
            if Int(number) == names.count {
                numbers[prefix] = number
                names.append(prefix)
                read.append(0)
            }
            read[Int(number)] += 1
            chains.append(number)
        }
        for _ in ends.count..<depth + 1 { chains.append(ScanFinder.Prefixes.none) }
        return object
    }

    /// How many objects are there below each prefix; where too few were read to make a scan, nobody is asked.
    func known(atLeast rule: ScanRule, _ there: ([UInt8]) throws -> Int64) rethrows -> [UInt32] {
        try names.indices.map { number in
            let least = names[number].isEmpty ? min(rule.minimumObjects, rule.smallStoreObjects) : rule.minimumObjects
            return read[number] < least ? .max : UInt32(clamping: try there(names[number]))
        }
    }
}
