import Glibc

/// Up to `capacity` rows of the search index, column by column, with their folded keys in one run of bytes.
struct SearchChunk: Sendable {
    static let capacity = 16_384

    /// Folded keys, each followed by `SearchText.separator`.
    private(set) var text: [UInt8] = []
    /// Where each row's key starts in `text`; one more than rows.
    private(set) var starts: [Int] = [0]
    /// Row ids; 0 where the row is gone.
    private(set) var ids: [Int64] = []
    private(set) var shelves: [Int32] = []
    private(set) var sizes: [Int64] = []
    private(set) var changes: [Int64] = []
    private(set) var reads: [Int64] = []
    private(set) var counts: [Int64] = []
    private(set) var seen: [Int64] = []
    /// The keys as they are, where they differ from the folded ones.
    private var originals: [UInt8] = []
    /// Where each row's key stands in `originals`; empty where the folded one is the key.
    private var originalRanges: [Range<UInt32>] = []
    private(set) var live = 0

    var count: Int { ids.count }
    var isFull: Bool { count >= Self.capacity }

    /// Bytes a row besides its key, and what a dictionary entry costs about.
    static let rowBytes = 8 * 8 + 4 + 48
    var bytes: Int { text.count + count * Self.rowBytes + originals.count }

    mutating func append(_ row: ObjectRow) -> Int {
        let index = row.key.withUnsafeBytes { append(row.id, shelf: row.shelf, key: $0) }
        sizes.append(row.size)
        changes.append(row.lastChange)
        reads.append(row.lastAccess)
        counts.append(row.accesses)
        seen.append(row.firstSeen)
        return index
    }

    /// The same for a row that SQLite has just read, without a copy of it.
    mutating func append(
        _ id: Int64, shelf: Int64, key: UnsafeRawBufferPointer, size: Int64, lastChange: Int64, lastAccess: Int64,
        accesses: Int64, firstSeen: Int64
    ) -> Int {
        let index = append(id, shelf: shelf, key: key)
        sizes.append(size)
        changes.append(lastChange)
        reads.append(lastAccess)
        counts.append(accesses)
        seen.append(firstSeen)
        return index
    }

    private mutating func append(_ id: Int64, shelf: Int64, key: UnsafeRawBufferPointer) -> Int {
        let index = count
        let original = UInt32(originals.count)
        if SearchText.append(key, to: &text) { originals.append(contentsOf: key) }
        originalRanges.append(original..<UInt32(originals.count))
        text.append(SearchText.separator)
        starts.append(text.count)
        ids.append(id)
        shelves.append(Int32(clamping: shelf))
        live += 1
        return index
    }

    mutating func update(_ index: Int, _ row: ObjectRow) {
        shelves[index] = Int32(clamping: row.shelf)
        sizes[index] = row.size
        changes[index] = row.lastChange
        reads[index] = row.lastAccess
        counts[index] = row.accesses
        seen[index] = row.firstSeen
    }

    mutating func remove(_ index: Int) {
        guard ids[index] != 0 else { return }
        ids[index] = 0
        live -= 1
    }

    func key(_ index: Int) -> [UInt8] { withKey(index) { Array($0) } }

    func hasKey(_ index: Int, _ key: [UInt8]) -> Bool { withKey(index) { $0.elementsEqual(key) } }

    /// The row as far as the index knows it, to be put somewhere else.
    func row(_ index: Int) -> ObjectRow {
        var row = ObjectRow(
            id: ids[index], place: 0, key: key(index), hash: 0, tier: "", firstSeen: seen[index], lastOffset: 0)
        row.shelf = Int64(shelves[index])
        row.size = sizes[index]
        row.lastChange = changes[index]
        row.lastAccess = reads[index]
        row.accesses = counts[index]
        return row
    }

    /// The column of a sort by number.
    func column(_ sort: ObjectQuery.Sort) -> [Int64] {
        switch sort {
        case .size: sizes
        case .lastChange: changes
        case .lastAccess: reads
        case .accesses: counts
        case .name, .firstSeen: seen
        }
    }

    /// Calls `found` with each row, in order, whose folded key contains the word, and that is there.
    ///
    /// - Parameter anchor: the place in the word of its rarest byte; `memchr` looks for that one.
    func forEachMatch(_ word: [UInt8], anchor: Int, _ found: (Int) -> Void) {
        text.withUnsafeBytes { text in
            word.withUnsafeBytes { word in
                guard let base = text.baseAddress, let wanted = word.baseAddress, text.count >= word.count else {
                    return
                }
                let length = word.count
                let rare = Int32(word[anchor])
                var row = 0
                var position = anchor
                let end = text.count - (length - 1 - anchor)
                while position < end, let hit = memchr(base + position, rare, end - position) {
                    let at = base.distance(to: UnsafeRawPointer(hit))
                    if memcmp(base + (at - anchor), wanted, length) == 0 {
                        while starts[row + 1] <= at { row += 1 }
                        if ids[row] != 0 { found(row) }
                        // One match a row is enough.
                        position = starts[row + 1] + anchor
                        row += 1
                    } else {
                        position = at + 1
                    }
                }
            }
        }
    }

    /// Calls `body` with the bytes of a key as it is, without copying them.
    func withKey<T>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        let range = originalRanges[index]
        if !range.isEmpty {
            return originals.withUnsafeBytes {
                body(UnsafeRawBufferPointer(rebasing: $0[Int(range.lowerBound)..<Int(range.upperBound)]))
            }
        }
        return text.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[starts[index]..<starts[index + 1] - 1]))
        }
    }
}
