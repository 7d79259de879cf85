import CFluxSystem

/// A 128-bit identity of a record. (0, 0) stands for none.
struct RecordHash: Sendable, Hashable {
    var high: UInt64
    var low: UInt64

    static let none = RecordHash(high: 0, low: 0)
    var isNone: Bool { self.high == 0 && self.low == 0 }

    /// What the window keeps of it: 96 bits. That two of two million events agree in them by chance has odds of 1 in
    /// 10^16, and the key is secret.
    var short: RecordHash { RecordHash(high: self.high & 0xFFFF_FFFF, low: self.low) }
}

/// The identities of the newest offsets of one partition, and where each was first: a value, without a file.
///
/// A ring holds one hash an offset, so an offset needs no room of its own; an open-addressing table of ring positions
/// finds a hash in it. What the 32 bits of a slot have left beside the position is a tag, some bits of the hash, so that
/// looking for one that is not there mostly touches the table only. Full, at two million events, that is 24 MB + 16 MB,
/// more than caches hold. The ring takes memory as it is first written to, the table doubles; nothing is ever there
/// twice.
struct DuplicateWindow: Sendable {
    /// How many of the newest offsets count.
    let limit: Int
    private static let smallestTable = 2048
    /// What one pass of the writer mostly adds at most, before the oldest go.
    private static let passRoom = 16_384
    /// The ring holds the offsets `start..<end`.
    private(set) var start: Int64
    private(set) var end: Int64
    private var ring: HashRing
    /// Ring position + 1 and above it the tag, 0 for a free slot. Linear probing.
    private var table: [UInt32]
    /// The bits of a slot that are the position's.
    private var positionMask: UInt32
    /// Offsets in the ring that have a hash in the table.
    private(set) var count = 0

    init(limit: Int, at offset: Int64) {
        self.limit = limit
        self.start = offset
        self.end = offset
        self.ring = HashRing(count: limit + Self.passRoom)
        self.table = Array(repeating: 0, count: Self.smallestTable)
        self.positionMask = Self.mask(of: self.ring)
    }

    /// Positions are counted from one, so that the last one may need a bit more.
    private static func mask(of ring: HashRing) -> UInt32 { UInt32(truncatingIfNeeded: 2 * ring.count - 1) }

    /// What stands in the slot of a hash at a ring position.
    private func entry(_ low: UInt64, at position: Int) -> UInt32 {
        (UInt32(truncatingIfNeeded: low >> 32) & ~self.positionMask) | UInt32(position + 1)
    }

    private func position(_ entry: UInt32) -> Int { Int(entry & self.positionMask) - 1 }

    var isOn: Bool { self.limit > 0 }

    /// The offset of the first record with this hash, as far as the window reaches.
    func offset(of hash: RecordHash) -> Int64? {
        guard self.count > 0 else { return nil }
        let hash = hash.short
        let mask = self.table.count - 1
        let tag = UInt32(truncatingIfNeeded: hash.low >> 32)
        var slot = Int(truncatingIfNeeded: hash.low) & mask
        while true {
            let entry = self.table[slot]
            if entry == 0 { return nil }
            if (entry ^ tag) & ~self.positionMask == 0 {
                let position = self.position(entry)
                if self.ring[position] == hash { return self.offset(atRing: position) }
            }
            slot = (slot + 1) & mask
        }
    }

    /// Adds these records from a place on as the next offsets, up to the first that is here already: its place, and the
    /// offset of the first of its kind.
    mutating func appendNew(_ records: IdentifiedRecords, from place: Int) -> (place: Int, offset: Int64)? {
        if place == 0 { self.fetch(records.hashes) }
        for place in place..<records.records.count {
            if let offset = self.appendNew(records.hash(place)) { return (place, offset) }
        }
        return nil
    }

