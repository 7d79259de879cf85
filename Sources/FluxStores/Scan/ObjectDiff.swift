/// A file as it is now.
public struct FileStatus: Sendable, Hashable {
    public var size: Int64
    public var mtimeNanoseconds: Int64
    public var inode: UInt64

    public init(size: Int64, mtimeNanoseconds: Int64, inode: UInt64) {
        self.size = size
        self.mtimeNanoseconds = mtimeNanoseconds
        self.inode = inode
    }
}

/// A file met on a walk.
public struct FoundObject: Sendable, Hashable {
    public var key: [UInt8]
    public var status: FileStatus

    public init(key: [UInt8], status: FileStatus) {
        self.key = key
        self.status = status
    }
}

extension KnownObject {
    /// Whether a file is still as it was told. What is not known of it is not compared.
    public func isSame(as status: FileStatus) -> Bool {
        size == status.size && (mtimeNanoseconds == nil || mtimeNanoseconds == status.mtimeNanoseconds)
            && (inode == nil || inode == status.inode)
    }
}

/// The difference between what is known and what was found in one stretch of keys. Pure.
public struct ObjectDiff: Sendable, Hashable {
    public var new: [FoundObject] = []
    public var changed: [FoundObject] = []
    public var missing: [KnownObject] = []

    /// Both in byte order of their keys, each key at most once, and of the same stretch.
    public init(known: [KnownObject], found: [FoundObject]) {
        var k = 0
        var f = 0
        while k < known.count || f < found.count {
            if k == known.count {
                new.append(found[f])
                f += 1
            } else if f == found.count {
                missing.append(known[k])
                k += 1
            } else if known[k].key == found[f].key {
                if !known[k].isSame(as: found[f].status) { changed.append(found[f]) }
                k += 1
                f += 1
            } else if known[k].key.lexicographicallyPrecedes(found[f].key) {
                missing.append(known[k])
                k += 1
            } else {
                new.append(found[f])
                f += 1
            }
        }
    }
}

/// Files that vanished in one place and appeared in another while nobody watched: the same file by inode, size and time
/// of modification. Pure.
public enum RenameFinder {
    public struct Match: Sendable, Hashable {
        public var from: KnownObject
        public var to: FoundObject
    }

    /// Takes what it matched out of both lists.
    public static func match(missing: inout [KnownObject], new: inout [FoundObject]) -> [Match] {
        var byInode: [UInt64: Int] = [:]
        for (place, object) in missing.enumerated() {
            if let inode = object.inode { byInode[inode] = place }
        }
        var matches: [Match] = []
        var taken: Set<Int> = []
        new.removeAll { found in
            guard let place = byInode[found.status.inode], !taken.contains(place),
                missing[place].mtimeNanoseconds != nil, missing[place].isSame(as: found.status)
            else { return false }
            taken.insert(place)
            matches.append(Match(from: missing[place], to: found))
            return true
        }
        missing = missing.enumerated().filter { !taken.contains($0.offset) }.map(\.element)
        return matches
    }
}
