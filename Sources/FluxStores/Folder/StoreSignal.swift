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

extension StoreSignal {
    /// The keys of objects that it is about.
    public var keys: [[UInt8]] {
        switch self {
        case .changed(let key, _, _), .gone(let key), .read(let key, _, _): [key]
        case .renamed(let from, let to): [from, to]
        case .renamedFolder, .folderGone, .compare, .overflow, .rootSuspect: []
        }
    }
}
