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
    /// The keys of `entries`, in byte order.
    private var keys: [[UInt8]] = []
    /// Appended entries, by offset.
    private var landings: [(offset: Int64, key: [UInt8])] = []

    var count: Int { entries.count }

    subscript(_ key: [UInt8]) -> Entry? { entries[key] }

    /// Says what is told of a key now.
    mutating func set(_ key: [UInt8], _ object: KnownObject?) {
        if entries.updateValue(Entry(object: object, offset: nil), forKey: key) == nil {
            if let last = keys.last, !last.lexicographicallyPrecedes(key) {
                keys.insert(key, at: place(of: key))
            } else {
                keys.append(key)
            }
        }
    }

    /// The append of what was said of a key came back.
    mutating func landed(_ key: [UInt8], offset: Int64) {
        entries[key]?.offset = offset
        entries[key]?.object?.lastOffset = offset
        landings.append((offset, key))
    }

    /// The catalogue has folded everything up to and including this offset.
    mutating func prune(through folded: Int64) {
        guard let first = landings.first, first.offset <= folded else { return }
        var kept: [(offset: Int64, key: [UInt8])] = []
        for landing in landings {
            guard landing.offset <= folded else {
                kept.append(landing)
                continue
            }
            // Said again since: then the later word stays.
            if let entry = entries[landing.key], entry.offset == landing.offset { entries[landing.key] = nil }
        }
        landings = kept
        keys.removeAll { entries[$0] == nil }
    }

    /// The entries with `prefix`, after `after` and up to and including `through`, in order.
    func range(under prefix: [UInt8], after: [UInt8]?, through: [UInt8]?) -> [(key: [UInt8], object: KnownObject?)] {
        var start = place(of: prefix)
        if let after { start = max(start, place(of: after)) }
        var found: [(key: [UInt8], object: KnownObject?)] = []
        for key in keys[start...] {
            if let through, through.lexicographicallyPrecedes(key) { break }
            guard key.starts(with: prefix) else {
                if prefix.lexicographicallyPrecedes(key) { break }
                continue
            }
            if let after, key == after { continue }
            found.append((key, entries[key]?.object))
        }
        return found
    }

    /// Where a key is, or would be, in `keys`.
    private func place(of key: [UInt8]) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
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
