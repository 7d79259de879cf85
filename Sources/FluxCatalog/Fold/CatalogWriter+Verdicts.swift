import Foundation
import GRDB

extension CatalogWriter {
    /// What a verdict moves of one object on one day.
    private struct Moved {
        var object: ObjectRow
        var reads: Int64
        var full: Int64
        var bytes: Int64
        var last: Int64
    }

    /// So many objects are looked at in one step, so that a verdict on a whole bucket takes little memory.
    private static let objectsAtOnce = 1_000

    /// Keeps a verdict, and makes scan reads of the reads that it means and that are still kept by name. The batch before
    /// it has been written.
    mutating func judge(_ facts: VerdictFacts, time: Int64) throws {
        guard directory.existingPlaceID(facts.place) != nil || directory.store(of: facts.place) != nil else { return }
        let before = directory
        let place = directory.placeID(facts.place)
        var scan = facts.scan
        // A verdict on days to come would be kept until they have gone.
        scan.lastDay = min(scan.lastDay, ObjectRow.day(time))
        let newest = directory.newestDay(place)
        let oldest = Int64(newest) - configuration.keptRequesterDays
        guard scan.firstDay <= scan.lastDay, Int64(scan.lastDay) > oldest else {
            return try writeDirectory(from: before)
        }
        let requester = try keep(scan, facts, place: place)
        let (first, last) = (max(Int64(scan.firstDay), oldest + 1), Int64(min(scan.lastDay, newest)))
        let statements = try MoveStatements(db, requesterDays: configuration.keptRequesterDays)
        for day in stride(from: first, through: last, by: 1) {
            try move(requester, scan.prefix, place: place, day: Int32(clamping: day), statements)
        }
        try writeDirectory(from: before)
    }

    /// Writes the verdict down; the id of the requester, new if need be.
    private mutating func keep(_ scan: ScanVerdict, _ facts: VerdictFacts, place: Int64) throws -> Int64 {
        let key = ReadBook.RequesterKey(place: place, name: facts.requester)
        var requester: Requester
        if let known = try self.requester(place: place, name: facts.requester) {
            requester = known
            requester.newestDay = max(known.newestDay, scan.lastDay)
        } else {
            requester = Requester(id: state.nextRequester, newestDay: scan.lastDay)
            state.nextRequester += 1
        }
        try write(requester, key)
        try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO verdict (requester, prefix, first_day, last_day) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [requester.id, Data(scan.prefix), scan.firstDay, scan.lastDay])
        return requester.id
    }

    /// Moves one day's reads of a requester below a prefix, in the order of keys.
    private mutating func move(
        _ requester: Int64, _ prefix: [UInt8], place: Int64, day: Int32, _ statements: MoveStatements
    ) throws {
        let shelves = directory.shelves.indices.filter {
            directory.shelves[$0].key.place == place && directory.shelves[$0].objects > 0
        }
        for shelf in shelves {
            var start = prefix
            var isAfter = false
            while true {
                let found = try moved(
                    requester, shelf: Int64(shelf) + 1, place: place, day: day, from: start, isAfter: isAfter,
                    below: KeyRange.end(of: prefix))
                for one in found { try move(one, requester, place: place, day: day, statements) }
                guard found.count == Self.objectsAtOnce, let last = found.last else { break }
                start = last.object.key
                isAfter = true
            }
        }
    }

    private func moved(
        _ requester: Int64, shelf: Int64, place: Int64, day: Int32, from key: [UInt8], isAfter: Bool,
        below end: [UInt8]?
    ) throws -> [Moved] {
        let names = ObjectColumns.names.split(separator: ",").map { "o." + $0.trimmingCharacters(in: .whitespaces) }
        // The objects below the prefix are at most twice as many as those that were read, else it is no scan: each is
        // looked up among the reads.
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(names.joined(separator: ", ")), a.reads, a.full_reads, a.bytes, a.last
                FROM object o INDEXED BY object_name CROSS JOIN access_requester a
                ON a.place = ? AND a.day = ? AND a.object = o.id AND a.requester = ?
                WHERE o.shelf = ? AND o.key \(isAfter ? ">" : ">=") ? \(end == nil ? "" : "AND o.key < ?")
                ORDER BY o.key LIMIT ?
                """)
        var arguments: StatementArguments = [place, day, requester, shelf, Data(key)]
        if let end { arguments += [Data(end)] }
        let rows = try Row.fetchAll(statement, arguments: arguments + [Self.objectsAtOnce])
        return rows.map { row in
            Moved(
                object: ObjectColumns.row(row, directory: directory), reads: row[names.count],
                full: row[names.count + 1], bytes: row[names.count + 2], last: row[names.count + 3])
        }
    }

    private mutating func move(
        _ moved: Moved, _ requester: Int64, place: Int64, day: Int32, _ statements: MoveStatements
    ) throws {
        let id = moved.object.id
        let sums: StatementArguments = [
            moved.reads, moved.bytes, moved.reads, moved.reads, moved.bytes, moved.bytes,
        ]
        try statements.forget.execute(arguments: [place, day, id, requester])
        try statements.ofObject.execute(arguments: sums + [moved.full, place, day, id, id, day])
        try statements.ofPlace.execute(arguments: sums + [place, day])
        var row = moved.object
        row.accesses = max(row.accesses - moved.reads, 0)
        row.accessBytes = max(row.accessBytes - moved.bytes, 0)
        // An older read may be of a day that is no longer kept: then the last one is not known any more.
        if row.lastAccess == moved.last {
            row.lastAccess = try Int64.fetchOne(statements.last, arguments: [id]) ?? ObjectRow.never
        }
        try statements.rows.update(from: moved.object, to: row)
        outcome.changes.append(.put(row))
        outcome.reads.append(.counted(object: id, day: day, reads: -moved.reads))
    }
}

/// The statements that make scan reads of one object's reads by one requester on one day.
private struct MoveStatements {
    let rows: RowStatements
    let forget: Statement
    let ofObject: Statement
    let ofPlace: Statement
    let last: Statement

    /// From reads to scan reads, which also stop at the largest number.
    private static let sums = """
        reads = max(reads - ?, 0), bytes = max(bytes - ?, 0), \
        scan_reads = min(scan_reads, 9223372036854775807 - ?) + ?, \
        scan_bytes = min(scan_bytes, 9223372036854775807 - ?) + ?
        """

    init(_ db: Database, requesterDays: Int64) throws {
        rows = try RowStatements(db, requesterDays: requesterDays)
        forget = try db.cachedStatement(
            sql: "DELETE FROM access_requester WHERE place = ? AND day = ? AND object = ? AND requester = ?")
        ofObject = try db.cachedStatement(
            sql: """
                UPDATE access_day SET \(Self.sums), full_reads = max(full_reads - ?, 0),
                last = max(last_unnamed, (SELECT ifnull(max(last), 0) FROM access_requester
                WHERE place = ? AND day = ? AND object = ?)) WHERE object = ? AND day = ?
                """)
        ofPlace = try db.cachedStatement(sql: "UPDATE place_day SET \(Self.sums) WHERE place = ? AND day = ?")
        last = try db.cachedStatement(
            sql: "SELECT last FROM access_day WHERE object = ? AND last > 0 ORDER BY day DESC LIMIT 1")
    }
}
