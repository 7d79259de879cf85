/// Reads the native form: `type` and `data`, optionally `id`, `source`, `timestamp`, `correlation_id`.
enum NativeReader {
    /// - Parameter known: the type of an event before, and then of this one.
    static func event(
        _ value: JSONValue, index: Int, _ context: IntakeContext, known: inout KnownType?
    ) throws(IntakeError) -> Event {
        var draft = EventDraft(index: index)
        var type: JSONValue?
        for (key, value) in value.members {
            switch key {
            case "type":
                type = value
                if let same = known, same.stands(in: value) {
                    draft.known = same
                } else {
                    draft.type = try text(value, key, index)
                }
            case "data": draft.data = value
            case "id": draft.id = try optionalText(value, key, index)
            case "source": draft.source = try optionalText(value, key, index)
            case "correlation_id": draft.correlationID = try optionalText(value, key, index)
            case "timestamp":
                guard let text = try optionalText(value, key, index) else { break }
                draft.time = try time(text, key, index)
            default: throw unknown(key, value, index)
            }
        }
        guard let type else { throw .notAnEvent("The event has no “type”.", index: index, pointer: "") }
        guard draft.data != nil else { throw .notAnEvent("The event has no “data”.", index: index, pointer: "") }
        let event = try draft.event(context)
        if draft.known == nil { known = KnownType(type.bytes, event.type) }
        return event
    }

    static func text(_ value: JSONValue, _ key: String, _ index: Int) throws(IntakeError) -> String {
        guard let text = value.string else {
            throw .notAnEvent("“\(key)” is a string.", index: index, pointer: JSONPointer.of(key))
        }
        return text
    }

    /// Null is the same as absent.
    static func optionalText(_ value: JSONValue, _ key: String, _ index: Int) throws(IntakeError) -> String? {
        value.isNull ? nil : try text(value, key, index)
    }

    static func time(_ text: String, _ key: String, _ index: Int) throws(IntakeError) -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else {
            throw .notAnEvent(
                "“\(key)” is a time as in RFC 3339, such as 2026-11-23T05:11:20.123Z, in the years 1970–9999.",
                index: index, pointer: JSONPointer.of(key))
        }
        return time
    }

    private static func unknown(_ key: String, _ value: JSONValue, _ index: Int) -> IntakeError {
        let pointer = JSONPointer.of(key)
        let name = key.prefix(80)
        if key == "specversion" {
            return .notAnEvent(
                "This is a CloudEvent; send it as Content-Type: application/cloudevents+json.", index: index,
                pointer: pointer)
        }
        if NativeKeys.given.contains(key) {
            return .notAnEvent("“\(name)” is set by the server; leave it out.", index: index, pointer: pointer)
        }
        return .notAnEvent(NativeKeys.unknown(key), index: index, pointer: pointer)
    }
}

/// JSON pointers (RFC 6901).
enum JSONPointer {
    /// The pointer of a member, with its slash.
    static func of(_ name: String) -> String {
        var out = "/"
        for character in name.unicodeScalars {
            switch character {
            case "~": out += "~0"
            case "/": out += "~1"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
