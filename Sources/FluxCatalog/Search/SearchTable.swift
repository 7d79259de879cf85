/// All keys and sort columns in memory, in chunks: a search looks at every key, at some GB a second, so it finds any
/// part of a name, counts exactly, and sorts without touching the disk. Pure.
///
/// Rows mostly come with ids that rise, so that most are found by bisection and need no entry in a dictionary.
struct SearchTable: Sendable {
    private struct Location {
        var chunk: Int
        var row: Int
    }

    /// Rows in the order of their ids.
    private var ordered: [SearchChunk] = []
    /// Rows that came out of that order: renamed ones, whose keys could not stay where they were.
    private var strays: [SearchChunk] = []
    private var strayLocations: [Int64: Location] = [:]
    /// The largest id that came so far.
    private var highest: Int64 = 0
    private(set) var count = 0
    /// How often each byte stands in keys, roughly: of some rows only, and only ever added to.
    private var histogram = [Int](repeating: 0, count: 256)
    /// Of so many rows one is looked at for the histogram.
    private static let histogramStep = 8

    /// About how much memory it takes.
    var bytes: Int {
        ordered.reduce(0) { $0 + $1.bytes } + strays.reduce(0) { $0 + $1.bytes }
            + strayLocations.count * SearchChunk.locationBytes
    }

    mutating func apply(_ changes: [FoldOutcome.Change]) {
        for change in changes {
            switch change {
            case .put(let row): put(row)
            case .remove(let id): remove(id)
            case .move(let id, let shelf):
                _ = self.change(id) { chunk, index in
                    chunk.move(index, shelf: shelf)
                    return true
                }
            case .clear(let shelves): clear(Set(shelves.map { Int32(clamping: $0) }))
            }
        }
    }

    mutating func put(_ row: ObjectRow) {
        let hasItsKey = change(row.id) { chunk, index in
            guard chunk.hasKey(index, row.key) else { return false }
            chunk.update(index, row)
            return true
        }
        if hasItsKey == true { return }
        if hasItsKey == false { remove(row.id) }
        row.key.withUnsafeBytes {
            append(
                row.id, shelf: row.shelf, key: $0, size: row.size, lastChange: row.lastChange,
                lastAccess: row.lastAccess, accesses: row.accesses, firstSeen: row.firstSeen)
        }
    }

    /// Appends a row that is not there yet.
    mutating func append(
        _ id: Int64, shelf: Int64, key: UnsafeRawBufferPointer, size: Int64, lastChange: Int64, lastAccess: Int64,
        accesses: Int64, firstSeen: Int64
    ) {
        func add(to chunks: inout [SearchChunk]) -> Location {
            if chunks.last?.isFull ?? true { chunks.append(SearchChunk()) }
            let last = chunks.count - 1
            let row = chunks[last].append(
                id, shelf: shelf, key: key, size: size, lastChange: lastChange, lastAccess: lastAccess,
                accesses: accesses, firstSeen: firstSeen)
            return Location(chunk: last, row: row)
        }
        if Int(truncatingIfNeeded: id) % Self.histogramStep == 0 || count < 1_000 {
            for byte in key { histogram[Int(byte)] &+= 1 }
        }
        count += 1
        if id > highest {
            highest = id
            _ = add(to: &ordered)
        } else {
            strayLocations[id] = add(to: &strays)
        }
    }

    mutating func remove(_ id: Int64) {
        if let at = strayLocations.removeValue(forKey: id) {
            strays[at.chunk].remove(at.row)
            count -= 1
            if strays[at.chunk].isHalfEmpty { rebuild() }
        } else if let at = place(id) {
            ordered[at.chunk].remove(at.row)
            count -= 1
            if ordered[at.chunk].isHalfEmpty { compact(at.chunk) }
        }
    }

    /// Where a row stands in order; nil where it does not, or is gone.
    private func place(_ id: Int64) -> Location? {
        guard id <= highest, let chunk = ordered.lastIndex(upTo: id, { $0.ids.first ?? .max }),
            let row = ordered[chunk].ids.lastIndex(upTo: id, { $0 }), ordered[chunk].ids[row] == id,
            ordered[chunk].isThere(row)
        else { return nil }
        return Location(chunk: chunk, row: row)
    }

    /// Lets `body` change a row in place; nil where the row is not there.
    private mutating func change(_ id: Int64, _ body: (inout SearchChunk, Int) -> Bool) -> Bool? {
        if let at = strayLocations[id] { return body(&strays[at.chunk], at.row) }
        return place(id).map { body(&ordered[$0.chunk], $0.row) }
    }

    private mutating func clear(_ shelves: Set<Int32>) {
        for index in ordered.indices { ordered[index].clear(shelves) }
        for index in strays.indices { strays[index].clear(shelves) }
        rebuild()
    }

    /// Writes a chunk anew when half of it is gone, so that deletes cannot fill the memory.
    private mutating func compact(_ index: Int) {
        var fresh = SearchChunk()
        for row in 0..<ordered[index].count where ordered[index].isThere(row) { fresh.append(ordered[index], row) }
        if fresh.count == 0 {
            ordered.remove(at: index)
        } else {
            ordered[index] = fresh
        }
        // New rows go to the last chunk only; one that was emptied within stays small until it is joined with others.
        if ordered.count > 4, count * 2 < ordered.count * SearchChunk.capacity { rebuild() }
    }

    /// Puts all chunks together again.
    private mutating func rebuild() {
        let rows = ordered + strays
        ordered = []
        strays = []
        strayLocations = [:]
        highest = 0
        count = 0
        for chunk in rows {
            for row in 0..<chunk.count where chunk.isThere(row) {
                chunk.withKey(row) {
                    append(
                        chunk.ids[row], shelf: Int64(chunk.shelves[row]), key: $0, size: chunk.sizes[row],
                        lastChange: chunk.changes[row], lastAccess: chunk.reads[row], accesses: chunk.counts[row],
                        firstSeen: chunk.seen[row])
                }
            }
        }
    }

    /// What a search needs. It shares the chunks and not the rest, so that the fold can go on beside a search at the
    /// price of copying the chunks it touches.
    var view: SearchView { SearchView(chunks: ordered + strays, histogram: histogram) }
}

extension Array {
    /// The last place whose value is not above `limit`; the values rise.
    fileprivate func lastIndex(upTo limit: Int64, _ value: (Element) -> Int64) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if value(self[middle]) <= limit { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
