/// What a store noticed. Keys are bytes; prefixes of folders end in a slash.
///
/// States come along as they were when the signal was taken, which was after everything that led to it: whoever takes
/// signals and batches of a comparison one after the other never sees an older state after a newer one.
public enum StoreSignal: Sendable, Hashable {
    /// An object is there, new or perhaps changed.
    case changed([UInt8], FileStatus, ChangeContent)
    /// There is no object of this key (any more).
    case gone([UInt8])
    /// It was opened, read and closed so many times.
    case read([UInt8], FileStatus?, reads: Int)
    /// An object changed its key.
    case renamed(from: [UInt8], to: [UInt8])
    /// A folder, and so all below it, changed its prefix.
    case renamedFolder(from: [UInt8], to: [UInt8])
    /// A folder left the store with all below it.
    case folderGone([UInt8])
    /// What lies below this prefix is to be compared with what is known (empty: everything).
    case compare([UInt8])
    /// Signals were lost; everything is to be compared. Why, in words.
    case overflow(String)
    /// Something happened to the root; look at it.
    case rootSuspect
}

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

    var collected: [Item] { items.compactMap { $0 } }

    mutating func add(_ item: Item) {
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
        items.append(.change(key, content))
    }

    /// A file was renamed. What is collected of both names is part of it, and a rename before it joins it.
    mutating func rename(from: [UInt8], to: [UInt8]) {
        drop(from)
        drop(to)
        if let place = renames[from], case .renamed(let origin, _)? = items[place] {
            // In its old place: the origin may have got a new file since, which must not come before.
            items[place] = origin == to ? nil : .renamed(from: origin, to: to)
            renames[from] = nil
            // The name in the middle may have been known before.
            change(from, ChangeContent(deleted: true))
            if origin == to { change(to, ChangeContent()) } else { renames[to] = place }
            return
        }
        renames[to] = items.count
        items.append(.renamed(from: from, to: to))
    }

    /// A folder was renamed. All below its new name is to be compared as well: what is unknown there gets its watches.
    mutating func renameFolder(from: [UInt8], to: [UInt8]) {
        for place in items.indices {
            switch items[place] {
            case .change(let key, _)? where key.starts(with: from):
                items[place] = nil
                changes[key] = nil
            case .compare(let prefix)? where prefix.starts(with: from): items[place] = nil
            case .renamed(let origin, let key)? where key.starts(with: from):
                let moved = to + key.dropFirst(from.count)
                items[place] = .renamed(from: origin, to: moved)
                renames[key] = nil
                renames[moved] = place
            default: break
            }
        }
        var origin = from
        if let place = folderRenames.removeValue(forKey: from), case .renamedFolder(let first, _)? = items[place] {
            items[place] = nil
            origin = first
            items.append(.folderGone(from))
        }
        if origin == to {
            items.append(.compare(from))
        } else {
            folderRenames[to] = items.count
            items.append(.renamedFolder(from: origin, to: to))
        }
        items.append(.compare(to))
    }

    private mutating func drop(_ key: [UInt8]) {
        if let place = changes.removeValue(forKey: key) { items[place] = nil }
    }
}
