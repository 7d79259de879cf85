import Glibc

/// A set of keys in byte order that takes keys in any order: a hundred thousand of them cost n log n, not n². Kept in
/// short runs, so that a key in the middle moves only its neighbours. Pure.
public struct SortedKeys: Sendable {
    /// A run that grows longer is cut in two.
    private static var longestRun: Int { 512 }

    /// In order, none of them empty.
    private var runs: [[[UInt8]]] = []
    public private(set) var count = 0

    public init() {}

    /// Makes the set of keys that come in any order.
    public init(_ keys: some Sequence<[UInt8]>) {
        for key in keys.sorted(by: Self.precedes) { insert(key) }
    }

    public var isEmpty: Bool { count == 0 }

    /// Whether a key is there.
    public func contains(_ key: [UInt8]) -> Bool {
        guard let run = run(of: key) else { return false }
        let place = Self.place(of: key, in: runs[run])
        return place < runs[run].count && runs[run][place] == key
    }

    /// Puts a key in; false where it was there.
    @discardableResult
    public mutating func insert(_ key: [UInt8]) -> Bool {
        guard let run = run(of: key) ?? runs.indices.last else {
            runs.append([key])
            count = 1
            return true
        }
        let place = Self.place(of: key, in: runs[run])
        if place < runs[run].count, runs[run][place] == key { return false }
        count += 1
        if place == runs[run].count, runs[run].count == Self.longestRun {
            // Keys that come in order fill their runs.
            runs.append([key])
            return true
        }
        runs[run].insert(key, at: place)
        if runs[run].count > Self.longestRun {
            let middle = runs[run].count / 2
            let upper = Array(runs[run][middle...])
            runs[run].removeSubrange(middle...)
            runs.insert(upper, at: run + 1)
        }
        return true
    }

    /// Takes a key out; false where it was not there.
    @discardableResult
    public mutating func remove(_ key: [UInt8]) -> Bool {
        guard let run = run(of: key) else { return false }
        let place = Self.place(of: key, in: runs[run])
        guard place < runs[run].count, runs[run][place] == key else { return false }
        runs[run].remove(at: place)
        if runs[run].isEmpty { runs.remove(at: run) }
        count -= 1
        return true
    }

    public mutating func removeAll() {
        runs = []
        count = 0
    }

    /// Gives the keys from `start` on (with it, where it is there), in order, until `body` says false.
    public func forEach(from start: [UInt8], _ body: ([UInt8]) -> Bool) {
        guard let first = run(of: start) else { return }
        var place = Self.place(of: start, in: runs[first])
        for run in first..<runs.count {
            for key in runs[run][place...] where !body(key) { return }
            place = 0
        }
    }

    /// The keys that start with `prefix`, in order.
    public func keys(under prefix: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        forEach(from: prefix) { key in
            guard key.starts(with: prefix) else { return false }
            found.append(key)
            return true
        }
        return found
    }

    /// Byte order.
    public static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return a.count < b.count }
                let order = memcmp(first, second, min(a.count, b.count))
                return order == 0 ? a.count < b.count : order < 0
            }
        }
    }

    /// The first run whose last key is not before `key`: where it is, or would be. Nil where it comes after all.
    private func run(of key: [UInt8]) -> Int? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if let last = runs[middle].last, Self.precedes(last, key) { low = middle + 1 } else { high = middle }
        }
        return low < runs.count ? low : nil
    }

    private static func place(of key: [UInt8], in run: [[UInt8]]) -> Int {
        var low = 0
        var high = run.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(run[middle], key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
