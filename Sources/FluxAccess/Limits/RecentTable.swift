/// A dictionary that forgets what was not used lately, in constant time and bounded memory.
///
/// Two generations: what is used moves to the young one; when that is full it becomes the old one, and the old one goes.
/// Holds at most twice `capacity`.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { young.count + old.count }

    subscript(key: Key) -> Value? {
        get { young[key] ?? old[key] }
        set {
            old[key] = nil
            guard let newValue else {
                young[key] = nil
                return
            }
            if young[key] == nil, young.count >= capacity {
                old = young
                young = [:]
            }
            young[key] = newValue
        }
    }
}