    /// Has the processor fetch where these hashes lie in the table, and those of the oldest that go for them, all at once:
    /// else each is waited for.
    private func fetch(_ hashes: [RecordHash]) {
        guard self.isOn else { return }
        let mask = self.table.count - 1
        // Not those that go for what this pass has added already: they were fetched then.
        let oldest = max(self.start, self.end - Int64(self.limit))
        let going = oldest..<max(oldest, min(self.end, self.end + Int64(hashes.count) - Int64(self.limit)))
        self.table.withUnsafeBufferPointer { table in
            guard let first = table.baseAddress else { return }
            for hash in hashes { cflux_prefetch(first + (Int(truncatingIfNeeded: hash.low) & mask)) }
            for offset in going { cflux_prefetch(first + self.home(of: offset, mask)) }
            // Who stands behind one that goes may move up: its own hash says whether.
            for offset in going {
                var slot = (self.home(of: offset, mask) + 1) & mask
                for _ in 0..<Self.fetchedNeighbours where table[slot] != 0 {
                    self.ring.fetch(self.position(table[slot]))
                    slot = (slot + 1) & mask
                }
            }
        }
    }

    private static let fetchedNeighbours = 3

    private func home(of offset: Int64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: self.ring.low(Int(truncatingIfNeeded: offset) & (self.ring.count - 1))) & mask
    }

    /// The offset of the first record with this hash; where there is none, nil, and it is the next offset's.
    private mutating func appendNew(_ hash: RecordHash?) -> Int64? {
        if let hash, let offset = self.offset(of: hash) { return offset }
        self.push(hash)
        return nil
    }

    /// Adds the next offset. Nil has none to find; a hash that is there already keeps its first offset.
    mutating func append(_ hash: RecordHash?) {
        self.push(hash.flatMap { self.offset(of: $0) == nil ? $0 : nil })
    }

    /// Adds the next offset, with a hash that is not in the window yet.
    private mutating func push(_ hash: RecordHash?) {
        guard self.isOn else {
            self.end += 1
            self.start = self.end
            return
        }
        if Int(self.end - self.start) == self.ring.count { self.widenRing() }
        let position = Int(truncatingIfNeeded: self.end) & (self.ring.count - 1)
        self.end += 1
        guard let hash = hash?.short, !hash.isNone else {
            self.ring[position] = .none
            return
        }
        self.ring[position] = hash
        self.count += 1
        if self.count > self.table.count / 4 * 3 {
            self.fillTable(self.table.count * 2)
        } else {
            self.insert(position)
        }
    }

    /// Adds the hashes of the offsets from `offset` on, as far as they are new; what lies before them is a hole.
    mutating func append(_ hashes: [RecordHash], from offset: Int64) {
        let known = Int(min(Int64(hashes.count), max(0, self.end - offset)))
        guard known < hashes.count else { return }
        self.skip(to: offset)
        for hash in hashes[known...] {
            self.append(hash)
            self.commit()
        }
    }

    /// Offsets up to `offset` have no hash: a hole of the log.
    mutating func skip(to offset: Int64) {
        guard offset > self.end else { return }
        if self.count == 0 || offset - self.end > Int64(self.limit) {
            self = DuplicateWindow(limit: self.limit, at: offset)
        }
        while self.end < offset {
            self.append(nil)
            self.commit()
        }
    }

    /// Takes back everything at and past `offset`, which was not committed.
    mutating func rollback(to offset: Int64) {
        guard self.isOn else {
            self.end = min(self.end, offset)
            self.start = self.end
            return
        }
        while self.end > offset, self.end > self.start {
            self.end -= 1
            self.forget(self.end)
        }
    }

    /// What was added stays; what is older than the limit goes.
    mutating func commit() {
        while self.end - self.start > Int64(self.limit) {
            self.forget(self.start)
            self.start += 1
        }
    }

    private mutating func forget(_ offset: Int64) {
        let position = Int(truncatingIfNeeded: offset) & (self.ring.count - 1)
        guard !self.ring[position].isNone else { return }
        self.remove(position)
        self.ring[position] = .none
        self.count -= 1
    }

    private func offset(atRing position: Int) -> Int64 {
        // The one offset in start..<end that is congruent to the position.
        let mask = Int64(self.ring.count - 1)
        return self.start + ((Int64(position) - self.start) & mask)
    }

    private mutating func insert(_ position: Int) {
        let mask = self.table.count - 1
        let low = self.ring.low(position)
        var slot = Int(truncatingIfNeeded: low) & mask
        while self.table[slot] != 0 { slot = (slot + 1) & mask }
        self.table[slot] = self.entry(low, at: position)
    }

    /// Removes by shifting back what probed past the slot, so that no tombstones gather.
    private mutating func remove(_ position: Int) {
        let mask = self.table.count - 1
        let low = self.ring.low(position)
        let entry = self.entry(low, at: position)
        var hole = Int(truncatingIfNeeded: low) & mask
        while self.table[hole] != entry { hole = (hole + 1) & mask }
        var slot = hole
        while true {
            slot = (slot + 1) & mask
            let entry = self.table[slot]
            if entry == 0 { break }
            let home = Int(truncatingIfNeeded: self.ring.low(self.position(entry))) & mask
            // The entry may move into the hole unless its home lies cyclically in (hole, slot].
            if (slot - home) & mask >= (slot - hole) & mask {
                self.table[hole] = entry
                hole = slot
            }
        }
        self.table[hole] = 0
    }

    /// Only where one pass holds more than the ring has beyond the limit.
    private mutating func widenRing() {
        let old = self.ring
        self.ring = HashRing(count: old.count * 2)
        self.positionMask = Self.mask(of: self.ring)
        for offset in self.start..<self.end {
            self.ring[Int(truncatingIfNeeded: offset) & (self.ring.count - 1)] =
                old[Int(truncatingIfNeeded: offset) & (old.count - 1)]
        }
        self.fillTable(self.table.count)
    }

    private mutating func fillTable(_ slots: Int) {
        // The old one goes before the new one comes: they are the largest pieces of memory that the log has.
        self.table = []
        self.table = Array(repeating: 0, count: slots)
        for offset in self.start..<self.end {
            let position = Int(truncatingIfNeeded: offset) & (self.ring.count - 1)
            if !self.ring[position].isNone { self.insert(position) }
        }
    }
}

