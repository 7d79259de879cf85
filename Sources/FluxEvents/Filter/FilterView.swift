import NIOCore

/// An event as filters see it: each field is read once, whatever the number of filters, and `data` only when a filter
/// asks for something in it. Belongs to one thread.
public final class FilterView {
    private let stored: StoredRecord?
    private let isSimulated: Bool
    /// Nil before it was read from the record.
    private var known: StoredEvent??
    private var named: [FilterValue?]
    private var paths: [FilterPath: FilterValue] = [:]
    private var root: JSONValue??

    public init(_ event: StoredEvent) {
        stored = nil
        isSimulated = event.simulated
        known = event
        named = Array(repeating: nil, count: FilterField.Name.allCases.count)
    }

    /// Of a record: what stands in its headers is read when a filter asks for it. A record that is no event has no
    /// fields but those of its data.
    public init(_ record: StoredRecord, simulated: Bool) {
        stored = record
        isSimulated = simulated
        named = Array(repeating: nil, count: FilterField.Name.allCases.count)
    }

    private var event: StoredEvent? {
        if let known { return known }
        let read = stored.flatMap { try? StoredEvent($0, simulated: isSimulated) }
        known = .some(read)
        return read
    }

    /// Whether the event is `system.inventory`.
    var isInventory: Bool { stored?.record.isInventory ?? (event?.event.type == .inventory) }

    /// Whether `data` has been parsed for a filter.
    var hasReadData: Bool { root != nil }

    func value(_ place: FilterPlace) -> FilterValue {
        switch place {
        case .named(let name):
            let index = name.rawValue
            if let known = named[index] { return known }
            let value = read(name)
            named[index] = value
            return value
        case .path(let path):
            if let known = paths[path] { return known }
            let value = found(at: path.segments).map { FilterValue($0) } ?? .absent
            paths[path] = value
            return value
        }
    }

    private var data: JSONValue? {
        if let root { return root }
        // Data that is not JSON (written past us, by a Kafka client) has no fields.
        let bytes = stored.map { $0.record.value ?? ByteBuffer(string: "null") } ?? event?.event.data
        let parsed = bytes.flatMap { try? JSONDocument.parse($0).root }
        root = .some(parsed)
        return parsed
    }

    private func read(_ name: FilterField.Name) -> FilterValue {
        switch name {
        case .simulated: return .flag(isSimulated)
        case .type, .source, .id, .user, .correlation, .time, .recorded, .partition, .offset:
            return event.map { header(name, of: $0) } ?? .absent
        default: break
        }
        guard let member = name.member, let found = data?[member] else {
            // A foreign CloudEvent names its object in the subject alone.
            if name == .name, let subject = event?.event.subject { return .text(subject) }
            return .absent
        }
        let value = FilterValue(found)
        switch FilterField.named(name).kind {
        case .number, .size:
            if case .number = value { return value }
            return .absent
        default:
            return value
        }
    }

    private func header(_ name: FilterField.Name, of event: StoredEvent) -> FilterValue {
        switch name {
        case .type: .text(event.event.type.rawValue)
        case .source: .text(event.event.source)
        case .id: .text(event.event.id)
        case .user: event.event.userID.map { .text($0) } ?? .absent
        case .correlation: event.event.correlationID.map { .text($0) } ?? .absent
        case .time: .time(event.event.time)
        case .recorded: .time(event.recordedAt)
        case .partition: .number(FilterNumber(Int64(event.partition)))
        case .offset: .number(FilterNumber(event.offset))
        default: .absent
        }
    }

    private func found(at path: [String]) -> JSONValue? {
        guard var value = data else { return nil }
        for segment in path {
            switch value.kind {
            case .object:
                guard let member = value[segment] else { return nil }
                value = member
            case .array:
                guard let index = Int(segment), let element = value[index] else { return nil }
                value = element
            default:
                return nil
            }
        }
        return value
    }
}

/// What a field of an event holds.
enum FilterValue {
    /// Missing, or null.
    case absent
    /// Folded.
    case folded([UInt8])
    case number(FilterNumber)
    case time(Timestamp)
    case flag(Bool)
    /// What the elements of an array hold; the array's question is answered by any of them.
    case list([FilterValue])
    /// An object, or an array in an array: there, but equal to nothing.
    case other

    static func text(_ text: String) -> FilterValue { .folded(CaseFold.fold(text)) }

    init(_ json: JSONValue, inArray: Bool = false) {
        switch json.kind {
        case .null: self = .absent
        case .true: self = .flag(true)
        case .false: self = .flag(false)
        case .number: self = json.filterNumber.map { .number($0) } ?? .other
        case .string: self = .folded(CaseFold.fold(json.utf8 ?? []))
        case .array: self = inArray ? .other : .list(json.elements.map { FilterValue($0, inArray: true) })
        case .object: self = .other
        }
    }
}

extension JSONValue {
    fileprivate var filterNumber: FilterNumber? {
        int64.map { FilterNumber($0) } ?? double.map { FilterNumber($0) }
    }
}
