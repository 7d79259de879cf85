import FluxEvents

/// A catalogue as one would write it down without thinking of speed: a list of objects that is searched from its start.
/// It says the same as the real one in `lines`, and shares none of its code.
struct Model {
    struct Object {
        var id: Int
        var bucket: String
        var key: [UInt8]
        var size: Int64?
        var tier: String?
        var inode: UInt64?
        var firstSeen: Int64
        var lastChange: Int64?
        var lastModified: Int64?
        var reads: [Read] = []
        var lastRead: Int64?
        var deletedAt: Int64?
        var deletedOffset: Int64?
        var renamedFrom: [UInt8]?
        var renamedTo: [UInt8]?
    }

    struct Read {
        var time: Int64
        var count: Int64
        var bytes: Int64
        /// In millionths.
        var full: Int64
        /// While it is kept who read.
        var requester: String?
        var isScan: Bool
        /// The object was deleted since: it counts in the total alone.
        var isDropped = false

        var day: Int64 { Int64((Double(time) / 86_400_000).rounded(.down)) }
    }

    /// Reads of a bucket on a day.
    struct Total: Equatable {
        var reads: Int64 = 0
        var bytes: Int64 = 0
        var scanReads: Int64 = 0
        var scanBytes: Int64 = 0
    }

    struct Verdict {
        var requester: String
        var prefix: [UInt8]
        var days: ClosedRange<Int64>
    }

    /// What is known of a bucket besides its objects.
    struct Bucket {
        var newestDay: Int64?
        var verdicts: [Verdict] = []
        var totals: [Int64: Total] = [:]
    }

    /// What a test makes events of.
    enum Step {
        case upload(bucket: String, key: [UInt8], size: Int64, inode: UInt64, tier: String?)
        case read(bucket: String, key: [UInt8], reads: Reads)
        case scan(bucket: String, requester: String, prefix: [UInt8], first: Int64, last: Int64)
        case delete(bucket: String, key: [UInt8])
        case renameStart(bucket: String, from: [UInt8], to: [UInt8])
        case renameEnd(bucket: String, from: [UInt8], to: [UInt8], size: Int64)
        case found(bucket: String, key: [UInt8], size: Int64, modified: Int64)
        case storeAdded(bucket: String)
        case storeRemoved(bucket: String)
        case nothing
    }

    struct Reads {
        var count: Int64
        var bytes: Int64
        var full: Int64
        var requester: String?
    }

    let tombstoneEvents: Int64
    let accessDays: Int64
    let requesterDays: Int64
    /// Those that an event told of.
    var buckets: [String: Bucket] = [:]
    var objects: [Object] = []
    var stores: Set<String> = []
    private var nextID = 1

    init(tombstoneEvents: Int64, accessDays: Int64, requesterDays: Int64) {
        self.tombstoneEvents = tombstoneEvents
        self.accessDays = accessDays
        self.requesterDays = requesterDays
    }

