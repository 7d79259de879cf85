import FluxEvents
import FluxStores

/// Writes the events of one bucket. Pure: times come in.
///
/// An id is derived from what changed and from the offset of what was known before, so that one change has one id whichever
/// way it is noticed (decision 13).
struct BucketEvents: Sendable {
    var storeID: String
    /// The canonical URL without parameters.
    var source: String
    /// With parameters, as the store was added.
    var url: String
    var provider: Provider
    var bucket: String
    var origin: StoreOrigin

    /// An object that is new, or whose content is.
    func upload(_ object: BucketObject, before: KnownObject?, now: Timestamp) -> Event {
        event(.upload, before == nil ? "create" : "modify", object, before, now)
    }

    /// The same content in another storage class.
    func storageClass(_ object: BucketObject, before: KnownObject, now: Timestamp) -> Event {
        event(
            .upload, "storage_class_change", object, before, now,
            ["previous_storage_class": .string(before.storageClass ?? BucketObject.standardClass)])
    }

    private func event(
        _ type: EventType, _ operation: String, _ object: BucketObject, _ before: KnownObject?, _ now: Timestamp,
        _ details: Details = Details()
    ) -> Event {
        var details = details
        details["detected"] = .string("rescan")
        let state = "\(object.size) \(object.etag) \(object.lastModified.milliseconds) \(object.storageClass)"
        // A class changes without a time of its own.
        let time = operation == "storage_class_change" ? now : min(object.lastModified, now)
        return ObjectEventData(
            object: reference(object.key), operation: operation, sizeBytes: object.size,
            storageClass: object.storageClass, etag: object.etag, lastModified: object.lastModified, details: details
        ).event(type, id: id(operation, object.key, before, state), source: source, time: time)
    }

    func delete(_ known: KnownObject, now: Timestamp) -> Event {
        ObjectEventData(
            object: reference(known.key), operation: "delete", sizeBytes: known.size, storageClass: known.storageClass,
            etag: known.etag, details: ["detected": .string("rescan")]
        ).event(.delete, id: id("delete", known.key, known, "-"), source: source, time: now)
    }

    /// What the server says about the store.
    func notice(
        _ type: EventType, reason: String? = nil, details: Details = Details(), user: String? = nil, now: Timestamp
    ) -> Event {
        StoreNotice(
            storeID: storeID, url: url, provider: provider, bucket: bucket,
            origin: type == .storeAdded ? origin.rawValue : nil, reason: reason, details: details
        ).event(type, id: Identifier.ulid(at: now), source: source, time: now, userID: user)
    }

    private func reference(_ key: [UInt8]) -> ObjectRef {
        ObjectRef(provider: provider, bucket: bucket, key: key)
    }

    private func id(_ what: String, _ key: [UInt8], _ before: KnownObject?, _ state: String) -> String {
        let text = "bucket \(what) \(before?.lastOffset ?? -1) \(state) "
        return Identifier.derived(source: source, outsideID: Array(text.utf8) + key)
    }
}
