import Glibc

/// Up to `capacity` rows of the search index, column by column, with their folded keys in one run of bytes.
struct SearchChunk: Sendable {
    static let capacity = 16_384

    /// Folded keys, each followed by `SearchText.separator`.
    private(set) var text: [UInt8] = []
    /// Where each row's key starts in `text`; one more than rows.
    private(set) var starts: [UInt32] = [0]
    private(set) var ids: [Int64] = []
    /// `gone` where the row is no more.
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
    /// Whether it is worth writing anew.
    var isHalfEmpty: Bool { isFull && live * 2 < count }

    /// No shelf has this number.
    private static let gone: Int32 = 0
    /// Bytes a row besides its key.
    static let rowBytes = 7 * 8 + 2 * 4
    /// What the place of a row in a dictionary costs, about.
    static let locationBytes = 48
    var bytes: Int { text.count + count * Self.rowBytes + originals.count }

    /// Adds a row; its number here.
    mutating func append(
        _ id: Int64, shelf: Int64, key: UnsafeRawBufferPointer, size: Int64, lastChange: Int64, lastAccess: Int64,
        accesses: Int64, firstSeen: Int64
    ) -> Int {
        let index = count
        let original = UInt32(originals.count)
        if SearchText.append(key, to: &text) { originals.append(contentsOf: key) }
        originalRanges.append(original..<UInt32(originals.count))
        text.append(SearchText.separator)
        starts.append(UInt32(text.count))
        ids.append(id)
        shelves.append(Int32(clamping: shelf))
        sizes.append(size)
        changes.append(lastChange)
        reads.append(lastAccess)
        counts.append(accesses)
        seen.append(firstSeen)
        live += 1
        return index
    }

    /// Adds a row of another chunk.
    mutating func append(_ other: SearchChunk, _ row: Int) {
        other.withKey(row) {
            _ = append(
                other.ids[row], shelf: Int64(other.shelves[row]), key: $0, size: other.sizes[row],
                lastChange: other.changes[row], lastAccess: other.reads[row], accesses: other.counts[row],
                firstSeen: other.seen[row])
        }
    }

    mutating func update(_ index: Int, _ row: ObjectRow) {
        shelves[index] = Int32(clamping: row.shelf)
        sizes[index] = row.size
        changes[index] = row.lastChange
        reads[index] = row.lastAccess
        counts[index] = row.accesses
        seen[index] = row.firstSeen
    }

    mutating func move(_ index: Int, shelf: Int64) {
        guard isThere(index) else { return }
        shelves[index] = Int32(clamping: shelf)
    }

    mutating func remove(_ index: Int) {
        guard isThere(index) else { return }
        shelves[index] = Self.gone
        live -= 1
    }

    /// Removes all rows of these shelves.
    mutating func clear(_ gone: Set<Int32>) {
        for index in 0..<count where gone.contains(shelves[index]) { remove(index) }
    }

    func isThere(_ index: Int) -> Bool { shelves[index] != Self.gone }

    func key(_ index: Int) -> [UInt8] { withKey(index) { Array($0) } }

    func hasKey(_ index: Int, _ key: [UInt8]) -> Bool { withKey(index) { $0.elementsEqual(key) } }

    /// The column of a sort by number.
    func column(_ sort: ObjectQuery.Sort) -> [Int64] {
        switch sort {
        case .size: sizes
        case .lastChange: changes
        case .lastAccess, .lastRead: reads
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
                        while Int(starts[row + 1]) <= at { row += 1 }
                        if isThere(row) { found(row) }
                        // One match a row is enough.
                        position = Int(starts[row + 1]) + anchor
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
            body(UnsafeRawBufferPointer(rebasing: $0[Int(starts[index])..<Int(starts[index + 1]) - 1]))
        }
    }
}
