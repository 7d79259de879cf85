import GRDB

extension CatalogWriter {
    /// Who is known by this name among those that read in a place.
    func requester(place: Int64, name: String) throws -> Requester? {
        let statement = try db.cachedStatement(
            sql: "SELECT id, newest_day FROM requester WHERE place = ? AND name = ?")
        guard let row = try Row.fetchOne(statement, arguments: [place, name]) else { return nil }
        var requester = Requester(id: row[0], newestDay: row[1])
        let scans = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT prefix, first_day, last_day FROM verdict WHERE requester = ?"),
            arguments: [requester.id])
        while let scan = try scans.next() {
            requester.scans.append(
                ScanVerdict(prefix: ObjectColumns.bytes(scan, 0) ?? [], firstDay: scan[1], lastDay: scan[2]))
        }
        return requester
    }

    /// Writes a batch's reads; `before` is what the tables stand for.
    mutating func writeReads(_ batch: FoldBatch, from before: FoldDirectory) throws {
        guard !batch.reads.isEmpty else { return }
        try forgetDays(from: before)
        try write(batch.reads.requesters)
        try writeDays(batch)
        try writeNamed(batch)
        try write(batch.reads.places)
    }

    /// Days up to this one are not kept, of what is kept for so many days and was read last on `newest`.
    private func oldest(_ newest: Int32, _ days: Int64) -> Int64 { Int64(newest) - days }

    /// Takes out what is too old since a newer day came to a place.
    private func forgetDays(from before: FoldDirectory) throws {
        for place in before.places.indices where before.newestDays[place] != directory.newestDays[place] {
            let named = oldest(directory.newestDays[place], configuration.keptRequesterDays)
            let days = oldest(directory.newestDays[place], Int64(configuration.accessDays))
            try db.cachedStatement(sql: "DELETE FROM access_requester WHERE place = ? AND day <= ?")
                .execute(arguments: [place + 1, named])
            try db.cachedStatement(
                sql: """
                    DELETE FROM verdict WHERE last_day <= ? AND requester IN (SELECT id FROM requester WHERE place = ?)
                    """
            ).execute(arguments: [named, place + 1])
            try db.cachedStatement(sql: "DELETE FROM requester WHERE place = ? AND newest_day <= ?")
                .execute(arguments: [place + 1, named])
            try db.cachedStatement(sql: "DELETE FROM place_day WHERE place = ? AND day <= ?")
                .execute(arguments: [place + 1, days])
        }
    }

    private func write(_ requesters: [ReadBook.RequesterKey: Requester?]) throws {
        for case (let key, let requester?) in requesters {
            let named = oldest(directory.newestDay(key.place), configuration.keptRequesterDays)
            guard Int64(requester.newestDay) > named else { continue }
            try write(requester, key)
        }
    }

    func write(_ requester: Requester, _ key: ReadBook.RequesterKey) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO requester (id, place, name, newest_day) VALUES (?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET newest_day = excluded.newest_day
                WHERE newest_day != excluded.newest_day
                """
        ).execute(arguments: [requester.id, key.place, key.name, requester.newestDay])
    }

    private mutating func writeDays(_ batch: FoldBatch) throws {
        let add = try db.cachedStatement(
            sql: """
                INSERT INTO access_day
                (object, day, reads, full_reads, bytes, scan_reads, scan_bytes, last, last_unnamed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (object, day) DO UPDATE SET
                \(Self.adding(["reads", "full_reads", "bytes", "scan_reads", "scan_bytes"])),
                last = max(last, excluded.last), last_unnamed = max(last_unnamed, excluded.last_unnamed)
                """)
        let trim = try db.cachedStatement(sql: "DELETE FROM access_day WHERE object = ? AND day <= ?")
        for slot in batch.slots {
            guard let loaded = slot.loaded, let row = slot.current, loaded.id == row.id, slot.drops == 0,
                loaded.newestDay != ObjectRow.noDay, loaded.newestDay != row.newestDay
            else { continue }
            try trim.execute(arguments: [row.id, oldest(row.newestDay, Int64(configuration.accessDays))])
        }
        var found: [(object: Int64, day: Int32, sum: ReadBook.DaySum)] = []
        found.reserveCapacity(batch.reads.days.count)
        for (key, sum) in batch.reads.days {
            // Rows that were removed, and days that were dropped, later in the batch leave nothing behind.
            guard let row = kept(key.slot, key.drops, batch),
                Int64(key.day) > oldest(row.newestDay, Int64(configuration.accessDays))
            else { continue }
            found.append((row.id, key.day, sum))
        }
        // In the order of the table, so that neighbours are written together.
        found.sort { ($0.object, $0.day) < ($1.object, $1.day) }
        for (object, day, sum) in found {
            try add.execute(arguments: [
                object, day, sum.reads, sum.full, sum.bytes, sum.scanReads, sum.scanBytes, sum.last, sum.lastUnnamed,
            ])
            if sum.reads > 0 { outcome.reads.append(.counted(object: object, day: day, reads: sum.reads)) }
        }
    }

    private func writeNamed(_ batch: FoldBatch) throws {
        let add = try db.cachedStatement(
            sql: """
                INSERT INTO access_requester (place, day, object, requester, reads, full_reads, bytes, last)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (place, day, object, requester) DO UPDATE SET
                \(Self.adding(["reads", "full_reads", "bytes"])), last = max(last, excluded.last)
                """)
        var found: [(place: Int64, day: Int32, object: Int64, requester: Int64, sum: ReadBook.NamedSum)] = []
        found.reserveCapacity(batch.reads.named.count)
        for (key, sum) in batch.reads.named {
            guard let row = kept(key.slot, key.drops, batch),
                Int64(key.day) > oldest(directory.newestDay(row.place), configuration.keptRequesterDays)
            else { continue }
            found.append((row.place, key.day, row.id, key.requester, sum))
        }
        found.sort { ($0.place, $0.day, $0.object, $0.requester) < ($1.place, $1.day, $1.object, $1.requester) }
        for (place, day, object, requester, sum) in found {
            try add.execute(arguments: [place, day, object, requester, sum.reads, sum.full, sum.bytes, sum.last])
        }
    }

    /// The row that a batch's reads belong to; nil where it went, or its days were dropped since.
    private func kept(_ slot: Int, _ drops: Int32, _ batch: FoldBatch) -> ObjectRow? {
        batch.slots[slot].drops == drops ? batch.slots[slot].current : nil
    }

    private func write(_ places: [ReadBook.PlaceDay: ReadBook.PlaceSum]) throws {
        let add = try db.cachedStatement(
            sql: """
                INSERT INTO place_day (place, day, reads, bytes, scan_reads, scan_bytes) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (place, day) DO UPDATE SET
                \(Self.adding(["reads", "bytes", "scan_reads", "scan_bytes"]))
                """)
        for (key, sum) in places
        where Int64(key.day) > oldest(directory.newestDay(key.place), Int64(configuration.accessDays)) {
            try add.execute(arguments: [key.place, key.day, sum.reads, sum.bytes, sum.scanReads, sum.scanBytes])
        }
    }

    /// Sums that stop at the largest number instead of becoming something else.
    private static func adding(_ columns: [String]) -> String {
        columns.map { "\($0) = min(\($0), 9223372036854775807 - excluded.\($0)) + excluded.\($0)" }
            .joined(separator: ", ")
    }

    /// Takes out all that is kept of reads in a place.
    func clearReads(of place: Int64) throws {
        try db.execute(
            sql: "DELETE FROM verdict WHERE requester IN (SELECT id FROM requester WHERE place = ?)",
            arguments: [place])
        for table in ["access_requester", "requester", "place_day"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE place = ?", arguments: [place])
        }
    }
}
