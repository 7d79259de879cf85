import FluxStores

/// Renames whose target had moved on before it was seen: each target, and where it came from. Pure.
struct FloatingRenames {
    private var origins: [[UInt8]: [UInt8]] = [:]
    private var targets = SortedKeys()
    /// How many targets came from an origin.
    private var counts: [[UInt8]: Int] = [:]

    var isEmpty: Bool { origins.isEmpty }

    /// Whether what was known under this key is under way elsewhere.
    func isOrigin(_ key: [UInt8]) -> Bool { counts[key] != nil }

    /// Remembers a rename; gives the origin of another one to the same target.
    mutating func add(_ origin: [UInt8], at target: [UInt8]) -> [UInt8]? {
        let before = take(target)
        origins[target] = origin
        targets.insert(target)
        counts[origin, default: 0] += 1
        return before
    }

    /// The origin of what came to this target; it floats no longer.
    mutating func take(_ target: [UInt8]) -> [UInt8]? {
        guard let origin = origins.removeValue(forKey: target) else { return nil }
        targets.remove(target)
        counts[origin] = counts[origin].flatMap { $0 > 1 ? $0 - 1 : nil }
        return origin
    }

    /// The targets that lie below a prefix.
    func targets(below prefix: [UInt8]) -> [[UInt8]] { origins.isEmpty ? [] : targets.keys(under: prefix) }

    /// All origins; nothing floats any longer.
    mutating func takeAll() -> [[UInt8]] {
        defer { self = FloatingRenames() }
        return Array(origins.values)
    }
}
