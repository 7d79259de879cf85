public import NIOCore

/// The members of `data.details`, in order: what a source knows beyond the named fields.
public struct Details: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public enum Value: Sendable, Hashable {
        case string(String)
        case integer(Int64)
        case boolean(Bool)
        case time(Timestamp)
        /// JSON text that is known to be one whole value.
        case raw(ByteBuffer)
    }

    public private(set) var members: [(name: String, value: Value)] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }

    public var isEmpty: Bool { members.isEmpty }

    public subscript(name: String) -> Value? {
        get { members.first { $0.name == name }?.value }
        set {
            members.removeAll { $0.name == name }
            if let newValue { members.append((name, newValue)) }
        }
    }

    public static func == (a: Details, b: Details) -> Bool { a.members.elementsEqual(b.members, by: ==) }

    public func hash(into hasher: inout Hasher) {
        for member in members {
            hasher.combine(member.name)
            hasher.combine(member.value)
        }
    }

    /// Writes the object.
    public func write(into json: inout JSONWriter) {
        json.beginObject()
        for (name, value) in members {
            json.key(name)
            switch value {
            case .string(let text): json.string(text)
            case .integer(let number): json.integer(number)
            case .boolean(let flag): json.boolean(flag)
            case .time(let time): json.time(time)
            case .raw(let bytes): json.raw(bytes)
            }
        }
        json.endObject()
    }
}
