import FluxStores

/// The difference between what is known and what a listing shows in one stretch of keys. Pure.
struct BucketDiff: Sendable, Hashable {
    struct Change: Sendable, Hashable {
        var object: BucketObject
        var before: KnownObject
    }

    var new: [BucketObject] = []
    /// Content.
    var changed: [Change] = []
    /// The storage class alone.
    var moved: [Change] = []
    var missing: [KnownObject] = []

    /// Both in byte order of their keys, each key at most once, and of the same stretch.
    init(known: [KnownObject], found: [BucketObject]) {
        var k = 0
        var f = 0
        while k < known.count || f < found.count {
            let order: Int
            if k == known.count {
                order = 1
            } else if f == found.count {
                order = -1
            } else if known[k].key == found[f].key {
                order = 0
            } else {
                order = known[k].key.lexicographicallyPrecedes(found[f].key) ? -1 : 1
            }
            if order == 0 { compare(known[k], found[f]) }
            if order < 0 { missing.append(known[k]) }
            if order > 0 { new.append(found[f]) }
            if order <= 0 { k += 1 }
            if order >= 0 { f += 1 }
        }
    }

    private mutating func compare(_ before: KnownObject, _ object: BucketObject) {
        if !before.hasSameContent(as: object) {
            changed.append(Change(object: object, before: before))
        } else if !before.isSame(as: object) {
            moved.append(Change(object: object, before: before))
        }
    }
}
