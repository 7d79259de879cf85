import FluxEvents
import FluxStores

/// Writes the events of one bucket. Pure: times come in.
///
/// An id is derived from what changed and from the offset of what was known before, else from the order that the bucket gives,
/// so that one change has one id however often it is noticed (decision 13).
struct BucketEvents: Sendable {
    /// How something was noticed.
    enum Detection: Sendable, Hashable {
        case listing
        case notification(BucketNotification)
        case cloudTrail(BucketNotification)

        fileprivate var word: String {
            switch self {
            case .listing: "rescan"
            case .notification: "notification"
            case .cloudTrail: "cloudtrail"
            }
        }

        /// What was told of the change itself.
        fileprivate var told: BucketNotification? {
            switch self {
            case .listing: nil
            case .notification(let told), .cloudTrail(let told): told
            }
        }
    }

    var storeID: String
    /// The canonical URL without parameters.
    var source: String
    /// With parameters, as the store was added.
    var url: String
    var provider: Provider
    var bucket: String
    var origin: StoreOrigin

    /// An object that is new, or whose content is.
    func upload(_ object: BucketObject, before: KnownObject?, by detection: Detection, now: Timestamp) -> Event {
        event(before == nil ? "create" : "modify", object, before, detection, now)
    }

    /// The same content in another storage class.
    func storageClass(_ object: BucketObject, before: KnownObject, by detection: Detection, now: Timestamp) -> Event {
        event(
            "storage_class_change", object, before, detection, now,
            ["previous_storage_class": .string(before.storageClass ?? BucketObject.standardClass)])
    }

    /// An archived object gets, has, or has no more a copy that can be read.
    func restore(
        _ object: BucketObject, _ status: String, until: Timestamp?, before: KnownObject, by detection: Detection,
        now: Timestamp
    ) -> Event {
        var details: Details = ["restore": .string(status)]
        if let until { details["restored_until"] = .string(until.rfc3339) }
        return event("restore", object, before, detection, now, details)
    }

    private func event(
        _ operation: String, _ object: BucketObject, _ before: KnownObject?, _ detection: Detection, _ now: Timestamp,
        _ details: Details = Details()
    ) -> Event {
        var details = details
        mark(&details, detection)
        let state = "\(object.size) \(object.etag) \(object.lastModified.milliseconds) \(object.storageClass)"
        // A listing gives a time to content alone.
        let isContent = operation == "create" || operation == "modify"
        let time = time(detection, isContent ? object.lastModified : now, now)
        return ObjectEventData(
            object: reference(object.key), operation: operation, sizeBytes: object.size,
            storageClass: object.storageClass, etag: object.etag, lastModified: object.lastModified, details: details
        ).event(
            .upload,
            id: id(operation + (details["restore"].map { " \($0)" } ?? ""), object.key, before, state, detection, now),
            source: source, time: time, userID: user(detection))
    }

    /// - Parameter marker: its content is kept as an older version.
    func delete(_ known: KnownObject, marker: Bool = false, by detection: Detection, now: Timestamp) -> Event {
        var details = Details()
        mark(&details, detection)
        return ObjectEventData(
            object: reference(known.key), operation: marker ? "delete_marker" : "delete", sizeBytes: known.size,
            storageClass: known.storageClass, etag: known.etag, details: details
        ).event(
            .delete, id: id("delete", known.key, known, "-", detection, now), source: source,
            time: time(detection, now, now),
            userID: user(detection))
    }

    private func mark(_ details: inout Details, _ detection: Detection) {
        details["detected"] = .string(detection.word)
        guard let told = detection.told else { return }
        details["notification"] = .string(told.name)
        if told.byRule { details["reason"] = .string("lifecycle") }
    }

    private func time(_ detection: Detection, _ fallback: Timestamp, _ now: Timestamp) -> Timestamp {
        guard let told = detection.told else { return min(fallback, now) }
        return min(told.time, now)
    }

    private func user(_ detection: Detection) -> String? {
        detection.told?.requester
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

    private func id(
        _ what: String, _ key: [UInt8], _ before: KnownObject?, _ state: String, _ detection: Detection,
        _ now: Timestamp
    ) -> String {
        var text: String
        if let before {
            text = "bucket \(what) \(before.lastOffset) \(state) "
        } else if let sequencer = detection.told?.sequencer {
            text = "bucket \(what) \(String(decoding: sequencer.digits, as: UTF8.self)) "
        } else {
            // A first sight has no offset to tell it from an earlier life of the same object, which may come back as it was:
            // it would be taken for a repetition. Nothing is told twice all the same: a listing waits for the fold.
            return Identifier.ulid(at: now)
        }
        return Identifier.derived(source: source, outsideID: Array(text.utf8) + key)
    }
}
