import FluxEvents
import FoundationEssentials
import NIOCore

/// Takes out of a record what the catalogue folds. Any bytes are fine: what is not an event, or not of our vocabulary,
/// changes nothing; what is of our vocabulary and cannot be understood is `unreadable`.
enum ObservationDecoder {
    static func decode(_ records: some Collection<StoredRecord>) -> [Observed] {
        var observations: [Observed] = []
        observations.reserveCapacity(records.count)
        for record in records {
            let observed = decode(record)
            if case .none = observed.observation { continue }
            observations.append(observed)
        }
        return observations
    }

    static func decode(_ stored: StoredRecord) -> Observed {
        var observed = Observed(offset: stored.offset, time: stored.recordedAt.milliseconds, observation: .none)
        guard let type = Kind(stored.record) else { return observed }
        if let text = stored.record.header(RecordHeaderName.time),
            let time = Timestamp(rfc3339Bytes: text.readableBytesView)
        {
            observed.time = min(time.milliseconds, observed.time)
        }
        let time = observed.time
        guard let value = stored.record.value, let document = try? JSONDocument.parse(value),
            document.root.kind == .object,
            let observation = observation(type, data: document.root, key: stored.record.key, time: time)
        else {
            observed.observation = .unreadable
            return observed
        }
        observed.observation = observation
        return observed
    }

    /// The event types that the catalogue folds.
    private enum Kind {
        case upload, download, delete, inventory, added, removed, paused, resumed, away, back, pattern, prediction

        /// What all of them begin with.
        private static let prefix: StaticString = "io.cloudflux."
        private static let names: [(Kind, [UInt8])] =
            [
                (Kind.upload, EventType.upload), (.download, .download), (.delete, .delete), (.inventory, .inventory),
                (.added, .storeAdded), (.removed, .storeRemoved), (.paused, .storePaused), (.resumed, .storeResumed),
                (.away, .storeAway), (.back, .storeBack), (.pattern, .patternDetected),
                (.prediction, .prediction),
            ].map { ($0, Array($1.cloudEventsName.utf8)) }

        /// Compares bytes, so that the many events that are of no interest cost nothing.
        init?(_ record: Record) {
            let found: Kind? = record.withHeaders { bytes, headers in
                while let header = headers.next() {
                    guard let value = header.value, HeaderScan.equal(bytes, header.name, RecordHeaderName.type) else {
                        continue
                    }
                    guard HeaderScan.equal(bytes, value.prefix(Self.prefix.utf8CodeUnitCount), Self.prefix) else {
                        return nil
                    }
                    let text = bytes[value]
                    return Self.names.first { text.count == $0.1.count && text.elementsEqual($0.1) }?.0
                }
                return nil
            }
            guard let found else { return nil }
            self = found
        }
    }

    private static func observation(
        _ kind: Kind, data: JSONValue, key: ByteBuffer?, time: Int64
    ) -> Observation? {
        switch kind {
        case .upload: object(data, key: key).map(Observation.upload)
        case .download: object(data, key: key).map { .access(ReadDecoder.reads(data, of: $0)) }
        case .delete: object(data, key: key).map(Observation.deletion)
        case .inventory: inventory(data).map(Observation.inventory)
        case .pattern where data["pattern_type"]?.string == "scan": ReadDecoder.scan(data)
        case .pattern, .prediction:
            ForecastDecoder.observation(data, isPattern: kind == .pattern, time: time) { object(data, key: key) }
        case .added: added(data)
        case .removed: notice(data, .removed)
        case .paused: notice(data, .paused)
        case .resumed: notice(data, .resumed)
        case .away: notice(data, .away)
        case .back: notice(data, .back(rootInode: data["details"]?["root_inode"]?.unsigned))
        }
    }

    // MARK: Objects

