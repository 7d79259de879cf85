import FluxStores

/// Comparisons that wait or are under way; the newest is done first. At most one is of the whole store, and it is the
/// first: it takes the place of all that waited when it was asked for. Pure.
struct CompareQueue {
    private var list: [Compare] = []
    /// The prefixes of those that have not begun, but for the whole store's.
    private var waiting: Set<[UInt8]> = []

    var count: Int { list.count }
    var isEmpty: Bool { list.isEmpty }
    /// Where the comparison is that is done next.
    var next: Int? { list.indices.last }
    /// Where the comparison of the whole store is.
    var wholeIndex: Int? { list.first?.isWhole == true ? 0 : nil }
    var whole: Compare? { wholeIndex.map { list[$0] } }

    func contains(_ at: Int) -> Bool { list.indices.contains(at) }

    subscript(at: Int) -> Compare {
        get { list[at] }
        _modify { yield &list[at] }
    }

    /// Whether one of a folder that holds `prefix` has yet to begin, so that it will see what lies there.
    func covers(_ prefix: [UInt8]) -> Bool {
        guard !waiting.isEmpty else { return false }
        return prefix.indices.contains { prefix[$0] == UInt8(ascii: "/") && waiting.contains(Array(prefix[...$0])) }
    }

    mutating func add(_ compare: Compare) {
        if compare.isWhole { removeAll() } else { waiting.insert(compare.walk.prefix) }
        list.append(compare)
    }

    /// From here on what the comparison has passed is not seen by it any more.
    mutating func begin(_ at: Int) {
        list[at].hasBegun = true
        waiting.remove(list[at].walk.prefix)
    }

    mutating func remove(at place: Int) {
        waiting.remove(list[place].walk.prefix)
        list.remove(at: place)
    }

    mutating func removeAll() {
        list = []
        waiting = []
    }
}
