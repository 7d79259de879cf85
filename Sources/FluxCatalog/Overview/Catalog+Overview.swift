import Dispatch
public import FluxEvents
import FluxLog
import FluxStores
import FluxTiering
import GRDB
import Logging

extension Catalog {
    /// What is there and how it is read, from totals that are kept: it costs the same for a thousand objects and for a
    /// million. But for the first call of a day, which reads the rows of reads once.
    ///
    /// - Parameter now: its UTC day is the last one that counts.
    public func overview(now: Timestamp) async throws(CatalogError) -> CatalogOverview {
        let hottest = try await hottest(today: now.day)
        let head = log.bounds().head
        return try await read("Reading the overview") { [configuration] db in
            let reader = try ObjectReader(db, today: now.day, configuration)
            var overview = CatalogOverview(
                objects: 0, bytes: 0, stores: [], classes: [], temperatures: [],
                reads: try Self.reads(db, today: now.day),
                hottest: try hottest.map { try Self.hottest($0, reader) }, coldest: try Self.coldest(reader),
                generatedAt: now,
                asOf: Self.asOf(reader.state, head: head))
            overview.count(reader.directory)
            return overview
        }
    }

    /// Fills the board of reads before the first overview needs it. Blocks.
    func warmHottest() {
        do { _ = try hottestReads.top(1, today: Timestamp.now().day, pool) } catch {
            let error = failed(error, "Counting reads")
            logger.warning("The most read objects could not be found; the first overview tries again: \(error)")
        }
    }

    /// Some may have been deleted since the board was filled: these are taken out of a few more.
    private static let candidates = 4 * CatalogOverview.hottestObjects

    private func hottest(today: Int32) async throws(CatalogError) -> [Int64]? {
        let result: Result<[Int64]?, any Error> = await withCheckedContinuation { continuation in
            // Filling reads all rows of reads once: not on a thread of Swift's own pool.
            DispatchQueue.global(qos: .userInitiated).async { [self] in
                continuation.resume(
                    returning: Result { try hottestReads.top(Self.candidates, today: today, pool) })
            }
        }
        do { return try result.get() } catch {
            throw failed(error, "Counting reads")
        }
    }

    private static func hottest(_ ids: [Int64], _ reader: ObjectReader) throws -> [CatalogObject] {
        let found = try reader.objects(ids.map { ObjectCursor(value: .number(0), id: $0) })
            .filter { $0.deletedAt == nil && $0.accesses.d30 > 0 }
        // What was folded between the board and these rows may have changed their order.
        let sorted = found.enumerated().sorted {
            ($1.element.accesses.d30, $0.offset) < ($0.element.accesses.d30, $1.offset)
        }
        return sorted.prefix(CatalogOverview.hottestObjects).map(\.element)
    }

    private static func coldest(_ reader: ObjectReader) throws -> [CatalogObject] {
        let shelves =
            reader.shelves(ObjectQuery(temperature: .cold)) + reader.shelves(ObjectQuery(temperature: .archive))
        let walk = ShelfWalk(db: reader.db, shelves: shelves, sort: .size, order: .descending)
        return try reader.objects(try walk.next(after: nil, limit: CatalogOverview.coldestObjects))
    }

    private static func reads(_ db: Database, today: Int32) throws -> [AccessDay] {
        var days: [Int32: AccessDay] = [:]
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: "SELECT day, reads, bytes, scan_reads FROM place_day WHERE day > ? AND day <= ?"),
            arguments: [Int64(today) - Int64(CatalogOverview.readDays), today])
        while let row = try rows.next() {
            let day: Int32 = row[0]
            var sum = days[day] ?? AccessDay(day: day, count: 0, bytes: 0, scanReads: 0)
            sum.count = ObjectRow.sum(sum.count, row[1])
            sum.bytes = ObjectRow.sum(sum.bytes, row[2])
            sum.scanReads = ObjectRow.sum(sum.scanReads, row[3])
            days[day] = sum
        }
        return days.values.sorted { $0.day < $1.day }
    }
}

extension CatalogOverview {
    /// Adds up the shelves of what exists.
    fileprivate mutating func count(_ directory: FoldDirectory) {
        var classes: [String: StorageClass] = [:]
        var totals: [String: StoreTotals] = [:]
        var warmth: [String: Warmth] = [:]
        for shelf in directory.shelves where !shelf.key.deleted && shelf.objects > 0 {
            objects += shelf.objects
            bytes &+= shelf.bytes
            let tier = shelf.key.tier
            var part = classes[tier] ?? StorageClass(name: tier.isEmpty ? nil : tier, objects: 0, bytes: 0)
            part.objects += shelf.objects
            part.bytes &+= shelf.bytes
            classes[tier] = part
            let temperature = Temperature(rawValue: shelf.key.temperature)
            warmth[shelf.key.temperature, default: Warmth(temperature: temperature, objects: 0, bytes: 0)].add(shelf)
            guard let store = directory.store(of: directory.place(shelf.key.place)) else { continue }
            totals[store.id, default: StoreTotals()].objects += shelf.objects
            totals[store.id, default: StoreTotals()].bytes &+= shelf.bytes
        }
        self.classes = classes.values.sorted { ($1.bytes, $0.name ?? "") < ($0.bytes, $1.name ?? "") }
        temperatures = (Temperature.allCases.map(\.rawValue) + [""]).compactMap { warmth[$0] }
        stores = directory.stores.values.sorted { ($0.addedAt, $0.id) < ($1.addedAt, $1.id) }.map {
            let total = totals[$0.id] ?? StoreTotals()
            return Store(id: $0.id, url: $0.url, bucket: $0.bucket, objects: total.objects, bytes: total.bytes)
        }
    }
}

extension CatalogOverview.Warmth {
    fileprivate mutating func add(_ shelf: FoldDirectory.Shelf) {
        objects += shelf.objects
        bytes &+= shelf.bytes
    }
}
