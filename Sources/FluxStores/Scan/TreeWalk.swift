import Glibc

/// Walks a folder in byte order of the keys, a batch at a time. Each file's state is asked when its batch is asked for,
/// so that it is newer than whatever the caller learnt before.
struct TreeWalk {
    /// What happens at each folder's door.
    enum Door {
        /// Read its entries from this descriptor.
        case open(Int32)
        /// Not part of the store: what is known below it is gone.
        case closed
        /// Cannot be seen now: what is known below it stays as it is.
        case blind
    }

    struct Batch: Sendable {
        var found: [FoundObject] = []
        /// Key prefixes (or single keys) that could not be seen.
        var blind: [[UInt8]] = []
        /// The last key of the stretch that this batch covers; nil at the end of the walk: all the rest.
        var through: [UInt8]?
        var isLast: Bool { through == nil }
    }

    private struct Frame {
        var prefix: [UInt8]
        /// In reverse order: the next one is the last.
        var entries: [FileCalls.Entry]
    }

    /// Where the walk began: empty for the root, else with a slash at its end.
    let prefix: [UInt8]
    private let calls: FileCalls
    private var frames: [Frame] = []
    private var started = false
    /// The end of the last batch.
    private(set) var position: [UInt8]?

    init(prefix: [UInt8], calls: FileCalls) {
        self.prefix = prefix
        self.calls = calls
    }

    /// Up to `limit` files.
    /// - Parameters:
    ///   - enter: asked at each folder, with its key (no slash at the end).
    ///   - takes: whether a file of this key belongs to the store.
    mutating func next(limit: Int, enter: ([UInt8]) -> Door, takes: ([UInt8]) -> Bool) -> Batch {
        var batch = Batch()
        if !started {
            started = true
            push(prefix: prefix, &batch, enter: enter)
        }
        // Entries that give nothing count as well, so that a batch always ends soon.
        var looked = 0
        while looked < limit * 4, batch.found.count < limit, let frame = frames.indices.last {
            guard let entry = frames[frame].entries.popLast() else {
                frames.removeLast()
                continue
            }
            looked += 1
            let key = frames[frame].prefix + entry.name
            if entry.kind == Self.folder {
                push(prefix: key + [UInt8(ascii: "/")], &batch, enter: enter)
                batch.through = key + [UInt8(ascii: "/")]
                continue
            }
            batch.through = key
            guard takes(key) else { continue }
            switch calls.state(key) {
            case .file(let status, _): batch.found.append(FoundObject(key: key, status: status))
            case .unknown: batch.blind.append(key)
            // A folder in its place now was announced by the watch, or is met by the next comparison.
            case .folder, .other, .missing: break
            }
        }
        if frames.allSatisfy({ $0.entries.isEmpty }) { batch.through = nil }
        position = batch.through
        return batch
    }

    private mutating func push(prefix: [UInt8], _ batch: inout Batch, enter: ([UInt8]) -> Door) {
        switch enter(prefix.last == UInt8(ascii: "/") ? Array(prefix.dropLast()) : prefix) {
        case .closed: return
        case .blind: batch.blind.append(prefix)
        case .open(let descriptor):
            switch FileCalls.entries(descriptor) {
            case .failure: batch.blind.append(prefix)
            case .success(let entries): frames.append(Frame(prefix: prefix, entries: sorted(entries, prefix)))
            }
        }
    }

    private static let folder = Int32(DT_DIR)

    /// In reverse byte order of the keys: a folder sorts as its name with a slash.
    private func sorted(_ entries: [FileCalls.Entry], _ prefix: [UInt8]) -> [FileCalls.Entry] {
        var kept: [(sortKey: [UInt8], entry: FileCalls.Entry)] = []
        kept.reserveCapacity(entries.count)
        for var entry in entries {
            if entry.kind == Int32(DT_UNKNOWN) {
                switch calls.state(prefix + entry.name) {
                case .file: entry.kind = Int32(DT_REG)
                case .folder: entry.kind = Self.folder
                case .other, .missing: continue
                case .unknown: entry.kind = Int32(DT_REG)
                }
            }
            if entry.kind == Self.folder {
                kept.append((entry.name + [UInt8(ascii: "/")], entry))
            } else if entry.kind == Int32(DT_REG) {
                kept.append((entry.name, entry))
            }
        }
        kept.sort { SortedKeys.precedes($1.sortKey, $0.sortKey) }
        return kept.map(\.entry)
    }
}
