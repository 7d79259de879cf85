/// Which watch descriptor stands for which folder. Folders know their parent and name only, so that renaming one of
/// them moves all below it in one step. Pure.
struct WatchTree: Sendable {
    private struct Node {
        var parent: Int32?
        var name: [UInt8]
        var children: [[UInt8]: Int32] = [:]
    }

    private var nodes: [Int32: Node] = [:]
    private(set) var root: Int32?

    var count: Int { nodes.count }

    func contains(_ watch: Int32) -> Bool { nodes[watch] != nil }

    mutating func setRoot(_ watch: Int32) {
        nodes = [watch: Node(parent: nil, name: [])]
        root = watch
    }

    /// The key prefix of what lies in a watched folder: empty for the root, else with a slash at the end. Nil where the
    /// watch is not (or no longer) of this tree.
    func prefix(of watch: Int32) -> [UInt8]? {
        var names: [[UInt8]] = []
        var at = watch
        while at != root {
            guard let node = nodes[at], let parent = node.parent else { return nil }
            names.append(node.name)
            at = parent
        }
        guard root != nil else { return nil }
        var prefix: [UInt8] = []
        for name in names.reversed() {
            prefix += name
            prefix.append(UInt8(ascii: "/"))
        }
        return prefix
    }

    /// The watch of a folder by its place.
    func child(of parent: Int32, named name: [UInt8]) -> Int32? {
        nodes[parent]?.children[name]
    }

    /// The watch of a folder by its key prefix.
    func watch(at prefix: [UInt8]) -> Int32? {
        guard var at = root else { return nil }
        for name in prefix.split(separator: UInt8(ascii: "/")) {
            guard let next = nodes[at]?.children[Array(name)] else { return nil }
            at = next
        }
        return at
    }

    /// Puts a watch at a place that must be free, with all that is below it if it was elsewhere before. False, with
    /// nothing done, where the place would lie in the folder itself or its parent is not of this tree: then what is known
    /// of the places is out of date.
    mutating func place(_ watch: Int32, parent: Int32, name: [UInt8]) -> Bool {
        guard nodes[parent] != nil, watch != root, !isWithin(parent, watch) else { return false }
        if let old = nodes[watch], let oldParent = old.parent, nodes[oldParent]?.children[old.name] == watch {
            nodes[oldParent]?.children[old.name] = nil
        }
        nodes[watch, default: Node(parent: parent, name: name)].parent = parent
        nodes[watch]?.name = name
        nodes[parent]?.children[name] = watch
        return true
    }

    private func isWithin(_ inner: Int32, _ outer: Int32) -> Bool {
        var at: Int32? = inner
        while let watch = at {
            if watch == outer { return true }
            at = nodes[watch]?.parent
        }
        return false
    }

    /// Takes a folder and all below it out; gives their watches.
    mutating func remove(_ watch: Int32) -> [Int32] {
        guard let node = nodes[watch] else { return [] }
        if let parent = node.parent, nodes[parent]?.children[node.name] == watch {
            nodes[parent]?.children[node.name] = nil
        }
        var removed: [Int32] = []
        var rest = [watch]
        while let at = rest.popLast() {
            guard let node = nodes.removeValue(forKey: at) else { continue }
            removed.append(at)
            rest += node.children.values.filter { nodes[$0]?.parent == at }
        }
        if watch == root { root = nil }
        return removed
    }
}