    mutating func apply(_ step: Step, offset: Int64, time: Int64) {
        objects.removeAll { object in object.deletedOffset.map { $0 < offset - tombstoneEvents } ?? false }
        switch step {
        case .nothing: break
        case .storeAdded(let bucket): stores.insert(bucket)
        case .storeRemoved(let bucket):
            if stores.remove(bucket) != nil {
                objects.removeAll { $0.bucket == bucket }
                if buckets[bucket] != nil { buckets[bucket] = Bucket() }
            }
        case .upload(let bucket, let key, let size, let inode, let tier):
            let index = find(bucket, key) ?? add(bucket, key, time)
            objects[index].size = size
            objects[index].inode = inode
            objects[index].lastChange = time
            objects[index].lastModified = nil
            if let tier { objects[index].tier = tier }
            revive(index)
        case .read(let bucket, let key, let reads): read(bucket, key, reads, time)
        case .scan(let bucket, let requester, let prefix, let first, let last):
            judge(bucket, requester, prefix, first, last, time)
        case .delete(let bucket, let key): remove(bucket, key, offset: offset, time: time, to: nil)
        case .renameStart(let bucket, let from, let to): remove(bucket, from, offset: offset, time: time, to: to)
        case .renameEnd(let bucket, let from, let to, let size):
            if from != to, let index = find(bucket, from), objects[index].deletedAt != nil,
                objects[index].renamedTo == to
            {
                let id = objects[index].id
                objects.removeAll { $0.bucket == bucket && $0.key == to }
                let moved = objects.firstIndex { $0.id == id } ?? 0
                objects[moved].renamedFrom = from
                objects[moved].key = to
                objects[moved].size = size
                objects[moved].inode = nil
                objects[moved].lastChange = time
                objects[moved].lastModified = nil
                revive(moved)
            } else {
                let index = find(bucket, to) ?? add(bucket, to, time)
                objects[index].size = size
                objects[index].inode = nil
                objects[index].lastChange = time
                objects[index].lastModified = nil
                revive(index)
            }
        case .found(let bucket, let key, let size, let modified):
            let known = find(bucket, key)
            let index = known ?? add(bucket, key, time)
            let old = objects[index]
            objects[index].size = size
            objects[index].lastModified = modified
            if known == nil || old.deletedAt != nil || old.size != size || old.lastModified != modified {
                objects[index].lastChange = modified
            }
            revive(index)
        }
    }

    private func find(_ bucket: String, _ key: [UInt8]) -> Int? {
        objects.firstIndex { $0.bucket == bucket && $0.key == key }
    }

    private mutating func add(_ bucket: String, _ key: [UInt8], _ time: Int64) -> Int {
        buckets[bucket] = buckets[bucket] ?? Bucket()
        objects.append(Object(id: nextID, bucket: bucket, key: key, firstSeen: time))
        nextID += 1
        return objects.count - 1
    }

    private mutating func revive(_ index: Int) {
        objects[index].deletedAt = nil
        objects[index].deletedOffset = nil
        objects[index].renamedTo = nil
    }

    private mutating func remove(_ bucket: String, _ key: [UInt8], offset: Int64, time: Int64, to: [UInt8]?) {
        guard let index = find(bucket, key), objects[index].deletedAt == nil else { return }
        objects[index].deletedAt = time
        objects[index].deletedOffset = offset
        objects[index].lastChange = time
        objects[index].renamedTo = to
        guard to == nil else { return }
        for read in objects[index].reads.indices { objects[index].reads[read].isDropped = true }
    }

    /// One line an object, for a log that ends before `position`.
    func lines(position: Int64) -> [String] {
        objects.filter { object in object.deletedOffset.map { $0 >= position - tombstoneEvents } ?? true }
            .sorted { $0.id < $1.id }.map { object in
                var days: [Int64: Day] = [:]
                for read in object.reads where !read.isDropped { days[read.day, default: Day()].add(read) }
                let newest = days.keys.max() ?? 0
                let kept = days.filter { $0.key > newest - accessDays }.sorted { $0.key < $1.key }
                let counted = object.reads.filter { !$0.isScan }
                return Self.line(
                    object, reads: counted.reduce(0) { $0 + $1.count }, bytes: counted.reduce(0) { $0 + $1.bytes },
                    lastRead: object.lastRead, days: kept.map { "\($0.key):\($0.value.text)" },
                    named: named(object))
            } + totals()
    }

    static func line(
        _ object: Object, reads: Int64, bytes: Int64, lastRead: Int64?, days: [String], named: [String]
    ) -> String {
        func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "-" }
        return """
            \(object.id) \(object.bucket) \(object.key) size \(text(object.size)) tier \(text(object.tier)) \
            inode \(text(object.inode)) seen \(object.firstSeen) change \(text(object.lastChange)) \
            modified \(text(object.lastModified)) deleted \(text(object.deletedAt)) \(text(object.deletedOffset)) \
            from \(text(object.renamedFrom)) to \(text(object.renamedTo)) reads \(reads) \(bytes) \(text(lastRead)) \
            days \(days.joined(separator: ",")) by \(named.joined(separator: ","))
            """
    }
}
