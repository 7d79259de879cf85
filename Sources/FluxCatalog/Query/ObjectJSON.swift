import FluxEvents
import FluxTiering
import FoundationEssentials
public import NIOCore

extension ObjectPage {
    /// The body of `GET /api/objects`.
    public func writeJSON(into buffer: inout ByteBuffer) {
        var json = JSONWriter(buffer)
        json.beginObject()
        json.key("objects")
        json.objects(objects)
        json.field("total", total)
        json.field("limit", limit)
        json.field("next_cursor", nextCursor)
        asOf.write(into: &json)
        json.endObject()
        buffer = json.buffer
    }
}

extension ObjectDetail {
    /// The body of `GET /api/objects/{id}`.
    public func writeJSON(into buffer: inout ByteBuffer) {
        var json = JSONWriter(buffer)
        json.beginObject()
        object.writeMembers(into: &json)
        json.field("deleted_at", object.deletedAt)
        json.key("accesses_by_day")
        json.beginArray()
        for day in accessesByDay where day.count > 0 {
            json.beginObject()
            json.field("day", day.date)
            json.field("count", day.count)
            json.field("bytes", day.bytes)
            json.endObject()
        }
        json.endArray()
        json.key("history")
        json.days(accessesByDay)
        json.bytes("renamed_from", object.renamedFrom)
        json.bytes("renamed_to", object.renamedTo)
        json.field("filter", object.filter)
        asOf.write(into: &json)
        json.endObject()
        buffer = json.buffer
    }
}

extension AccessDay {
    /// `2026-11-24`.
    var date: String { String(Timestamp(milliseconds: Int64(day) * 86_400_000).rfc3339.prefix(10)) }
}

extension JSONWriter {
    /// Reads by day.
    mutating func days(_ days: [AccessDay]) {
        beginArray()
        for day in days {
            beginObject()
            field("day", day.date)
            field("reads", day.count)
            field("bytes", day.bytes)
            field("scan_reads", day.scanReads)
            endObject()
        }
        endArray()
    }

    /// Sums over days that end with today.
    fileprivate mutating func spans(_ sums: AccessSums) {
        beginObject()
        field("days_1", sums.d1)
        field("days_7", sums.d7)
        field("days_30", sums.d30)
        field("days_90", sums.d90)
        endObject()
    }
}

extension CatalogObject {
    func writeMembers(into json: inout JSONWriter) {
        json.field("id", id)
        json.field("store_id", storeID)
        json.field("provider", provider)
        if !account.isEmpty { json.field("account", account) }
        json.field("bucket", bucket)
        json.bytes("file_name", key)
        json.field("size_bytes", size)
        json.field("storage_class", storageClass)
        json.field("tier", tier)
        json.field("etag", etag)
        json.field("version_id", versionID)
        json.field("first_seen", firstSeen)
        json.field("last_modified", lastModified)
        json.field("last_change", lastChange)
        json.field("last_access", lastAccess)
        json.key("accesses")
        json.beginObject()
        json.field("d1", accesses.d1)
        json.field("d7", accesses.d7)
        json.field("d30", accesses.d30)
        json.field("d90", accesses.d90)
        json.field("total", accesses.total)
        json.endObject()
        json.field("last_read", lastAccess)
        json.key("reads")
        json.spans(accesses)
        json.key("bytes_read")
        json.spans(bytesRead)
        json.field("scan_reads", scanReads)
        json.field("requesters", requesters)
        json.field("data_temperature", forecast?.temperature?.rawValue)
        json.field("confidence", forecast?.confidence)
        json.field("chance_30_days", forecast?.chance)
        json.field("judged_at", forecast.map { Timestamp(milliseconds: $0.at) })
        json.field("deleted", deletedAt != nil)
    }

    /// The filter expression that shows this object's events; nil where it would be longer than one may be. A name that is
    /// not UTF-8 is meant as its events show it.
    public var filter: String? {
        let name = String(decoding: key, as: UTF8.self)
        let text = "provider:\(provider) bucket:\(Self.quoted(bucket)) name:\(Self.quoted(name))"
        return text.count <= Self.maximumFilter ? text : nil
    }

    private static let maximumFilter = 2048

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" || character == "*" { out.append("\\") }
            out.unicodeScalars.append(character)
        }
        return out + "\""
    }
}

extension CatalogAsOf {
    func write(into json: inout JSONWriter) {
        json.key("as_of")
        json.beginObject()
        var cursor = ByteBuffer()
        Cursor.write(epoch: epoch, events: position, simulated: nil, into: &cursor)
        json.field("cursor", String(buffer: cursor))
        json.field("lag_events", lagEvents)
        json.endObject()
    }
}

extension JSONWriter {
    /// Bytes as text, and where they are not UTF-8 exactly beside it.
    mutating func bytes(_ name: String, _ bytes: [UInt8]?) {
        guard let bytes else { return field(name, nil as String?) }
        field(name, String(decoding: bytes, as: UTF8.self))
        if String(validating: bytes, as: UTF8.self) == nil { field(name + "_base64", Base64.encode(bytes)) }
    }
}
