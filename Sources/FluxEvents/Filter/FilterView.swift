/// An event as filters see it: each field is read once, whatever the number of filters, and `data` only when a filter
/// asks for something in it. Belongs to one thread.
public final class FilterView {
    public let event: StoredEvent

    private var named: [FilterValue?]
    private var paths: [[String]: FilterValue] = [:]
    private var root: JSONValue??

    public init(_ event: StoredEvent) {
        self.event = event
        named = Array(repeating: nil, count: FilterField.Name.allCases.count)
    }

    /// Whether `data` has been parsed for a filter.
    var hasReadData: Bool { root != nil }

    func value(_ field: FilterField) -> FilterValue {
        switch field {
        case .named(let name):
            let index = name.rawValue
            if let known = named[index] { return known }
            let value = read(name)
            named[index] = value
            return value
        case .data(let path):
            if let known = paths[path] { return known }
            let value = place(path).map { FilterValue($0) } ?? .absent
            paths[path] = value
            return value
        }
    }

    private var data: JSONValue? {
        if let root { return root }
        // Data that is not JSON (written past us, by a Kafka client) has no fields.
        let parsed = try? JSONDocument.parse(event.event.data).root
        root = .some(parsed)
        return parsed
    }

    private func read(_ name: FilterField.Name) -> FilterValue {
        switch name {
        case .type: return .text(event.event.type.rawValue)
        case .source: return .text(event.event.source)
        case .id: return .text(event.event.id)
        case .user: return event.event.userID.map { .text($0) } ?? .absent
        case .correlation: return event.event.correlationID.map { .text($0) } ?? .absent
        case .simulated: return .flag(event.simulated)
        case .time: return .time(event.event.time)
        case .recorded: return .time(event.recordedAt)
        case .partition: return .number(FilterNumber(Int64(event.partition)))
        case .offset: return .number(FilterNumber(event.offset))
        default: break
        }
        guard let member = name.member, let found = data?[member] else {
            // A foreign CloudEvent names its object in the subject alone.
            if name == .name, let subject = event.event.subject { return .text(subject) }
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

    private func place(_ path: [String]) -> JSONValue? {
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
