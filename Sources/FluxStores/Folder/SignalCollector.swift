/// Collects what one look at the watch gives, in order, and puts together what belongs together.
struct SignalCollector {
    enum Item: Sendable, Hashable {
        case change([UInt8], ChangeContent)
        case read([UInt8], Int)
        case renamed(from: [UInt8], to: [UInt8])
        case renamedFolder(from: [UInt8], to: [UInt8])
        case folderGone([UInt8])
        case compare([UInt8])
        case overflow(String)
        case rootSuspect
    }

    private var items: [Item?] = []
    private var changes: [[UInt8]: Int] = [:]
    private var renames: [[UInt8]: Int] = [:]
    private var folderRenames: [[UInt8]: Int] = [:]
    /// Where the items about each key are, once a folder was renamed.
    private var index: Index?

    var collected: [Item] { items.compactMap { $0 } }

    mutating func add(_ item: Item) {
        index?.note(item, at: items.count)
        items.append(item)
    }

    mutating func change(_ key: [UInt8], _ content: ChangeContent) {
        var content = content
        if let place = changes[key], case .change(_, let before)? = items[place] {
            items[place] = nil
            var merged = before
            merged.merge(content)
            content = merged
        }
        changes[key] = items.count
        add(.change(key, content))
    }

    /// A file was renamed. What is collected of both names is part of it, and a rename before it joins it.
    mutating func rename(from: [UInt8], to: [UInt8]) {
        drop(from)
        drop(to)
        if let place = renames[from], case .renamed(let origin, _)? = items[place] {
            // In its old place: the origin may have got a new file since, which must not come before.
            let joined: Item? = origin == to ? nil : .renamed(from: origin, to: to)
            items[place] = joined
            if let joined { index?.note(joined, at: place) }
            renames[from] = nil
            // The name in the middle may have been known before.
            change(from, ChangeContent(deleted: true))
            if origin == to { change(to, ChangeContent()) } else { renames[to] = place }
            return
        }
        renames[to] = items.count
        add(.renamed(from: from, to: to))
    }

    /// A folder was renamed. All below its new name is to be compared as well: what is unknown there gets its watches.
    mutating func renameFolder(from: [UInt8], to: [UInt8]) {
        var index = index ?? Index(items)
        self.index = nil
        for place in index.take(under: from) {
            switch items[place] {
            case .change(let key, _)? where key.starts(with: from):
                items[place] = nil
                changes[key] = nil
            case .compare(let prefix)? where prefix.starts(with: from): items[place] = nil
            case .renamed(let origin, let key)? where key.starts(with: from):
                let moved = Item.renamed(from: origin, to: to + key.dropFirst(from.count))
                items[place] = moved
                index.note(moved, at: place)
                renames[key] = nil
                renames[to + key.dropFirst(from.count)] = place
            default: break
            }
        }
        self.index = index
        var origin = from
        if let place = folderRenames.removeValue(forKey: from), case .renamedFolder(let first, _)? = items[place] {
            items[place] = nil
            origin = first
            add(.folderGone(from))
        }
        if origin == to {
            add(.compare(from))
        } else {
            folderRenames[to] = items.count
            add(.renamedFolder(from: origin, to: to))
        }
        add(.compare(to))
    }

    private mutating func drop(_ key: [UInt8]) {
        if let place = changes.removeValue(forKey: key) { items[place] = nil }
    }
}

extension SignalCollector {
    /// Finds the items about what lies below a folder without going through all of them: of many folders that are
    /// renamed at once each looks at its own only.
    private struct Index {
        private var keys = SortedKeys()
        private var places: [[UInt8]: [Int]] = [:]

        init(_ items: [Item?]) {
            for (place, item) in items.enumerated() {
                if let item { note(item, at: place) }
            }
        }

        mutating func note(_ item: Item, at place: Int) {
            switch item {
            case .change(let key, _), .renamed(_, let key), .compare(let key):
                keys.insert(key)
                places[key, default: []].append(place)
            case .read, .renamedFolder, .folderGone, .overflow, .rootSuspect: return
            }
        }

        /// The places noted below a prefix, in order; they are noted no longer. Some may hold another item by now.
        mutating func take(under prefix: [UInt8]) -> [Int] {
            var taken: [Int] = []
            for key in keys.keys(under: prefix) {
                keys.remove(key)
                taken += places.removeValue(forKey: key) ?? []
            }
            return taken.sorted()
        }
    }
}