    /// The identity is the record's key; an event without one that names provider, bucket and file is understood too.
    private static func object(_ data: JSONValue, key: ByteBuffer?) -> ObjectFacts? {
        var facts: ObjectFacts
        if let key, let reference = ObjectRef(recordKey: key) {
            facts = ObjectFacts(
                place: Place(
                    provider: reference.provider.rawValue, account: reference.account, bucket: reference.bucket),
                key: reference.key)
        } else if let place = place(data), let name = name(data, "file_name") {
            facts = ObjectFacts(place: place, key: name)
        } else {
            return nil
        }
        guard !facts.key.isEmpty else { return nil }
        let details = data["details"]
        fill(&facts, data)
        if let details {
            fill(&facts, details)
            facts.renamedFrom = name(details, "renamed_from")
            facts.renamedTo = name(details, "renamed_to")
        }
        return facts
    }

    private static func inventory(_ data: JSONValue) -> InventoryFacts? {
        guard let place = place(data), let list = data["objects"], list.kind == .array else { return nil }
        var facts = InventoryFacts(storeID: data["store_id"]?.string, final: data["final"]?.bool ?? false, objects: [])
        facts.objects.reserveCapacity(list.count)
        for entry in list.elements {
            guard let key = name(entry, "file_name"), !key.isEmpty else { return nil }
            var object = ObjectFacts(place: place, key: key)
            fill(&object, entry)
            facts.objects.append(object)
        }
        return facts
    }

    /// A size past this (2^53 bytes, 9 petabytes) is no object's, and counts as not told.
    private static let maximumSize: Int64 = 1 << 53

    /// What an event's `data`, its `details` and an inventory's entry may all say.
    private static func fill(_ facts: inout ObjectFacts, _ value: JSONValue) {
        for (name, member) in value.members where !member.isNull {
            switch name {
            case "size_bytes": if let size = member.int64, (0...maximumSize).contains(size) { facts.size = size }
            case "last_modified":
                if let text = member.utf8 { facts.lastModified = Timestamp(rfc3339Bytes: text)?.milliseconds }
            case "mtime_ns": facts.mtimeNanoseconds = member.int64
            case "inode": facts.inode = member.unsigned
            case "storage_class": facts.storageClass = member.string
            case "current_tier": facts.tier = member.string
            case "etag": facts.etag = member.string
            case "version_id": facts.versionID = member.string
            default: break
            }
        }
    }

    static func place(_ data: JSONValue) -> Place? {
        guard let provider = data["provider"]?.string, Provider(rawValue: provider) != nil,
            let bucket = data["bucket"]?.string, !bucket.isEmpty
        else { return nil }
        return Place(provider: provider, account: data["account"]?.string ?? "", bucket: bucket)
    }

    /// A key's exact bytes: `NAME_base64` where it is there, else the text.
    static func name(_ value: JSONValue, _ name: String) -> [UInt8]? {
        if let encoded = value[name + "_base64"]?.string {
            return Data(base64Encoded: encoded).map { [UInt8]($0) }
        }
        return value[name]?.utf8
    }

    // MARK: Stores

    private static func notice(_ data: JSONValue, _ change: StoreFacts.Change) -> Observation? {
        guard let id = data["store_id"]?.string, !id.isEmpty else { return nil }
        return .store(StoreFacts(id: id, change: change))
    }

    private static func added(_ data: JSONValue) -> Observation? {
        guard let url = data["url"]?.string, let provider = data["provider"]?.string,
            let bucket = data["bucket"]?.string
        else { return nil }
        let change = StoreFacts.Change.added(
            url: url, provider: provider, bucket: bucket, origin: data["origin"]?.string ?? "api",
            rootInode: data["details"]?["root_inode"]?.unsigned)
        return notice(data, change)
    }
}

extension JSONValue {
    /// A whole number of 64 bits without sign, such as an inode.
    fileprivate var unsigned: UInt64? {
        numberText.flatMap { UInt64($0) } ?? int64.flatMap { UInt64(exactly: $0) }
    }
}
