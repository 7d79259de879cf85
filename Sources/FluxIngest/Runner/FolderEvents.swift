import FluxEvents
import FluxStores
import NIOCore

/// Writes the events of one folder store. Pure: times come in.
struct FolderEvents: Sendable {
    /// A live change whose file time is at most so long ago happened at that time; an older one was copied along with
    /// the file, so the moment that it was noticed is told instead (milliseconds).
    static let recent: Int64 = 60_000

    var storeID: String
    /// The canonical URL without parameters.
    var source: String
    /// With parameters, as the store was added.
    var url: String
    var bucket: String
    var origin: StoreOrigin

    /// How it was noticed.
    enum Detection: Sendable, Hashable {
        case live
        /// By a whole comparison. With the offset of what was known before, if anything: it makes the id the same when
        /// the same difference is found again, and another one when it is a later difference.
        case rescan(knownOffset: Int64?)
    }

    func upload(
        _ key: [UInt8], _ status: FileStatus, created: Bool, detection: Detection, now: Timestamp
    ) -> Event {
        var details = Self.details(status)
        Self.mark(&details, detection)
        let time = Self.time(status, detection, now)
        return ObjectEventData(
            object: object(key), operation: created ? "create" : "modify", sizeBytes: status.size,
            lastModified: Self.modified(status), details: details
        ).event(.upload, id: id("upload", key, status, detection, now), source: source, time: time)
    }

    func delete(_ known: KnownObject, ignored: Bool = false, detection: Detection, now: Timestamp) -> Event {
        var details = Self.details(known)
        if ignored { details["reason"] = .string("ignored") }
        Self.mark(&details, detection)
        return ObjectEventData(
            object: object(known.key), operation: "delete", sizeBytes: known.size, details: details
        ).event(.delete, id: id("delete", known.key, nil, detection, now), source: source, time: now)
    }

    func download(_ key: [UInt8], size: Int64, reads: Int, now: Timestamp) -> Event {
        ObjectEventData(
            object: object(key), operation: "read", sizeBytes: size, details: ["reads": .integer(Int64(reads))]
        ).event(.download, id: Identifier.ulid(at: now), source: source, time: now)
    }

    /// The two events of a rename, to be appended together.
    func rename(
        _ known: KnownObject, to key: [UInt8], _ status: FileStatus, replaces: Bool, correlation: String,
        detection: Detection, now: Timestamp
    ) -> [Event] {
        var left = Self.details(known)
        Self.name(&left, "renamed_to", key)
        Self.mark(&left, detection)
        var arrived = Self.details(status)
        Self.name(&arrived, "renamed_from", known.key)
        if replaces { arrived["replaced"] = .boolean(true) }
        Self.mark(&arrived, detection)
        return [
            ObjectEventData(
                object: object(known.key), operation: "rename", sizeBytes: known.size, details: left
            ).event(
                .delete, id: id("rename-from", known.key, nil, detection, now), source: source, time: now,
                correlationID: correlation),
            ObjectEventData(
                object: object(key), operation: "rename", sizeBytes: status.size, lastModified: Self.modified(status),
                details: arrived
            ).event(
                .upload, id: id("rename-to", key, status, detection, now), source: source, time: now,
                correlationID: correlation),
        ]
    }

    /// What the server says about the store.
    func notice(
        _ type: EventType, reason: String? = nil, details: Details = Details(), user: String? = nil, now: Timestamp
    ) -> Event {
        StoreNotice(
            storeID: storeID, url: url, provider: .file, bucket: bucket,
            origin: type == .storeAdded ? origin.rawValue : nil, reason: reason, details: details
        ).event(type, id: Identifier.ulid(at: now), source: source, time: now, userID: user)
    }

    static func identity(_ identity: FileIdentity) -> Details {
        [
            "root_device": .integer(Int64(clamping: identity.device)),
            "root_inode": .integer(Int64(clamping: identity.inode)),
        ]
    }

    func object(_ key: [UInt8]) -> ObjectRef {
        ObjectRef(provider: .file, bucket: bucket, key: key)
    }

    static func modified(_ status: FileStatus) -> Timestamp {
        Timestamp(milliseconds: FileTime.milliseconds(nanoseconds: status.mtimeNanoseconds))
    }

    // MARK: Parts

    private static func time(_ status: FileStatus, _ detection: Detection, _ now: Timestamp) -> Timestamp {
        let modified = modified(status)
        switch detection {
        case .rescan: return min(modified, now)
        case .live: return modified <= now && modified.milliseconds >= now.milliseconds - recent ? modified : now
        }
    }

    private func id(
        _ what: String, _ key: [UInt8], _ status: FileStatus?, _ detection: Detection, _ now: Timestamp
    ) -> String {
        // A first sight has no offset to tell it from an earlier life of the same file: moved out and back unseen, it
        // would be taken for a repetition. Nothing is told twice all the same: a comparison waits for the fold.
        guard case .rescan(let offset?) = detection else { return Identifier.ulid(at: now) }
        let state = status.map { "\($0.size) \($0.mtimeNanoseconds) \($0.inode)" } ?? "-"
        let text = "rescan \(what) \(offset) \(state) "
        return Identifier.derived(source: source, outsideID: Array(text.utf8) + key)
    }

    private static func details(_ status: FileStatus) -> Details {
        ["mtime_ns": .integer(status.mtimeNanoseconds), "inode": .integer(Int64(clamping: status.inode))]
    }

    private static func details(_ known: KnownObject) -> Details {
        var details = Details()
        if let mtime = known.mtimeNanoseconds { details["mtime_ns"] = .integer(mtime) }
        if let inode = known.inode { details["inode"] = .integer(Int64(clamping: inode)) }
        return details
    }

    private static func mark(_ details: inout Details, _ detection: Detection) {
        if case .rescan = detection { details["detected"] = .string("rescan") }
    }

    private static func name(_ details: inout Details, _ name: String, _ key: [UInt8]) {
        details[name] = .string(String(decoding: key, as: UTF8.self))
        if String(validating: key, as: UTF8.self) == nil {
            details[name + "_base64"] = .string(Base64.encode(key))
        }
    }
}
