import FluxEvents
import FluxStores

extension StoreRunner {
    /// Puts an event into the outbox, and what it says of a key over what is known.
    func tell(_ event: Event, _ key: [UInt8], _ status: FileStatus?, before: KnownObject?) {
        let object = status.map { Self.object(key, $0) }
        count(key, before: before, after: object)
        overlay.set(key, object)
        outbox.append(Outgoing(record: event.record(), key: key))
    }

    /// Lays an object of an inventory part over what is known.
    func announce(_ found: FoundObject) {
        let object = Self.object(found.key, found.status)
        count(found.key, before: nil, after: object)
        overlay.set(found.key, object)
    }

    private static func object(_ key: [UInt8], _ status: FileStatus) -> KnownObject {
        KnownObject(
            key: key, size: status.size, mtimeNanoseconds: status.mtimeNanoseconds, inode: status.inode, lastOffset: -1)
    }

    /// Keeps the tally. While a whole comparison counts, only what it has passed is counted here.
    private func count(_ key: [UInt8], before: KnownObject?, after: KnownObject?) {
        let objects = (after == nil ? 0 : 1) - (before == nil ? 0 : 1)
        let bytes = (after?.size ?? 0) - (before?.size ?? 0)
        if let whole = compares.wholeIndex {
            guard compares[whole].hasPassed(key) else { return }
            compares[whole].objects += Int64(objects)
            compares[whole].bytes += bytes
        } else if let tally {
            self.tally = (tally.objects + Int64(objects), tally.bytes + bytes)
        }
    }
}
