import FluxEvents
import Glibc

/// A folder as an object store: watches it through inotify, walks it, and says what happened. It knows nothing of what
/// was told before; whoever uses it compares.
///
/// Not `Sendable`: it belongs to one actor, whose thread it may block while the file system is slow. Times are
/// milliseconds of `Monotonic`.
public final class FolderStore {
    public let root: String
    public let options: FolderOptions
    let calls: FileCalls
    let onEvents: @Sendable () -> Void
    var reader: InotifyReader?
    var tree = WatchTree()
    var changes: BurstMerger<ChangeContent>
    var reads: BurstMerger<ReadContent>
    var pairing = RenamePairing<DepartedHalf>()
    /// Files that were read from and are not closed yet.
    var accessed: Set<[UInt8]> = []
    var device: UInt64 = 0
    /// Why the newest walk could not open the root; nil where it could.
    public internal(set) var rootFailure: String?
    /// Folders that must be walked because a folder below them could not be placed.
    var unplaced: Set<[UInt8]> = []
    /// Folders that could not be watched: the system's limit is reached.
    var unwatched: Set<[UInt8]> = []
    /// Folders that could not be read.
    var unreadable: Set<[UInt8]> = []
    /// Folders left out because another file system is mounted there.
    var mounts: Set<[UInt8]> = []
    /// The error that keeps everything from being watched, if any. It is tried again by itself.
    public private(set) var watchFailure: SystemFailure?
    private var recovery = WatchRecovery()

    /// Files open for reading that are remembered at once.
    static let maximumAccessed = 100_000

    /// The first half of a rename.
    struct DepartedHalf: Sendable {
        var key: [UInt8]
        var isFolder: Bool
        var watch: Int32?
        var ignored: Bool
    }

    /// - Parameters:
    ///   - root: absolute and resolved.
    ///   - onEvents: called from another thread when `take` will give something; must not block.
    public init(root: String, options: FolderOptions, onEvents: @escaping @Sendable () -> Void) {
        self.root = root
        self.options = options
        self.onEvents = onEvents
        calls = FileCalls(root: root)
        changes = BurstMerger(limits: options.burst)
        reads = BurstMerger(limits: options.burst)
    }

    deinit { reader?.stop() }

    /// Begins to watch, from nothing: folders get their watches when they are walked. Where the system refuses, the
    /// store works by comparing (`watchFailure`), and `take` tries again.
    public func start(now: Int64 = Monotonic.now()) {
        let known = (unreadable, mounts)
        endWatch()
        do throws(SystemFailure) {
            let reader = try InotifyReader(onEvents: onEvents)
            try reader.start()
            self.reader = reader
            watchFailure = nil
            recovery.started(now: now)
        } catch {
            watchFailure = error
            _ = recovery.failed(now: now)
            // No walk follows that would find them again.
            (unreadable, mounts) = known
        }
    }

    /// The watch broke: nothing is watched until it is tried again. True where that is to be told.
    func watchBroke(_ failure: SystemFailure, now: Int64) -> Bool {
        endWatch()
        watchFailure = failure
        return recovery.failed(now: now)
    }

    /// Tries a watch that broke, or was refused, once more when it is time. True where it works (again): then all
    /// folders are to be walked, so that they get their watches and nothing is missed.
    func watchIsBack(now: Int64) -> Bool {
        guard let retryAt = recovery.retryAt, retryAt <= now else { return false }
        start(now: now)
        return watchFailure == nil
    }

    /// Ends watching and forgets what was under way.
    public func stop() {
        recovery.paused()
        endWatch()
    }

    private func endWatch() {
        reader?.stop()
        reader = nil
        tree = WatchTree()
        changes.removeAll()
        reads.removeAll()
        pairing = RenamePairing()
        accessed = []
        unplaced = []
        unwatched = []
        unreadable = []
        mounts = []
    }

    /// Looks at the root: whether it is there, and can be read.
    public func lookAtRoot() -> RootState {
        let state = rootState()
        guard case .folder = state, let failure = calls.rootFailure() else { return state }
        // That this process may open nothing more says nothing of the folder.
        if [EMFILE, ENFILE, ENOMEM].contains(failure.errno) { return state }
        // It may have gone between the two questions.
        guard case .folder = rootState() else { return rootState() }
        return .unreadable(SystemFailure.text(failure.errno))
    }

    private func rootState() -> RootState {
        switch calls.state([]) {
        case .folder(let identity): .folder(identity)
        case .missing, .file, .other: .gone
        case .unknown(let number): .unreadable(SystemFailure.text(number))
        }
    }

    /// Folders that are watched.
    public var watches: Int { tree.count }
    /// Folders that only comparisons see, because no more can be watched.
    public var unwatchedFolders: Int { watchFailure == nil ? unwatched.count : 1 }
    public var unreadableFolders: Int { unreadable.count }
    public var mountsLeftOut: Int { mounts.count }

    /// When `take` should be called next though nothing came.
    public var nextDeadline: Int64? {
        [changes.nextDeadline, reads.nextDeadline, pairing.nextDeadline, recovery.retryAt].compactMap { $0 }.min()
    }

    /// What lies at a key now.
    public enum Presence: Sendable, Hashable {
        case file(FileStatus)
        /// No object: nothing there, or something that is no file.
        case nothing
        /// It could not be asked.
        case unknown
    }

    /// Asks what lies at a key now; folders above it must be folders, not symbolic links.
    public func presence(_ key: [UInt8]) -> Presence {
        switch calls.stateInTree(key) {
        case .file(let status, _): .file(status)
        case .folder, .other, .missing: .nothing
        case .unknown: .unknown
        }
    }

    /// Whether a prefix names a folder now; nil where it could not be asked.
    public func presenceOfFolder(_ prefix: [UInt8]) -> Bool? {
        switch calls.stateInTree(Array(prefix.dropLast())) {
        case .folder: true
        case .file, .other, .missing: false
        case .unknown: nil
        }
    }

    /// Whether the file of this key belongs to the store, by the rules.
    public func takes(_ key: [UInt8]) -> Bool { !options.rules.ignoresFile(at: key) }
}
