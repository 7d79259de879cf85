import FluxCatalog
import FluxEvents
import NIOCore

extension ObjectPage {
    /// The JSON of `GET /api/objects`.
    var json: ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        json.key("objects")
        json.beginArray()
        for object in objects {
            json.beginObject()
            object.write(to: &json)
            json.endObject()
        }
        json.endArray()
        json.field("total", total)
        json.field("limit", limit)
        json.field("next_cursor", nextCursor)
        asOf.write(to: &json)
        json.endObject()
        return json.buffer
    }
}

extension ObjectDetail {
    /// The JSON of `GET /api/objects/{id}`.
    var json: ByteBuffer {
        var json = JSONWriter()
        json.beginObject()
        object.write(to: &json)
        json.key("accesses_by_day")
        json.beginArray()
        for day in accessesByDay {
            json.beginObject()
            let midnight = Timestamp(milliseconds: Int64(day.day) * 86_400_000)
            json.field("day", String(midnight.rfc3339.prefix(10)))
            json.field("count", day.count)
            json.field("bytes", day.bytes)
            json.endObject()
        }
        json.endArray()
        json.field("renamed_from", object.renamedFrom.map { String(decoding: $0, as: UTF8.self) })
        json.field("renamed_to", object.renamedTo.map { String(decoding: $0, as: UTF8.self) })
        json.field("deleted_at", object.deletedAt)
        json.field("filter", filter)
        asOf.write(to: &json)
        json.endObject()
        return json.buffer
    }

    /// The filter expression that shows the object's events.
    private var filter: String {
        "name:\(Self.quoted(String(decoding: object.key, as: UTF8.self))) bucket:\(Self.quoted(object.bucket))"
    }

    /// Text as a literal of the filter language.
    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("*", with: "\\*")
        return "\"" + escaped + "\""
    }
}

extension CatalogAsOf {
    fileprivate func write(to json: inout JSONWriter) {
        json.key("as_of")
        json.beginObject()
        json.field("cursor", Cursor(epoch: epoch, events: position).text)
        json.field("lag_events", lagEvents)
        json.endObject()
    }
}

extension CatalogObject {
    /// The members of the object, without brackets.
    fileprivate func write(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("store_id", storeID)
        json.field("provider", provider)
        if !account.isEmpty { json.field("account", account) }
        json.field("bucket", bucket)
        json.field("file_name", String(decoding: key, as: UTF8.self))
        if String(validating: key, as: UTF8.self) == nil { json.field("file_name_base64", Base64.encode(key)) }
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
        json.field("deleted", deletedAt != nil)
    }
}
