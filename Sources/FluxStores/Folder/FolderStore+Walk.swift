import Glibc

/// A walk over a folder store, or a part of it. Made by `FolderStore.walk`, driven by `FolderStore.next`.
public struct FolderWalk {
    var walk: TreeWalk

    /// Empty for the whole store, else with a slash at its end.
    public var prefix: [UInt8] { walk.prefix }
}

/// A stretch of a walk: all that lies after the last batch's `through`, up to this one's.
public struct WalkBatch: Sendable {
    /// In byte order of the keys.
    public var found: [FoundObject]
    /// Keys and key prefixes that could not be seen: what is known there is not missing.
    public var blind: [[UInt8]]
    /// The last key of the stretch; nil: the walk is over.
    public var through: [UInt8]?
}

extension FolderStore {
    /// Begins a walk of the whole store (empty prefix) or of one folder. Folders get their watches as they are entered,
    /// before they are read, so that nothing falls between.
    public func walk(_ prefix: [UInt8]) -> FolderWalk {
        if prefix.isEmpty {
            unwatched = []
            unreadable = []
            mounts = []
        }
        return FolderWalk(walk: TreeWalk(prefix: prefix, calls: calls))
    }

    /// The next stretch, with about `limit` files.
    public func next(_ walk: inout FolderWalk, limit: Int) -> WalkBatch {
        let batch = walk.walk.next(
            limit: limit, enter: { enter($0) }, takes: { !options.rules.ignores($0, isFolder: false) })
        return WalkBatch(found: batch.found, blind: batch.blind, through: batch.through)
    }

    /// Watches a folder that just appeared, before anything else is done about it. False where it was watched there.
    func watchNow(_ prefix: [UInt8]) -> Bool {
        let before = tree.watch(at: prefix)
        if case .open(let descriptor) = enter(Array(prefix.dropLast())) { close(descriptor) }
        return before == nil || tree.watch(at: prefix) != before
    }

    private func enter(_ key: [UInt8]) -> TreeWalk.Door {
        if !key.isEmpty, options.rules.ignores(key, isFolder: true) { return .closed }
        let prefix = key.isEmpty ? [] : key + [GlobPattern.slash]
        switch calls.openFolder(key) {
        case .failure(let failure):
            if key.isEmpty {
                rootFailure = SystemFailure.text(failure.errno)
                return .blind
            }
            if [ENOENT, ENOTDIR, ELOOP].contains(failure.errno) { return .closed }
            unreadable.insert(prefix)
            return .blind
        case .success((let descriptor, let identity)):
            unreadable.remove(prefix)
            if key.isEmpty {
                device = identity.device
                rootFailure = nil
            }
            if options.excluded.contains(identity) {
                close(descriptor)
                return .closed
            }
            guard identity.device == device || options.entersMounts else {
                mounts.insert(prefix)
                close(descriptor)
                return .blind
            }
            return watch(descriptor, identity, prefix: prefix) ? .open(descriptor) : closed(descriptor)
        }
    }

    private func closed(_ descriptor: Int32) -> TreeWalk.Door {
        close(descriptor)
        return .closed
    }

    /// Gives an open folder its watch. False where it is the same folder as another place of the store.
    private func watch(_ descriptor: Int32, _ identity: FileIdentity, prefix: [UInt8]) -> Bool {
        guard let reader else { return true }
        let watch: Int32
        switch reader.watch(descriptor: descriptor) {
        case .failure:
            unwatched.insert(prefix)
            return true
        case .success(let given): watch = given
        }
        unwatched.remove(prefix)
        guard !prefix.isEmpty else {
            if tree.root != watch { tree.setRoot(watch) }
            return true
        }
        let names = prefix.split(separator: GlobPattern.slash).map(Array.init)
        let above = names.dropLast().flatMap { $0 + [GlobPattern.slash] }
        guard let name = names.last, let parent = tree.watch(at: above) else {
            // The folder above is not watched (any more), so this one could not say where it is: that one first.
            if !tree.contains(watch) { reader.unwatch(watch) }
            unplaced.insert(above)
            return true
        }
        let elsewhere = tree.prefix(of: watch)
        let there = tree.child(of: parent, named: name)
        if there == watch, elsewhere == prefix { return true }
        // The folder was moved here and the event is still to come, or it is mounted in two places.
        if let elsewhere, elsewhere != prefix, case .folder(let other) = calls.state(elsewhere.dropLast()),
            other == identity
        {
            return false
        }
        if let there, there != watch { forget(there) }
        if !tree.place(watch, parent: parent, name: name) {
            forget(watch)
            reader.unwatch(watch)
            unplaced.insert(above)
        } else if elsewhere == nil, reader.watch(descriptor: descriptor) != .success(watch) {
            // What was forgotten just now took this folder's watch along.
            forget(watch)
            unplaced.insert(above)
        }
        return true
    }
}