/// A fixed number of short hashes, a power of two, all `none` at first; memory is taken in pieces, when a piece gets its
/// first hash.
private struct HashRing: Sendable {
    private static let pieceBits = 13
    private static let piece = 1 << pieceBits

    let count: Int
    private var low: [[UInt64]]
    private var high: [[UInt32]]

    /// At least `count` hashes, and at least one piece.
    init(count: Int) {
        var rounded = Self.piece
        while rounded < count { rounded *= 2 }
        self.count = rounded
        self.low = Array(repeating: [], count: rounded / Self.piece)
        self.high = Array(repeating: [], count: rounded / Self.piece)
    }

    /// A part of the hash at a position, 0 where there is none.
    func low(_ position: Int) -> UInt64 {
        let piece = self.low[position >> Self.pieceBits]
        return piece.isEmpty ? 0 : piece[position & (Self.piece - 1)]
    }

    /// Has the processor fetch what `low` of a position will read.
    func fetch(_ position: Int) {
        self.low[position >> Self.pieceBits].withUnsafeBufferPointer { piece in
            guard let first = piece.baseAddress, !piece.isEmpty else { return }
            cflux_prefetch(first + (position & (Self.piece - 1)))
        }
    }

    subscript(position: Int) -> RecordHash {
        get {
            let piece = position >> Self.pieceBits
            guard !self.low[piece].isEmpty else { return .none }
            let place = position & (Self.piece - 1)
            return RecordHash(high: UInt64(self.high[piece][place]), low: self.low[piece][place])
        }
        set {
            let piece = position >> Self.pieceBits
            if self.low[piece].isEmpty {
                if newValue.isNone { return }
                self.low[piece] = Array(repeating: 0, count: Self.piece)
                self.high[piece] = Array(repeating: 0, count: Self.piece)
            }
            let place = position & (Self.piece - 1)
            self.low[piece][place] = newValue.low
            self.high[piece][place] = UInt32(truncatingIfNeeded: newValue.high)
        }
    }
}
