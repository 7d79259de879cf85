/// All keys and sort columns in memory, in chunks: a search looks at every key, at some GB a second, so it finds any
/// part of a name, counts exactly, and sorts without touching the disk. Pure.
struct SearchTable: Sendable {
    private struct Location {
        var chunk: Int32
        var row: Int32
    }

    private(set) var chunks: [SearchChunk] = []
    private var locations: [Int64: Location] = [:]
    /// How often each byte stands in keys, roughly: only ever added to.
    private var histogram = [Int](repeating: 0, count: 256)

    var count: Int { locations.count }

    /// About how much memory it takes.
    var bytes: Int { chunks.reduce(0) { $0 + $1.bytes } }

    mutating func apply(_ changes: [FoldOutcome.Change]) {
        for change in changes {
            switch change {
            case .put(let row): put(row)
            case .remove(let id): remove(id)
            case .clear(let shelves): clear(Set(shelves.map { Int32(clamping: $0) }))
            }
        }
    }

    mutating func put(_ row: ObjectRow) {
        if let at = locations[row.id] {
            if chunks[Int(at.chunk)].hasKey(Int(at.row), row.key) {
                return chunks[Int(at.chunk)].update(Int(at.row), row)
            }
            remove(row.id)
        }
        append(row)
    }

    private mutating func append(_ row: ObjectRow) {
        let last = chunkForOneMore()
        row.key.withUnsafeBytes { count($0) }
        let index = chunks[last].append(row)
        locations[row.id] = Location(chunk: Int32(last), row: Int32(index))
    }

    /// Appends a row that SQLite has just read and that is not there yet.
    mutating func fill(
        _ id: Int64, shelf: Int64, key: UnsafeRawBufferPointer, size: Int64, lastChange: Int64, lastAccess: Int64,
        accesses: Int64, firstSeen: Int64
    ) {
        let last = chunkForOneMore()
        count(key)
        let index = chunks[last].append(
            id, shelf: shelf, key: key, size: size, lastChange: lastChange, lastAccess: lastAccess, accesses: accesses,
            firstSeen: firstSeen)
        locations[id] = Location(chunk: Int32(last), row: Int32(index))
    }

    mutating func reserve(_ rows: Int) {
        locations.reserveCapacity(rows)
        chunks.reserveCapacity(rows / SearchChunk.capacity + 1)
    }

    private mutating func chunkForOneMore() -> Int {
        if chunks.last?.isFull ?? true { chunks.append(SearchChunk()) }
        return chunks.count - 1
    }

    private mutating func count(_ key: UnsafeRawBufferPointer) {
        for byte in key { histogram[Int(byte)] &+= 1 }
    }

    mutating func remove(_ id: Int64) {
        guard let at = locations.removeValue(forKey: id) else { return }
        let index = Int(at.chunk)
        chunks[index].remove(Int(at.row))
        compact(index)
    }

    private mutating func clear(_ shelves: Set<Int32>) {
        for index in chunks.indices {
            for row in 0..<chunks[index].count
            where chunks[index].ids[row] != 0 && shelves.contains(chunks[index].shelves[row]) {
                locations[chunks[index].ids[row]] = nil
                chunks[index].remove(row)
            }
        }
        let left = chunks
        chunks = []
        locations = [:]
        for chunk in left {
            for row in 0..<chunk.count where chunk.ids[row] != 0 { append(chunk.row(row)) }
        }
    }

    /// Writes a full chunk anew when half of it is gone, so that renames and deletes cannot fill the memory.
    private mutating func compact(_ index: Int) {
        guard chunks[index].isFull, chunks[index].live * 2 < chunks[index].count else { return }
        let old = chunks[index]
        var fresh = SearchChunk()
        for row in 0..<old.count where old.ids[row] != 0 {
            let at = fresh.append(old.row(row))
            locations[old.ids[row]] = Location(chunk: Int32(index), row: Int32(at))
        }
        chunks[index] = fresh
        // New rows go to the last chunk only; one that was emptied within stays small until it is joined with others.
        joinIfSparse()
    }

    /// Puts all chunks together again when half of the room in them is unused.
    private mutating func joinIfSparse() {
        guard chunks.count > 4, count * 2 < chunks.count * SearchChunk.capacity else { return }
        let left = chunks
        chunks = []
        for chunk in left {
            for row in 0..<chunk.count where chunk.ids[row] != 0 { append(chunk.row(row)) }
        }
    }

    /// What a search needs. It shares the chunks and not the rest, so that the fold can go on beside a search at the
    /// price of copying the chunks it touches.
    var view: SearchView { SearchView(chunks: chunks, histogram: histogram) }
}
