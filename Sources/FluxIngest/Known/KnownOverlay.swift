import FluxStores

/// What ingest told and the catalogue has not folded yet, laid over what the catalogue knows. Pure.
struct KnownOverlay {
    struct Entry {
        /// Nil: it was told to be gone.
        var object: KnownObject?
        /// Nil: not appended yet.
        var offset: Int64?
    }

    private var entries: [[UInt8]: Entry] = [:]
    /// The keys of `entries`.
    private var keys = SortedKeys()
    /// Appended entries, by offset; those before `pruned` are done with.
    private var landings: [(offset: Int64, key: [UInt8])] = []
    private var pruned = 0

    var count: Int { entries.count }

    subscript(_ key: [UInt8]) -> Entry? { entries[key] }

    /// Says what is told of a key now.
    mutating func set(_ key: [UInt8], _ object: KnownObject?) {
        if entries.updateValue(Entry(object: object, offset: nil), forKey: key) == nil { keys.insert(key) }
    }

    /// The append of what was said of a key came back.
    mutating func landed(_ key: [UInt8], offset: Int64) {
        entries[key]?.offset = offset
        entries[key]?.object?.lastOffset = offset
        landings.append((offset, key))
    }

    /// The catalogue has folded everything up to and including this offset.
    mutating func prune(through folded: Int64) {
        while pruned < landings.count, landings[pruned].offset <= folded {
            let landing = landings[pruned]
            pruned += 1
            // Said again since: then the later word stays.
            guard let entry = entries[landing.key], entry.offset == landing.offset else { continue }
            entries[landing.key] = nil
            keys.remove(landing.key)
        }
        // Moved up now and then only, so that each landing is moved once or twice in all.
        if pruned * 2 >= landings.count {
            landings.removeFirst(pruned)
            pruned = 0
        }
    }

    /// The entries with `prefix`, after `after` and up to and including `through`, in order.
    func range(under prefix: [UInt8], after: [UInt8]?, through: [UInt8]?) -> [(key: [UInt8], object: KnownObject?)] {
        var found: [(key: [UInt8], object: KnownObject?)] = []
        let start = after.map { SortedKeys.precedes(prefix, $0) ? $0 : prefix } ?? prefix
        keys.forEach(from: start) { key in
            if let through, SortedKeys.precedes(through, key) { return false }
            guard key.starts(with: prefix) else { return false }
            if key != after { found.append((key, entries[key]?.object)) }
            return true
        }
        return found
    }

    /// Lays entries over a stretch of known objects; both in order, of the same stretch.
    static func merge(
        _ known: [KnownObject], _ entries: [(key: [UInt8], object: KnownObject?)]
    ) -> [KnownObject] {
        guard !entries.isEmpty else { return known }
        var merged: [KnownObject] = []
        merged.reserveCapacity(known.count + entries.count)
        var rest = known[...]
        for entry in entries {
            while let first = rest.first, first.key.lexicographicallyPrecedes(entry.key) {
                merged.append(first)
                rest = rest.dropFirst()
            }
            if rest.first?.key == entry.key { rest = rest.dropFirst() }
            if let object = entry.object { merged.append(object) }
        }
        return merged + rest
    }
}
