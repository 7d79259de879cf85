import NIOCore

/// An event as filters see it: each field is read once, whatever the number of filters, and `data` only when a filter
/// asks for something in it. Belongs to one thread.
///
/// One view may look at many records, one after the other; what it needed memory for is then used again.
public final class FilterView {
    /// Nil where it looks at an event that somebody has decoded.
    private var stored: StoredRecord?
    private let isSimulated: Bool
    /// Nil before it was read from the record.
    private var known: StoredEvent??
    /// Where the headers lie that need no decoding; nil before somebody asked.
    private var plain: PlainHeaders??
    private var times = CanonicalTimes()
    private var named: [FilterValue?]
    private var asked: [FilterField.Name] = []
    /// Of a view that looks at one record after the other; else none.
    private var folds: [TextFold] = []
    private var paths: [FilterPath: FilterValue] = [:]
    private var root: JSONValue??

    private init(_ record: StoredRecord?, event: StoredEvent?, simulated: Bool) {
        stored = record
        isSimulated = simulated
        if let event { known = event }
        named = Array(repeating: nil, count: FilterField.Name.allCases.count)
    }

    public convenience init(_ event: StoredEvent) {
        self.init(nil, event: event, simulated: event.simulated)
    }

    /// Of a record: what stands in its headers is read when a filter asks for it. A record that is no event has no
    /// fields but those of its data.
    public convenience init(_ record: StoredRecord, simulated: Bool) {
        self.init(record, event: nil, simulated: simulated)
    }

    /// A view that looks at one record after the other (`look(at:)`).
    package static func ofRecords(simulated: Bool) -> FilterView {
        let view = FilterView(
            StoredRecord(
                partition: 0, offset: 0, recordedAt: Timestamp(milliseconds: 0), record: Record(key: nil, value: nil)),
            simulated: simulated)
        view.folds = Array(repeating: TextFold(), count: FilterField.Name.allCases.count)
        return view
    }

    /// Turns to another record.
    package func look(at record: StoredRecord) {
        stored = record
        known = nil
        plain = nil
        root = nil
        for name in asked { named[name.rawValue] = nil }
        asked.removeAll(keepingCapacity: true)
        if !paths.isEmpty { paths.removeAll(keepingCapacity: true) }
    }

    /// Whether the record is no event.
    package var isForeign: Bool { headers == nil && event == nil }

    private var event: StoredEvent? {
        if let known { return known }
        let read = stored.flatMap { try? StoredEvent($0, simulated: isSimulated) }
        known = .some(read)
        return read
    }

    /// Nil where the headers need decoding.
    private var headers: PlainHeaders? {
        if let plain { return plain }
        let found = stored?.withBytes { PlainHeaders($0, &times) }
        plain = .some(found ?? nil)
        return found ?? nil
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
            asked.append(name)
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
            if let stored, let headers { return header(name, headers, of: stored) }
            return event.map { header(name, of: $0) } ?? .absent
        default: break
        }
        guard let member = name.member, let found = data?[member] else {
            // A foreign CloudEvent names its object in the subject alone.
            return name == .name ? subject : .absent
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

    private var subject: FilterValue {
        if let stored, let headers { return text(.name, headers.subject, of: stored) }
        return event?.event.subject.map { .text($0) } ?? .absent
    }

    private func header(_ name: FilterField.Name, _ parts: PlainHeaders, of stored: StoredRecord) -> FilterValue {
        switch name {
        case .type: text(name, parts.type, of: stored)
        case .source: text(name, parts.source, of: stored)
        case .id: text(name, parts.id, of: stored)
        case .user: text(name, parts.userID, of: stored)
        case .correlation: text(name, parts.correlationID, of: stored)
        case .time:
            stored.withBytes { record in
                Timestamp(rfc3339Bytes: UnsafeRawBufferPointer(rebasing: record.content[parts.time.range]))
                    .map { .time($0) } ?? .absent
            }
        case .recorded: .time(stored.recordedAt)
        case .partition: .number(FilterNumber(Int64(stored.partition)))
        case .offset: .number(FilterNumber(stored.offset))
        default: .absent
        }
    }

    private func text(_ name: FilterField.Name, _ part: PlainHeaders.Part, of stored: StoredRecord) -> FilterValue {
        guard part.isThere else { return .absent }
        return stored.withBytes { record in
            let bytes = UnsafeRawBufferPointer(rebasing: record.content[part.range])
            return folds.isEmpty ? .folded(CaseFold.fold(Array(bytes))) : folds[name.rawValue].fold(bytes)
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

/// The last text of a field, folded: neighbours in the log mostly have their type and source in common.
private struct TextFold {
    private var text: [UInt8] = []
    private var folded: [UInt8] = []

    mutating func fold(_ text: UnsafeRawBufferPointer) -> FilterValue {
        if !text.elementsEqual(self.text) {
            self.text = Array(text)
            folded = CaseFold.fold(self.text)
        }
        return .folded(folded)
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
