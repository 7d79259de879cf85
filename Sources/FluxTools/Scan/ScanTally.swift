public import FluxEvents

/// Adds up what a pass over a store meets. Pure.
public struct ScanTally: Sendable {
    /// One object, as far as a listing tells of it.
    public struct Item: Sendable, Hashable {
        public var key: [UInt8]
        /// Bytes.
        public var size: Int64
        public var modified: Timestamp
        /// Nil in a folder.
        public var storageClass: String?

        public init(key: [UInt8], size: Int64, modified: Timestamp, storageClass: String?) {
            self.key = key
            self.size = size
            self.modified = modified
            self.storageClass = storageClass
        }
    }

    /// Objects and their bytes.
    public struct Sum: Sendable, Hashable {
        public var objects: Int64 = 0
        public var bytes: Int64 = 0
    }

    /// How many of the largest and oldest are kept.
    public let kept: Int
    public private(set) var total = Sum()
    /// By storage class; empty in a folder.
    public private(set) var classes: [String: Sum] = [:]
    public private(set) var largest: [Item] = []
    public private(set) var oldest: [Item] = []

    public init(kept: Int = 10) {
        self.kept = max(0, kept)
    }

    public mutating func add(_ item: Item) {
        total.objects += 1
        total.bytes &+= item.size
        if let name = item.storageClass {
            classes[name, default: Sum()].objects += 1
            classes[name, default: Sum()].bytes &+= item.size
        }
        Self.keep(item, in: &largest, kept) { $0.size > $1.size }
        Self.keep(item, in: &oldest, kept) { $0.modified < $1.modified }
    }

    /// Of equals the one that came first stays in front.
    private static func keep(_ item: Item, in list: inout [Item], _ count: Int, _ before: (Item, Item) -> Bool) {
        if list.count == count {
            guard let last = list.last, before(item, last) else { return }
            list.removeLast()
        }
        list.insert(item, at: list.firstIndex { before(item, $0) } ?? list.endIndex)
    }
}
