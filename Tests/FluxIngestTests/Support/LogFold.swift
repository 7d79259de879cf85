import FluxEvents
import FluxLog
import FluxStores
import NIOCore
import Synchronization

/// The smallest catalogue there can be: folds the log when asked, in memory. What it knows comes from the log alone, as
/// in the real one.
final class LogFold: KnownObjects {
    struct State {
        var position: Int64 = 0
        var objects: [String: [[UInt8]: KnownObject]] = [:]
        var inventoried: Set<String> = []
        var events: [StoredEvent] = []
    }

    let log: any EventLog
    /// Changes the records of stores, as a crash would have left them.
    let adjust: @Sendable (inout StoreRecord) -> Void
    /// While true, `known` answers from what was folded before, as a catalogue that lags.
    let lags = Atomic(false)
    private let state = Mutex(State())

    init(log: any EventLog, adjust: @escaping @Sendable (inout StoreRecord) -> Void = { _ in }) {
        self.log = log
        self.adjust = adjust
    }

    func catchUp() async throws {
        while true {
            let from = state.withLock { $0.position }
            let chunk = try await log.read(from: from, maxBytes: 1 << 20)
            let events = try chunk.records.map { try StoredEvent($0, simulated: false) }
            state.withLock { state in
                guard state.position == from else { return }
                for event in events { Self.fold(event, &state) }
                state.position = chunk.next
            }
            if chunk.next == from { return }
        }
    }

    func known(store: String, key: [UInt8]) async throws -> KnownObject? {
        if !lags.load(ordering: .relaxed) { try await catchUp() }
        return state.withLock { $0.objects[store]?[key] }
    }

    func known(store: String, under prefix: [UInt8], after key: [UInt8]?, limit: Int) async throws -> [KnownObject] {
        if !lags.load(ordering: .relaxed) { try await catchUp() }
        return state.withLock { state in
            let all = state.objects[store, default: [:]].values.filter {
                $0.key.starts(with: prefix) && (key.map($0.key.isAfter) ?? true)
            }
            return Array(all.sorted { $1.key.isAfter($0.key) }.prefix(limit))
        }
    }

    func folded(through offset: Int64) async throws {
        while state.withLock({ $0.position }) <= offset {
            if !lags.load(ordering: .relaxed) { try await catchUp() }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func stores() async throws -> [StoreRecord] {
        var records: [String: StoreRecord] = [:]
        for stored in try await events() {
            let data = try JSONDocument.parse(stored.event.data).root
            guard let id = data["store_id"]?.string else { continue }
            switch stored.event.type {
            case .storeAdded:
                records[id] = StoreRecord(
                    id: id, url: data["url"]?.string ?? "", provider: "file", bucket: data["bucket"]?.string ?? "",
                    origin: .api, addedAt: stored.event.time,
                    rootInode: data["details"]?["root_inode"]?.int64.map(UInt64.init))
            case .storeRemoved: records[id] = nil
            case .storeAway: records[id]?.away = true
            case .storeBack:
                records[id]?.away = false
                records[id]?.rootInode = data["details"]?["root_inode"]?.int64.map(UInt64.init)
            case .storePaused: records[id]?.paused = true
            case .storeResumed: records[id]?.paused = false
            case .inventory: if data["final"]?.bool == true { records[id]?.inventoryComplete = true }
            default: break
            }
        }
        return records.values.map {
            var record = $0
            adjust(&record)
            return record
        }
    }

    /// Everything in the log so far.
    func events() async throws -> [StoredEvent] {
        try await catchUp()
        return state.withLock { $0.events }
    }

    /// The objects of a store as the log tells of them: key and size.
    func objects(_ store: String) async throws -> [[UInt8]: Int64] {
        try await catchUp()
        return state.withLock { $0.objects[store, default: [:]].mapValues(\.size) }
    }

    func isInventoried(_ store: String) async throws -> Bool {
        try await catchUp()
        return state.withLock { $0.inventoried.contains(store) }
    }

    private static func fold(_ event: StoredEvent, _ state: inout State) {
        state.events.append(event)
        guard let data = try? JSONDocument.parse(event.event.data).root else { return }
        let offset = event.offset
        switch event.event.type {
        case .inventory:
            guard let store = data["store_id"]?.string else { return }
            guard let objects = data["objects"]?.elements else { return }
            for object in objects {
                guard let key = key(object, "file_name") else { continue }
                state.objects[store, default: [:]][key] = KnownObject(
                    key: key, size: object["size_bytes"]?.int64 ?? -1, mtimeNanoseconds: object["mtime_ns"]?.int64,
                    inode: object["inode"]?.int64.map(UInt64.init), lastOffset: offset)
            }
            if data["final"]?.bool == true { state.inventoried.insert(store) }
        case .upload:
            guard let store = store(event), let key = key(data, "file_name") else { return }
            let details = data["details"]
            state.objects[store, default: [:]][key] = KnownObject(
                key: key, size: data["size_bytes"]?.int64 ?? -1, mtimeNanoseconds: details?["mtime_ns"]?.int64,
                inode: details?["inode"]?.int64.map(UInt64.init), lastOffset: offset)
        case .delete:
            guard let store = store(event), let key = key(data, "file_name") else { return }
            state.objects[store, default: [:]][key] = nil
        case .storeRemoved:
            guard let store = data["store_id"]?.string else { return }
            state.objects[store] = nil
            state.inventoried.remove(store)
        default: break
        }
    }

    private static func store(_ event: StoredEvent) -> String? {
        (try? StoreURL(event.event.source))?.id
    }

    private static func key(_ value: JSONValue, _ name: String) -> [UInt8]? {
        if let text = value[name + "_base64"]?.string { return Base64.decode(text) }
        return value[name]?.string.map { Array($0.utf8) }
    }
}

extension [UInt8] {
    func isAfter(_ other: [UInt8]) -> Bool { other.lexicographicallyPrecedes(self) }
}
