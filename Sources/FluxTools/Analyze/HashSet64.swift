/// A set of hashes: what was there is told from what was not. 8 bytes each, at most half full.
struct HashSet64 {
    private var table = [UInt64](repeating: 0, count: 1024)
    private(set) var count = 0

    /// Whether it is new.
    mutating func insert(_ hash: UInt64) -> Bool {
        // 0 is a free slot.
        let hash = hash == 0 ? 1 : hash
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 {
            if table[slot] == hash { return false }
            slot = (slot + 1) & mask
        }
        table[slot] = hash
        count += 1
        if count * 2 > table.count { grow() }
        return true
    }

    private mutating func grow() {
        let old = table
        table = Array(repeating: 0, count: old.count * 2)
        let mask = table.count - 1
        for hash in old where hash != 0 {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while table[slot] != 0 { slot = (slot + 1) & mask }
            table[slot] = hash
        }
    }
}
