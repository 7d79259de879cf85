import FluxEvents
import NIOCore

/// One line of an import, as it is posted.
struct ImportLine: Sendable {
    /// How an event is posted: natively, or as a CloudEvent where it has what only that can say.
    enum Form: Sendable, Hashable {
        case native, cloudEvent

        var contentType: String {
            self == .native ? "application/json" : "application/cloudevents-batch+json"
        }
    }

    var form: Form
    var event: ByteBuffer

    /// Reads a line: what the log gives to an event is left out, as are nulls but for data; a source or id that is
    /// missing comes from the file. Nil for a line that tells of a gap.
    ///
    /// - Throws: `ToolError` with code `file` that names the line.
    init?(_ line: ByteBuffer, number: Int, of file: inout ImportFile) throws(ToolError) {
        let place = "line \(number) of \(file.name)"
        let root = try Self.parse(line, place)
        if root["simulated"]?.bool == true {
            throw ToolError(.file, "\(place) is a simulated event, which may not become a real one")
        }
        if root["type"]?.string == "gap", root["data"] == nil, root["id"] == nil { return nil }
        if root["specversion"] != nil {
            // Its other attributes are extensions, and without id and source it is no CloudEvent: the server says so.
            form = .cloudEvent
            event = root.bytes
            return
        }
        for (key, _) in root.members where !NativeKeys.posted.contains(key) && !NativeKeys.given.contains(key) {
            throw ToolError(.file, "\(place) was not taken: \(NativeKeys.unknown(key))")
        }
        let id = Self.isMissing(root["id"]) ? file.id(of: root.bytes) : nil
        let source = Self.isMissing(root["source"]) ? file.source : nil
        form = Self.isMissing(root["extensions"]) && Self.isMissing(root["subject"]) ? .native : .cloudEvent
        event =
            form == .native
            ? Self.native(root, id: id, source: source) : Self.cloudEvent(root, id: id, source: source)
    }

    private static func isMissing(_ value: JSONValue?) -> Bool { value?.isNull ?? true }

    private static func parse(_ line: ByteBuffer, _ place: String) throws(ToolError) -> JSONValue {
        let first = line.readableBytesView.first { $0 != 0x20 && $0 != 0x09 }
        if first == UInt8(ascii: "[") {
            throw ToolError(
                .file,
                "\(place) begins a JSON array, and import takes one event a line: export with --format ndjson, or take "
                    + "the array apart with `jq -c '.[]'`")
        }
        let root: JSONValue
        do {
            root = try JSONDocument.parse(line).root
        } catch {
            throw ToolError(.file, "\(place) is not JSON: \(error)", underlying: error)
        }
        guard root.kind == .object else { throw ToolError(.file, "\(place) is not an event") }
        return root
    }

    private static func native(_ root: JSONValue, id: String?, source: String?) -> ByteBuffer {
        var out = JSONWriter()
        out.beginObject()
        for (key, value) in root.members where NativeKeys.posted.contains(key) && (!value.isNull || key == "data") {
            out.field(key, raw: value.bytes)
        }
        if let id { out.field("id", id) }
        if let source { out.field("source", source) }
        out.endObject()
        return out.buffer
    }

    /// A native envelope in structured mode; extensions and subject come along.
    private static func cloudEvent(_ root: JSONValue, id: String?, source: String?) -> ByteBuffer {
        var out = JSONWriter()
        out.beginObject()
        out.field("specversion", "1.0")
        if let type = root["type"]?.string { out.field("type", EventType(rawValue: type).cloudEventsName) }
        let names = [
            ("id", "id"), ("source", "source"), ("timestamp", "time"), ("subject", "subject"),
            ("correlation_id", "correlationid"), ("data", "data"),
        ]
        for (native, name) in names {
            if let value = root[native], !value.isNull { out.field(name, raw: value.bytes) }
        }
        if let id { out.field("id", id) }
        if let source { out.field("source", source) }
        if let extensions = root["extensions"], extensions.kind == .object {
            for (name, value) in extensions.members { out.field(name, raw: value.bytes) }
        }
        out.endObject()
        return out.buffer
    }
}
