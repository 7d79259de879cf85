import FluxEvents
import NIOCore

/// A small JSON value for answers that are off the hot path: descriptions, problems, health. Members keep their order.
indirect enum JSONTree: Sendable {
    case object([(String, JSONTree)])
    case array([JSONTree])
    case string(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case null
    /// JSON text that is one whole value.
    case raw(String)

    /// A string, or null.
    static func text(_ value: String?) -> JSONTree { value.map(JSONTree.string) ?? .null }

    /// A whole number, or null.
    static func whole(_ value: (some BinaryInteger)?) -> JSONTree { value.map { .integer(Int64($0)) } ?? .null }

    /// A time as RFC 3339, or null.
    static func time(_ value: Timestamp?) -> JSONTree { value.map { .string($0.rfc3339) } ?? .null }

    /// The members with others behind them, where this is an object.
    func adding(_ members: [(String, JSONTree)]) -> JSONTree {
        guard case .object(let own) = self else { return self }
        return .object(own + members)
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .object(let members):
            json.beginObject()
            for (name, value) in members {
                json.key(name)
                value.write(to: &json)
            }
            json.endObject()
        case .array(let elements):
            json.beginArray()
            for element in elements { element.write(to: &json) }
            json.endArray()
        case .string(let text): json.string(text)
        case .integer(let value): json.integer(value)
        case .number(let value): json.double(value)
        case .boolean(let value): json.boolean(value)
        case .null: json.null()
        case .raw(let text): json.raw(ByteBuffer(string: text))
        }
    }

    /// The JSON text.
    var bytes: ByteBuffer {
        var json = JSONWriter()
        write(to: &json)
        return json.buffer
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONTree)...) { self = .object(elements) }
}
